import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { pino } from 'pino'
import { loadConfig } from '../config.ts'
import { startServer } from '../server.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { endAfter } from './teardown.ts'

export interface TestAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // Tests read answers whose form is what they test.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly json: any
}

export interface TestServer extends TestDatabase {
  readonly url: string
  readonly databaseUrl: string
  /** With the operator's key unless another is given; null: with none. A body that is text or bytes is sent as it is. */
  request(
    method: string,
    path: string,
    more?: { key?: string | null; body?: unknown; headers?: Record<string, string> },
  ): Promise<TestAnswer>
  createWorkspace(slug?: string): Promise<{ id: string; path: string }>
  createKey(workspacePath: string, scopes: readonly string[], more?: { expires_at?: string }): Promise<string>
  stop(): Promise<void>
}

export const testOperatorKey = `atlas_op_${'t'.repeat(40)}`

/** The whole server, on a free port and a database of its own, stopped after the test. */
export async function startTestServer(t: TestContext, env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'atlas-server-'))
  endAfter(t, () => rm(directory, { recursive: true, force: true }))
  const database = await createTestDatabase(t)
  const config = loadConfig(
    {
      ATLAS_PORT: '0',
      ATLAS_DATABASE_URL: database.url,
      ATLAS_DATA_DIR: directory,
      ATLAS_OPERATOR_KEY: testOperatorKey,
      ATLAS_ALLOW_HTTP: 'true',
      ATLAS_ALLOW_TARGETS: '127.0.0.0/8,::1/128',
      ATLAS_LOG_LEVEL: 'silent',
      ...env,
    },
    { dev: false },
  )
  const server = await startServer(config, pino({ level: 'silent' }))
  let stopped: Promise<void> | null = null
  const stop = async () => {
    stopped ??= server.stop()
    await stopped
  }
  endAfter(t, stop)
  const { url } = server

  const request: TestServer['request'] = async (method, path, { key = testOperatorKey, body, headers = {} } = {}) => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array
    const sent = body === undefined ? null : isRaw ? (body as string) : JSON.stringify(body)
    const response = await fetch(url + path, {
      method,
      body: sent,
      redirect: 'manual',
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
    })
    const text = await response.text()
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== '' ? JSON.parse(text) : null,
    }
  }
  return {
    ...database,
    databaseUrl: database.url,
    url,
    request,
    stop,
    async createWorkspace(slug) {
      const { status, json, text } = await request('POST', '/v1/workspaces', {
        body: { name: 'Acme', ...(slug && { slug }) },
      })
      if (status !== 201) throw new Error(text)
      return { id: json.id, path: `/v1/workspaces/${json.id}` }
    },
    async createKey(workspacePath, scopes, more = {}) {
      const body = { name: scopes.join(' '), scopes, ...more }
      const { status, json, text } = await request('POST', `${workspacePath}/keys`, { body })
      if (status !== 201) throw new Error(text)
      return json.key
    },
  }
}
