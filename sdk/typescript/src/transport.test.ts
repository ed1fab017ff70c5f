import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { answer, type Behaviour, breakOff, hang, Receiver, reset } from '../../../server/testing/receiver.ts'
import {
  ApiError,
  AtlasError,
  ConflictError,
  ConnectionError,
  ForbiddenError,
  NotFoundError,
  RateLimitError,
  TimeoutError,
  UnauthorizedError,
  UnavailableError,
  ValidationError,
} from './api-error.ts'
import { Atlas } from './client.ts'

const key = `atlas_op_${'k'.repeat(40)}`
const path = '/v1/workspaces/acme/events'
const event = { type: 'deal.created', data: { id: 'deal_01' } }
const published = { id: 'evt_1', type: 'deal.created', created: 1, tags: [], deliveries: 1 }

function json(status: number, body: unknown, headers: Record<string, string> = {}): Behaviour {
  return answer(status, { 'content-type': 'application/json', ...headers }, JSON.stringify(body))
}

function problem(status: number, code: string, headers: Record<string, string> = {}, more: object = {}): Behaviour {
  return json(status, { type: 'about:blank', title: 'No', status, code, detail: 'Not so.', ...more }, headers)
}

/** A server that behaves in these ways one request after the other, and in the last one for ever. */
async function serve(t: TestContext, path: string, ...behaviours: Behaviour[]) {
  const receiver = await Receiver.start(t)
  let next = 0
  receiver.on(path, (response, request) => behaviours[Math.min(next++, behaviours.length - 1)]?.(response, request))
  const atlas = new Atlas({ server: receiver.origin, key, workspace: 'acme', timeoutMs: 5_000 })
  return { atlas, requests: () => receiver.requests() }
}

const keysOf = (requests: readonly { readonly headers: Readonly<Record<string, string>> }[]) =>
  new Set(requests.map(({ headers }) => headers['idempotency-key']))

test('a call sends the key, the body and an idempotency key of its own', async (t) => {
  const { atlas, requests } = await serve(t, path, json(202, published))
  assert.deepEqual(await atlas.events.publish(event), published)
  await atlas.events.publish(event)
  await atlas.events.publish(event, { idempotencyKey: 'mine' })
  const [first, second, third] = requests()
  assert.equal(first?.method, 'POST')
  assert.equal(first?.headers.authorization, `Bearer ${key}`)
  assert.equal(first?.headers['content-type'], 'application/json')
  assert.deepEqual(JSON.parse(String(first?.body)), event)
  assert.match(first?.headers['idempotency-key'] ?? '', /^[0-9a-f-]{36}$/)
  assert.notEqual(first?.headers['idempotency-key'], second?.headers['idempotency-key'])
  assert.equal(third?.headers['idempotency-key'], 'mine')
})

test('ids and queries are put into the URL so that they stay what they are', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.on('/v1/workspaces/b%C3%BCro%2F1/event-types/a%3Fb', json(200, { name: 'x' }))
  const since = new Date(Date.UTC(2026, 0, 15))
  receiver.on(
    `${path}?type=deal.created&since=2026-01-15T00%3A00%3A00.000Z&q=a%26b&limit=2`,
    json(200, { data: [], next_cursor: null }),
  )
  const atlas = new Atlas({ server: `${receiver.origin}/`, key, workspace: 'acme' })
  assert.deepEqual(await atlas.eventTypes.get('a?b', { workspace: 'büro/1' }), { name: 'x' })
  const query = { type: 'deal.created', since, until: undefined, q: 'a&b', limit: 2 }
  assert.deepEqual((await atlas.events.list(query).page()).data, [])
  for (const id of ['', '.', '..']) await assert.rejects(atlas.endpoints.list({}, { workspace: id }).page(), TypeError)
  await assert.rejects(atlas.endpoints.delete('..'), /TypeError.*is no endpoint/)
  assert.equal(receiver.requests().length, 2)
})

test('a server below a path is asked there', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.on('/atlas/healthz', json(200, { status: 'ok' }))
  const atlas = new Atlas({ server: `${receiver.origin}/atlas/`, key })
  assert.deepEqual(await atlas.server.health(), { status: 'ok' })
})

test('a call without a workspace says what is missing', async (t) => {
  const { atlas } = await serve(t, path, json(202, published))
  const nameless = new Atlas({ server: 'http://127.0.0.1:1', key })
  await assert.rejects(nameless.events.publish(event), /TypeError.*name a workspace/)
  assert.deepEqual(await atlas.events.publish(event), published)
})

test('a server or a key that cannot be one is refused at once', () => {
  for (const server of ['localhost:8400', '', 'ftp://x', 'http://x/?y'])
    assert.throws(() => new Atlas({ server, key }), /server must/)
  for (const bad of ['', 'a b', 'a\n', undefined as unknown as string]) {
    assert.throws(() => new Atlas({ server: 'http://x', key: bad }), TypeError)
  }
})

const refusals = [
  [401, 'unauthorized', UnauthorizedError],
  [403, 'forbidden', ForbiddenError],
  [404, 'not_found', NotFoundError],
  [409, 'idempotency_conflict', ConflictError],
  [422, 'validation_failed', ValidationError],
  [413, 'payload_too_large', ApiError],
  [500, 'internal', ApiError],
] as const

for (const [status, code, Class] of refusals) {
  test(`${status} is ${Class.name}, at once`, async (t) => {
    const errors = [{ path: 'type', message: 'must be a name' }]
    const { atlas, requests } = await serve(t, path, problem(status, code, {}, { errors }))
    await assert.rejects(atlas.events.publish(event), (error) => {
      assert(error instanceof Class && error instanceof ApiError && error instanceof AtlasError)
      assert.deepEqual([error.name, error.status, error.code, error.detail], [Class.name, status, code, 'Not so.'])
      assert.deepEqual(error.errors, errors)
      assert.match(error.message, /^\d+ \w+: Not so\. type must be a name\.$/)
      return true
    })
    assert.equal(requests().length, 1)
  })
}

test('429 and 503 are tried again after the time that the server asks for, with the same idempotency key', async (t) => {
  const later = { 'retry-after': '1' }
  const { atlas, requests } = await serve(
    ...[
      t,
      path,
      problem(429, 'too_many_requests', later),
      problem(503, 'database_unavailable', later),
      json(202, published),
    ],
  )
  assert.deepEqual(await atlas.events.publish(event), published)
  const made = requests()
  assert.equal(made.length, 3)
  assert.equal(keysOf(made).size, 1)
  const waits = made.slice(1).map(({ at }, index) => at - (made[index]?.at ?? 0))
  for (const wait of waits) assert(wait >= 990 && wait < 3_000, `waited ${wait} ms`)
})

test('without Retry-After the waits grow, and after the last attempt the error is thrown', async (t) => {
  const { atlas, requests } = await serve(t, path, problem(503, 'overloaded'))
  await assert.rejects(atlas.events.publish(event, { retries: 3 }), (error) => {
    return error instanceof UnavailableError && error.code === 'overloaded' && error.retryAfterMs === null
  })
  const at = requests().map((request) => request.at)
  assert.equal(at.length, 4)
  const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0))
  for (const [index, least] of [125, 250, 500].entries()) assert((waits[index] ?? 0) >= least - 10, waits.join())
})

test('who is asked to wait too long hears of it instead', async (t) => {
  const { atlas, requests } = await serve(t, path, problem(429, 'too_many_requests', { 'retry-after': '3600' }))
  await assert.rejects(atlas.events.publish(event), (error) => {
    return error instanceof RateLimitError && error.retryAfterMs === 3_600_000
  })
  assert.equal(requests().length, 1)
})

for (const [what, loss] of [
  ['reset', reset],
  ['broken off in the middle of the answer', breakOff],
] as const) {
  test(`a publish whose connection is ${what} is repeated with the same key`, async (t) => {
    const { atlas, requests } = await serve(t, path, loss, loss, json(202, published))
    assert.deepEqual(await atlas.events.publish(event), published)
    assert.equal(requests().length, 3)
    assert.equal(keysOf(requests()).size, 1)
  })

  test(`a call that may not be done twice is not repeated when its connection is ${what}`, async (t) => {
    const { atlas, requests } = await serve(t, '/v1/workspaces/acme/endpoints', loss, json(201, {}))
    await assert.rejects(atlas.endpoints.create({ url: 'https://acme.example' }), ConnectionError)
    assert.equal(requests().length, 1)
  })
}

test('a call that may not be done twice is repeated after a refusal that did nothing', async (t) => {
  const path = '/v1/workspaces/acme/endpoints'
  const { atlas, requests } = await serve(
    ...[
      t,
      path,
      problem(503, 'shutting_down'),
      problem(429, 'too_many_requests'),
      problem(503, 'database_unavailable'),
    ],
  )
  await assert.rejects(atlas.endpoints.create({ url: 'https://acme.example' }), { code: 'database_unavailable' })
  assert.equal(requests().length, 3)
})

test('a refused connection is repeated, whatever the call', async () => {
  const listener = createServer()
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as { port: number }
  await new Promise((resolve) => listener.close(resolve))
  const atlas = new Atlas({ server: `http://127.0.0.1:${port}`, key, workspace: 'acme', retries: 2 })
  const began = performance.now()
  await assert.rejects(atlas.endpoints.create({ url: 'https://acme.example' }), (error) => {
    return error instanceof ConnectionError && /127\.0\.0\.1.*ECONNREFUSED/.test(error.message)
  })
  assert(performance.now() - began >= 125 + 250 - 10, 'it waited twice')
})

test('a deletion that was repeated and finds nothing more was done', async (t) => {
  const gone = await serve(t, '/v1/workspaces/acme/endpoints/ep_1', reset, problem(404, 'not_found'))
  await gone.atlas.endpoints.delete('ep_1')
  assert.equal(gone.requests().length, 2)
  const never = await serve(
    t,
    '/v1/workspaces/acme/endpoints/ep_1',
    problem(429, 'too_many_requests'),
    problem(404, 'not_found'),
  )
  await assert.rejects(never.atlas.endpoints.delete('ep_1'), NotFoundError)
})

test('a server that does not answer in time is a TimeoutError, after repetitions', async (t) => {
  const { atlas, requests } = await serve(t, path, hang)
  await assert.rejects(atlas.events.publish(event, { timeoutMs: 100, retries: 1 }), (error) => {
    return error instanceof TimeoutError && error instanceof ConnectionError && /100 ms/.test(error.message)
  })
  assert.equal(requests().length, 2)
})

test("the caller's signal ends the call, while it waits for an answer and while it waits to repeat", async (t) => {
  const reason = new Error('enough')
  const hanging = await serve(t, path, hang)
  const controller = new AbortController()
  const call = hanging.atlas.events.publish(event, { signal: controller.signal })
  while (hanging.requests().length === 0) await new Promise((resolve) => setImmediate(resolve))
  controller.abort(reason)
  await assert.rejects(call, (error) => error === reason)

  const waiting = await serve(t, path, problem(429, 'too_many_requests', { 'retry-after': '50' }))
  const another = new AbortController()
  const later = waiting.atlas.events.publish(event, { signal: another.signal })
  while (waiting.requests().length === 0) await new Promise((resolve) => setImmediate(resolve))
  another.abort(reason)
  await assert.rejects(later, (error) => error === reason)
  await assert.rejects(
    waiting.atlas.events.publish(event, { signal: AbortSignal.abort(reason) }),
    (error) => error === reason,
  )
})

test('what is not Atlas is told from it', async (t) => {
  const page = await serve(t, path, answer(200, { 'content-type': 'text/html' }, '<h1>It works</h1>'))
  await assert.rejects(page.atlas.events.publish(event), /AtlasError.*not JSON: is this the address of Atlas\?/)
  const proxy = await serve(t, path, answer(502, {}, 'no upstream'))
  await assert.rejects(proxy.atlas.events.publish(event, { retries: 0 }), (error) => {
    return error instanceof UnavailableError && error.code === 'unknown' && /Bad Gateway no upstream/.test(error.detail)
  })
  const moved = await serve(t, path, answer(308, { location: 'https://elsewhere.example/' }))
  await assert.rejects(moved.atlas.events.publish(event), /redirects to https:\/\/elsewhere\.example\//)
  assert.equal(moved.requests().length, 1)
})

test('a list goes on from page to page, and asks for no page that is not wanted', async (t) => {
  const receiver = await Receiver.start(t)
  const page = (ids: string[], next_cursor: string | null) =>
    json(200, { data: ids.map((id) => ({ id })), next_cursor })
  receiver.on('/v1/workspaces/acme/jobs?limit=2', page(['a', 'b'], 'one'))
  receiver.on('/v1/workspaces/acme/jobs?limit=2&cursor=one', page([], 'two'))
  receiver.on('/v1/workspaces/acme/jobs?limit=2&cursor=two', page(['c'], null))
  const atlas = new Atlas({ server: receiver.origin, key, workspace: 'acme' })
  const list = atlas.jobs.list({ limit: 2 })
  assert.equal(receiver.requests().length, 0)
  const ids = []
  for await (const { id } of list) ids.push(id)
  assert.deepEqual(ids, ['a', 'b', 'c'])
  for await (const { id } of list) {
    assert.equal(id, 'a')
    break
  }
  assert.equal(receiver.requests().length, 4)
  assert.deepEqual(await atlas.jobs.list({ limit: 2, cursor: 'one' }).page(), { data: [], next_cursor: 'two' })
})

test('lines come as they arrive, whatever pieces they come in', async (t) => {
  const texts = ['{"a":', '1}\n{"b":"', 'ü', '"}\n\n{"c"', ':3}']
  const { atlas } = await serve(t, '/v1/workspaces/acme/audit-log/export', (response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    const bytes = Buffer.from(texts.join(''))
    // Also in the middle of a character.
    for (let at = 0; at < bytes.length; at += 3) response.write(bytes.subarray(at, at + 3))
    response.end()
  })
  const lines = []
  for await (const line of atlas.auditLog.export()) lines.push(line)
  assert.deepEqual(lines, [{ a: 1 }, { b: 'ü' }, { c: 3 }])
})

const exported = '/v1/workspaces/acme/audit-log/export'

test('a stream that breaks off, or falls silent, is an error after the lines that came', async (t) => {
  const half: Behaviour = (response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.write('{"a":1}\n{"b"', () => response.socket?.destroy())
  }
  const silent: Behaviour = (response) => void response.writeHead(200).write('{"a":1}\n')
  for (const [behaviour, Class] of [
    [half, ConnectionError],
    [silent, TimeoutError],
  ] as const) {
    const { atlas, requests } = await serve(t, exported, behaviour)
    const lines: unknown[] = []
    const read = async () => {
      for await (const line of atlas.auditLog.export({}, { timeoutMs: 300 })) lines.push(line)
    }
    await assert.rejects(read(), Class)
    assert.deepEqual(lines, [{ a: 1 }])
    assert.equal(requests().length, 1)
  }
})

test('a stream that is opened is repeated like any call, and closed by who has read enough', async (t) => {
  const closed = Promise.withResolvers<void>()
  const endless: Behaviour = (response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write('{"a":1}\n'), 5)
    response.once('close', () => {
      clearInterval(timer)
      closed.resolve()
    })
  }
  const { atlas, requests } = await serve(t, exported, reset, problem(503, 'shutting_down'), endless)
  for await (const line of atlas.auditLog.export()) {
    assert.deepEqual(line, { a: 1 })
    break
  }
  await closed.promise
  assert.equal(requests().length, 3)
})

test('a reader who takes their time is not too slow', async (t) => {
  const { atlas } = await serve(t, exported, answer(200, {}, '{"a":1}\n{"a":2}\n'))
  const lines = []
  for await (const line of atlas.auditLog.export({}, { timeoutMs: 200 })) {
    await new Promise((resolve) => setTimeout(resolve, 300))
    lines.push(line)
  }
  assert.equal(lines.length, 2)
})
