import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { pino } from 'pino'
import { Histogram, Registry } from 'prom-client'
import { Type } from 'typebox'
import { startTestServer, type TestAnswer } from '../testing/server.ts'
import { Access } from './access.ts'
import { Listener } from './listener.ts'
import { RateLimit } from './rate-limit.ts'
import { defineRoute, ok, type Route } from './route.ts'

function assertProblem(answer: TestAnswer, status: number, code: string): void {
  assert.equal(answer.status, status, answer.text)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.equal(answer.json.code, code)
  assert.equal(answer.json.status, status)
  assert.equal(answer.json.type, `urn:atlas-webhooks:error:${code}`)
  assert(answer.json.title.length > 0 && answer.json.detail.length > 0)
  assert.doesNotMatch(answer.text, /\bat .*\.(ts|js):|FST_|stack/)
}

test('every failure of the HTTP layer is answered as problem details', async (t) => {
  const { request } = await startTestServer(t)
  const post = (body: unknown, headers = {}) => request('POST', '/v1/workspaces', { body, headers })
  const deep = (depth: number) => `{"name":${'['.repeat(depth)}${']'.repeat(depth)}}`

  assertProblem(await post('{"name":'), 400, 'malformed_json')
  assertProblem(await post('{"name":"a"} x'), 400, 'malformed_json')
  assertProblem(await post(''), 400, 'malformed_json')
  assertProblem(await post(Buffer.from([0x22, 0xff, 0x22])), 400, 'malformed_json')
  assertProblem(await post(deep(64)), 400, 'malformed_json')
  assertProblem(await post(deep(63)), 422, 'validation_failed')
  assertProblem(await post(deep(100_000)), 400, 'malformed_json')
  assertProblem(
    await post('name=a', { 'content-type': 'application/x-www-form-urlencoded' }),
    415,
    'unsupported_media_type',
  )
  assertProblem(await post('{"name":"a"}', { 'content-type': 'nonsense' }), 415, 'unsupported_media_type')
  assertProblem(await post('{"name":"a"}', { 'content-encoding': 'gzip' }), 415, 'unsupported_media_type')
  assertProblem(await post(JSON.stringify({ name: 'a'.repeat(300_000) })), 413, 'payload_too_large')
  assertProblem(await post({ name: 'a\u0000b' }), 422, 'validation_failed')
  assertProblem(await request('GET', '/v1/nothing'), 404, 'not_found')
  assertProblem(
    await request('POST', '/v1/nothing', { body: 'x', headers: { 'content-type': 'a/b' } }),
    404,
    'not_found',
  )
  assertProblem(await request('GET', '/v1/workspaces/%zz'), 400, 'bad_request')
  assertProblem(await request('GET', `/v1/workspaces/${'a'.repeat(300)}`), 414, 'uri_too_long')
  assertProblem(await request('GET', '/v1/workspaces/%00'), 404, 'not_found')
  const wrongMethod = await request('DELETE', '/v1/workspaces')
  assertProblem(wrongMethod, 405, 'method_not_allowed')
  assert.equal(wrongMethod.headers.get('allow'), 'HEAD, POST, GET')
  assertProblem(await request('OPTIONS', '/healthz'), 405, 'method_not_allowed')
})

test('bytes that are not HTTP get a 400 and the connection is closed', async (t) => {
  const { url } = await startTestServer(t)
  const cases = [
    ['NONSENSE\r\n\r\n', 400, 'bad_request'],
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
    [
      'POST /v1/workspaces HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
      'bad_request',
    ],
  ] as const
  for (const [bytes, status, code] of cases) {
    const answer = await exchange(Number(new URL(url).port), bytes)
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `))
    assert.match(answer, /content-type: application\/problem\+json/i)
    assert.match(answer, new RegExp(`"code":"${code}"`))
  }
})

/** Sends bytes and reads until the other side closes. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.setEncoding('utf8')
  let received = ''
  socket.on('data', (chunk) => {
    received += String(chunk)
  })
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close')
  return received
}

interface Rig {
  readonly listener: Listener
  readonly port: number
  readonly url: string
  readonly logged: string[]
}

async function listen(t: import('node:test').TestContext, routes: Route[], more = {}): Promise<Rig> {
  const logged: string[] = []
  const log = pino({}, { write: (line: string) => void logged.push(line) })
  const nobody = {
    ...{ knownWorkspace: () => undefined, knownWorkspaceBySlug: () => undefined, knownKey: () => undefined },
    ...{ workspace: async () => null, workspaceBySlug: async () => null, keyByHash: async () => null },
  }
  const operatorKey = `atlas_op_${'k'.repeat(40)}`
  const accounts = { userOf: async () => null, roleIn: async () => null }
  const people = { accounts, publicUrl: () => 'http://atlas.example', portalSession: async () => null }
  const access = new Access({ operatorKey, configuration: nobody, limit: new RateLimit(100), now: Date.now, ...people })
  const durations = new Histogram({
    ...{ name: 'durations', help: 'of requests', labelNames: ['method', 'route', 'status'] as const },
    registers: [new Registry()],
  })
  const listener = new Listener({ routes, access, dashboard: null, signIn: null, log, durations, ...more })
  const port = await listener.listen('127.0.0.1', 0)
  t.after(() => listener.close())
  return { listener, port, url: `http://127.0.0.1:${port}`, logged }
}

const responses = { 200: { description: '' } }

test('an unexpected error is logged under an id, and its message stays inside', async (t) => {
  const boom = defineRoute({
    ...{ method: 'GET', path: '/boom', scope: 'public', tag: '', summary: '', responses },
    handle: () => Promise.reject(new Error('the password is hunter2')),
  })
  const { url, logged } = await listen(t, [boom])
  const response = await fetch(`${url}/boom`)
  const text = await response.text()
  assert.equal(response.status, 500)
  assert.doesNotMatch(text, /hunter2/)
  const id = /[0-9a-f-]{36}/.exec(text)?.[0] ?? 'none'
  assert.match(logged.join(''), new RegExp(`hunter2.*${id}`))
})

test('while draining, new requests get 503 and those in flight are answered first', async (t) => {
  const [started, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const slow = defineRoute({
    ...{ method: 'GET', path: '/v1/slow', scope: 'operator', tag: '', summary: '', responses },
    async handle() {
      started.resolve()
      await release.promise
      return ok({ done: true })
    },
  })
  const health = defineRoute({
    ...{ method: 'GET', path: '/healthz', scope: 'public', tag: '', summary: '', responses },
    handle: async () => ok({}),
  })
  const { url, listener } = await listen(t, [slow, health])
  const headers = { authorization: `Bearer atlas_op_${'k'.repeat(40)}` }
  const inFlight = fetch(`${url}/v1/slow`, { headers })
  await started.promise
  const drained = listener.drain(10_000)

  const refused = await fetch(`${url}/v1/slow`, { headers })
  assert.equal(refused.status, 503)
  assert.equal(((await refused.json()) as { code: string }).code, 'shutting_down')
  assert.equal(refused.headers.get('retry-after'), '2')
  assert.equal(refused.headers.get('connection'), 'close')
  assert.equal((await fetch(`${url}/healthz`)).status, 200)

  release.resolve()
  const answered = await inFlight
  assert.equal(answered.status, 200)
  assert.deepEqual(await answered.json(), { done: true })
  await drained
})

test('a request that arrives too slowly is ended with 408', async (t) => {
  const { port } = await listen(t, [], { headersTimeoutMs: 100, requestTimeoutMs: 200 })
  assert.match(
    await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\nX-Slow: '),
    /^HTTP\/1\.1 408 [\s\S]*"code":"request_timeout"/,
  )
})

test('names that mean something to JavaScript are data like any other', async (t) => {
  const echo = defineRoute({
    ...{ method: 'POST', path: '/echo', scope: 'public', tag: '', summary: '', responses },
    body: Type.Object({ data: Type.Unknown() }, { additionalProperties: false }),
    handle: async ({ body, text }) => ok({ text, names: Object.keys(body.data as object) }),
  })
  const { url } = await listen(t, [echo])
  const body = '{"data":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"n":1.10}}'
  const response = await fetch(`${url}/echo`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  assert.deepEqual(await response.json(), { text: body, names: ['__proto__', 'constructor', 'n'] })
  assert.equal(({} as { polluted?: number }).polluted, undefined)

  const outside = '{"data":1,"__proto__":{}}'
  const refused = await fetch(`${url}/echo`, {
    method: 'POST',
    body: outside,
    headers: { 'content-type': 'application/json' },
  })
  assert.equal(refused.status, 422)
})
