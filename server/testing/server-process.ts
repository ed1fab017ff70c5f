import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { TestDataDirectory } from './embedded-process.ts'
import { testOperatorKey } from './server.ts'
import { endAfter } from './teardown.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // Tests read answers whose form is what they test.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly json: any
}

export interface EndpointSetting {
  readonly url: string
  readonly types?: readonly string[]
  readonly retry_schedule_seconds?: readonly number[]
  readonly timeout_seconds?: number
  readonly max_in_flight?: number
  readonly max_per_second?: number
  readonly serialize?: boolean
  readonly stream?: string
  readonly profile?: string
  readonly batch?: { readonly max_events: number; readonly window_seconds: number }
}

export interface ServerProcessOptions {
  /** Without it, Postgres is embedded, in the data directory. */
  readonly databaseUrl?: string
  readonly dataDirectory?: string
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
}

const main = join(import.meta.dirname, '..', 'main.ts')
const masterKey = randomBytes(32).toString('base64')
const rememberedLines = 400
const stopPatience = 30_000

/** The server as operators run it: a process of its own, which may be killed and started again on its data. */
export class ServerProcess {
  readonly dataDirectory: string
  readonly #options: ServerProcessOptions
  readonly #lines: string[] = []
  #child: ChildProcess | null = null
  #exited: Promise<number | null> = Promise.resolve(null)
  #url = ''
  #out = ''

  private constructor(dataDirectory: string, options: ServerProcessOptions) {
    this.dataDirectory = dataDirectory
    this.#options = options
  }

  /** Starts it, ready to serve. After the test it is stopped, and its data and what it said are removed or shown. */
  static async start(t: TestContext, options: ServerProcessOptions = {}): Promise<ServerProcess> {
    const server = await ServerProcess.prepare(t, options)
    await server.start()
    return server
  }

  /** One that has not been started. */
  static async prepare(t: TestContext, options: ServerProcessOptions = {}): Promise<ServerProcess> {
    const parent = await mkdtemp(join(tmpdir(), 'atlas-process-'))
    endAfter(t, () => rm(parent, { recursive: true, force: true }))
    const directory =
      options.dataDirectory ?? (options.databaseUrl ? parent : (await TestDataDirectory.createFilled(t)).path)
    const server = new ServerProcess(directory, options)
    endAfter(t, async () => {
      await server.stop()
      if ('passed' in t && t.passed !== true) t.diagnostic(`the server said:\n${server.log}`)
    })
    return server
  }

  get url(): string {
    return this.#url
  }

  get pid(): number {
    assert(this.#child?.pid, 'the server is not running')
    return this.#child.pid
  }

  /** What it wrote to standard error, the last lines of it. */
  get log(): string {
    return this.#lines.join('\n')
  }

  /** What it wrote to standard output. */
  get output(): string {
    return this.#out
  }

  /** Resolves with the exit code when it has ended; null: by a signal. */
  get exited(): Promise<number | null> {
    return this.#exited
  }

  /** Starts the process, without waiting for what comes of it. */
  spawn(): void {
    const { databaseUrl, env = {}, args = [] } = this.#options
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(ATLAS_|DATABASE_URL|NODE_TEST_CONTEXT)/.test(name),
    )
    const child = spawn(process.execPath, [main, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...Object.fromEntries(inherited),
        ...{ ATLAS_PORT: '0', ATLAS_DATA_DIR: this.dataDirectory, ATLAS_OPERATOR_KEY: testOperatorKey },
        ...{ ATLAS_ALLOW_HTTP: 'true', ATLAS_ALLOW_TARGETS: '127.0.0.0/8' },
        // Nodes on one database need one key; a server by itself makes its own.
        ...(databaseUrl && { ATLAS_DATABASE_URL: databaseUrl, ATLAS_MASTER_KEY: masterKey }),
        ...env,
      },
    })
    this.#child = child
    this.#url = ''
    this.#out = ''
    child.stdout.on('data', (chunk: Buffer) => {
      this.#out += chunk.toString()
    })
    this.#exited = once(child, 'exit').then(([code]) => code as number | null)
  }

  /** Starts the process and resolves when it says that it is ready. */
  async start(): Promise<void> {
    this.spawn()
    const { stderr } = this.#child as ChildProcess
    assert(stderr)
    const ready = Promise.withResolvers<void>()
    createInterface(stderr).on('line', (line) => {
      this.#lines.push(line)
      if (this.#lines.length > rememberedLines) this.#lines.shift()
      const [, json, text] = /"url":"(http[^"]+)","msg":"ready"| ready url="(http[^"]+)"/.exec(line) ?? []
      this.#url ||= json ?? text ?? ''
      if (this.#url) ready.resolve()
    })
    const failed = this.#exited.then((code) => {
      throw new Error(`the server ended with ${code} before it was ready:\n${this.log}`)
    })
    await Promise.race([ready.promise, failed])
    failed.catch(() => {})
  }

  /** Ends it as a power failure would, as far as the process is concerned. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL')
    await this.#exited
  }

  /** Asks it to stop and gives its exit code; null: it had to be killed. */
  async stop(): Promise<number | null> {
    this.terminate()
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), stopPatience)
    return await this.#exited.finally(() => clearTimeout(timer))
  }

  terminate(): void {
    this.#child?.kill('SIGTERM')
  }

  async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      body: body === undefined ? null : JSON.stringify(body),
      headers: {
        authorization: `Bearer ${testOperatorKey}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, json: text === '' ? null : JSON.parse(text) }
  }

  /** The path of a new workspace. */
  async createWorkspace(): Promise<string> {
    return `/v1/workspaces/${(await this.#create('/v1/workspaces', { name: 'Test' })).id}`
  }

  async createEndpoint(workspace: string, setting: EndpointSetting): Promise<{ id: string; secret: string }> {
    return (await this.#create(`${workspace}/endpoints`, setting)) as { id: string; secret: string }
  }

  /** Every entry of a list, page by page, newest first. */
  async list<Entry>(path: string): Promise<Entry[]> {
    const entries: Entry[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const separator = path.includes('?') ? '&' : '?'
      const { status, json } = await this.request('GET', `${path}${separator}limit=200${cursor && `&cursor=${cursor}`}`)
      assert.equal(status, 200, JSON.stringify(json))
      entries.push(...(json.data as Entry[]))
      cursor = json.next_cursor as string | null
    }
    return entries
  }

  async #create(path: string, body: unknown): Promise<{ id: string }> {
    const { status, json } = await this.request('POST', path, body)
    assert.equal(status, 201, JSON.stringify(json))
    return json as { id: string }
  }
}
