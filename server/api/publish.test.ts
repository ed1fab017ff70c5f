import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { toTypeId, uuidFloor } from '../domain/identifier.ts'
import { Receiver } from '../testing/receiver.ts'
import { startTestServer, type TestServer, testOperatorKey } from '../testing/server.ts'

const paths = (errors: { path: string }[]) => errors.map(({ path }) => path).sort()

async function start(t: Parameters<typeof startTestServer>[0], env: Record<string, string> = {}) {
  const server = await startTestServer(t, env)
  const { path } = await server.createWorkspace()
  return { server, path, events: `${path}/events` }
}

async function countEvents(server: TestServer): Promise<number> {
  const [row] = await server.database.query<{ count: number }>({
    name: 'count-events',
    text: 'select count(*) from events',
  })
  return row?.count ?? -1
}

const eventId = (time: number) => toTypeId('evt', uuidFloor(time))

test('an event is answered with its id and to how many endpoints it goes', async (t) => {
  const { server, path, events } = await start(t)
  const url = 'https://93.184.215.14/'
  for (const types of [['deal.*'], ['contact.*'], []]) {
    await server.request('POST', `${path}/endpoints`, { body: { url, types } })
  }
  const before = Math.floor(Date.now() / 1000)
  const { status, json } = await server.request('POST', events, {
    body: { type: 'deal.created', data: { id: 'deal_01' }, tags: ['eu', 'say "hi", \\o/'] },
  })
  assert.equal(status, 202)
  assert.match(json.id, /^evt_[0-9a-z]{26}$/)
  assert.ok(json.created >= before && json.created <= before + 60)
  const { id: _, created: __, ...rest } = json
  assert.deepEqual(rest, { type: 'deal.created', tags: ['eu', 'say "hi", \\o/'], deliveries: 2 })
  const lonely = await server.request('POST', events, { body: { type: 'task.created', data: {}, created: 1712345678 } })
  assert.deepEqual([lonely.json.created, lonely.json.tags, lonely.json.deliveries], [1712345678, [], 1])
})

test('every fault of an event and of a batch is told with its path, and nothing is stored', async (t) => {
  const { server, events } = await start(t)
  const single = await server.request('POST', events, {
    body: { type: 1, data: [], tags: ['', 'x'.repeat(65), 'a\u0000b', '\ud800'], created: -1, what: 1 },
  })
  assert.equal(single.status, 422)
  assert.deepEqual(paths(single.json.errors), [
    'created',
    'data',
    'tags.0',
    'tags.1',
    'tags.2',
    'tags.3',
    'type',
    'what',
  ])
  assert.deepEqual(paths((await server.request('POST', events, { body: {} })).json.errors), ['data', 'type'])

  const now = Date.now()
  const data = {}
  const batch = await server.request('POST', `${events}/batch`, {
    body: {
      events: [
        ...[
          { type: 'Deal', data },
          { type: 'deal.created', data, id: 'evt_x' },
          { type: 'deal.created', data },
        ],
        ...[
          { type: 'deal.created', data, id: eventId(now) },
          { type: 'deal.created', data, id: eventId(now) },
        ],
        { type: 'deal.created', data, id: eventId(now - 25 * 3_600_000) },
        { type: 'deal.created', data, id: eventId(now + 600_000) },
      ],
    },
  })
  assert.equal(batch.status, 422)
  assert.deepEqual(paths(batch.json.errors), [
    ...['events.0.type', 'events.1.id', 'events.4.id', 'events.5.id', 'events.6.id'],
  ])
  for (const body of [{ events: [] }, { events: Array(1001).fill({ type: 'a', data }) }, { events: [1] }, {}]) {
    assert.equal((await server.request('POST', `${events}/batch`, { body })).status, 422)
  }
  assert.equal(await countEvents(server), 0)
})

test('a batch is stored as a whole and answered in its order', async (t) => {
  const { server, events } = await start(t)
  const body = { events: Array.from({ length: 1000 }, (_, index) => ({ type: `deal.t${index}`, data: { index } })) }
  const { status, json } = await server.request('POST', `${events}/batch`, { body })
  assert.equal(status, 202)
  assert.deepEqual(
    json.data.map(({ type }: { type: string }) => type),
    body.events.map(({ type }) => type),
  )
  assert.equal(await countEvents(server), 1000)
  const last = await server.request('GET', `${events}/${json.data[999].id}`)
  assert.deepEqual(last.json.data, { index: 999 })

  const known = json.data[0].id
  const clash = await server.request('POST', `${events}/batch`, {
    body: {
      events: [
        { type: 'a.b', data: {} },
        { type: 'a.b', data: {}, id: known },
      ],
    },
  })
  assert.deepEqual([clash.status, clash.json.code], [409, 'event_exists'])
  assert.equal(await countEvents(server), 1000)
})

test('data is kept and delivered as the text that it came as', async (t) => {
  const { server, path, events } = await start(t)
  const receiver = await Receiver.start(t)
  await server.request('POST', `${path}/endpoints`, { body: { url: receiver.url() } })
  const texts = [
    '{"n":12345678901234567890.10,"e":1E+400,"z":-0.0}',
    '{ "spaced" : [ 1 , 2 ] ,\n\t"u":"\\u00fc\\ud83d\\ude00\\ud800\\u0000 ü😀", "slash":"\\/" }',
    '{"a":1,"a":2,"__proto__":{"x":1},"constructor":null,"data":{"data":"}"},"":"\\\\\\""}',
    '{}',
  ]
  for (const [index, text] of texts.entries()) {
    const body = `{"data": {"decoy":1}, "ty\\u0070e":"deal.created","d\\u0061ta":${text} }`
    const sent = await server.request('POST', events, { body })
    assert.equal(sent.status, 202, sent.text)
    const shown = await server.request('GET', `${events}/${sent.json.id}`)
    assert.ok(shown.text.endsWith(`,"data":${text}}`), shown.text)
    const received = await receiver.waitFor(index + 1)
    const arrived = received.find(({ headers }) => headers['atlas-delivery'] === sent.json.id)
    assert.ok(arrived?.body.toString().endsWith(`,"data":${text}}`), arrived?.body.toString())
  }
  const batch = `{"events":[],"events":[${texts.map((text) => `{"type":"a.b","data":${text}}`).join(', ')}]}`
  const sent = await server.request('POST', `${events}/batch`, { body: batch })
  for (const [index, text] of texts.entries()) {
    const shown = await server.request('GET', `${events}/${sent.json.data[index].id}`)
    assert.ok(shown.text.endsWith(`,"data":${text}}`), shown.text)
  }
})

test('of a repeated name the last value counts, for what is checked and for what is stored', async (t) => {
  const { server, events } = await start(t)
  const good = await server.request('POST', events, { body: '{"type":7,"data":[],"type":"a.b","data":{"last":true}}' })
  assert.deepEqual([good.status, good.json.type], [202, 'a.b'])
  assert.deepEqual((await server.request('GET', `${events}/${good.json.id}`)).json.data, { last: true })
  const bad = await server.request('POST', events, { body: '{"type":"a.b","data":{},"data":[]}' })
  assert.deepEqual([bad.status, paths(bad.json.errors)], [422, ['data']])
})

test('an idempotency key gives the first answer again, and refuses another body or route', async (t) => {
  const { server, events } = await start(t)
  const headers = { 'idempotency-key': 'order 66 ~' }
  const body = '{"type":"a.b","data":{"n":1}}'
  const answers = await Promise.all(Array.from({ length: 8 }, () => server.request('POST', events, { body, headers })))
  const later = await server.request('POST', events, { body, headers })
  assert.deepEqual(new Set([...answers, later].map(({ status, text }) => `${status} ${text}`)).size, 1)
  assert.equal(later.status, 202)
  assert.equal(await countEvents(server), 1)
  // The same value, but other bytes.
  const other = await server.request('POST', events, { body: `${body} `, headers })
  assert.deepEqual([other.status, other.json.code], [409, 'idempotency_conflict'])
  const batch = await server.request('POST', `${events}/batch`, { body: `{"events":[${body}]}`, headers })
  assert.deepEqual([batch.status, batch.json.code], [409, 'idempotency_conflict'])
  assert.equal(await countEvents(server), 1)

  const elsewhere = await server.createWorkspace()
  const own = await server.request('POST', `${elsewhere.path}/events`, { body, headers })
  assert.equal(own.status, 202)
  assert.notEqual(own.json.id, later.json.id)
  for (const key of ['', 'x'.repeat(256), 'ü']) {
    const refused = await server.request('POST', events, { body, headers: { 'idempotency-key': key } })
    assert.deepEqual([refused.status, paths(refused.json.errors)], [422, ['Idempotency-Key']], key)
  }
})

test('an id of the publisher is taken once', async (t) => {
  const { server, events } = await start(t)
  const id = eventId(Date.now() - 3_600_000)
  const body = { type: 'a.b', data: {}, id }
  const first = await server.request('POST', events, { body })
  assert.deepEqual([first.status, first.json.id], [202, id])
  const again = await server.request('POST', events, { body })
  assert.deepEqual([again.status, again.json.code], [409, 'event_exists'])
})

test('data up to the limit is taken, one byte more is not, alone and in a batch', async (t) => {
  const { server, events } = await start(t, { ATLAS_MAX_PAYLOAD_BYTES: '4096' })
  // Counted in bytes: the letter takes two.
  const data = (bytes: number) => ({ x: `${bytes % 2 === 0 ? '' : 'a'}${'ü'.repeat(Math.floor((bytes - 8) / 2))}` })
  assert.equal((await server.request('POST', events, { body: { type: 'a.b', data: data(4096) } })).status, 202)
  const big = await server.request('POST', events, { body: { type: 'a.b', data: data(4097) } })
  assert.deepEqual([big.status, big.json.code], [413, 'payload_too_large'])
  const batch = await server.request('POST', `${events}/batch`, {
    body: {
      events: [
        { type: 'a.b', data: {} },
        { type: 'a.b', data: data(4097) },
      ],
    },
  })
  assert.equal(batch.status, 413)
  assert.match(batch.json.detail, /events\.1\.data/)
  assert.equal(await countEvents(server), 1)
})

test('strict types and payload validation are obeyed from the moment they are set', async (t) => {
  const { server, path, events } = await start(t)
  const publish = (type: string, data: unknown) => server.request('POST', events, { body: { type, data } })
  assert.equal((await publish('my.own', {})).status, 202)
  await server.request('PATCH', path, { body: { strict_types: true, validate_payloads: true } })
  const unknown = await publish('my.own', {})
  assert.deepEqual([unknown.status, paths(unknown.json.errors)], [422, ['type']])

  const schema = {
    type: 'object',
    required: ['id'],
    properties: { id: { type: 'string' }, lines: { type: 'array', items: { type: 'number' } } },
  }
  await server.request('POST', `${path}/event-types`, { body: { name: 'my.own', description: '', schema } })
  assert.equal((await publish('my.own', { id: 'x', lines: [1] })).status, 202)
  const wrong = await publish('my.own', { lines: [1, 'two'] })
  assert.deepEqual([wrong.status, paths(wrong.json.errors)], [422, ['data.id', 'data.lines.1']])
  const builtIn = await publish('deal.created', {})
  assert.equal(builtIn.status, 422)
  assert.ok(paths(builtIn.json.errors).includes('data.id'))
  const batch = await server.request('POST', `${events}/batch`, {
    body: {
      events: [
        { type: 'my.own', data: { id: 'x' } },
        { type: 'my.own', data: {} },
        { type: 'no.such', data: {} },
      ],
    },
  })
  assert.deepEqual([batch.status, paths(batch.json.errors)], [422, ['events.1.data.id', 'events.2.type']])
})

test('bodies that are no JSON objects in UTF-8 get a clear refusal, and the next request is served', async (t) => {
  const { server, events } = await start(t)
  const nested = (depth: number) => `{"type":"a.b","data":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`
  const cases: [string, string | Uint8Array, number, string][] = [
    ['invalid UTF-8', Buffer.from('{"type":"a.b","data":{"x":"\xff"}}', 'latin1'), 400, 'malformed_json'],
    ['half a character', Buffer.from('{"type":"a.b","data":{"x":"ü"}}').subarray(0, 28), 400, 'malformed_json'],
    ['half a body', '{"type":"a.b","data":{', 400, 'malformed_json'],
    ['nothing', '', 400, 'malformed_json'],
    ['a byte order mark', '\ufeff{"type":"a.b","data":{}}', 400, 'malformed_json'],
    ['deep nesting', nested(64), 400, 'malformed_json'],
    ['very deep nesting', '['.repeat(100_000), 400, 'malformed_json'],
    ['10 MB', `{"type":"a.b","data":{"x":"${'x'.repeat(10_000_000)}"}}`, 413, 'payload_too_large'],
    ['an array', '[]', 422, 'validation_failed'],
    ['null', 'null', 422, 'validation_failed'],
    ['__proto__ as a field', '{"type":"a.b","data":{},"__proto__":{"x":1}}', 422, 'validation_failed'],
    ['data from the prototype only', '{"type":"a.b","__proto__":{"data":{}}}', 422, 'validation_failed'],
  ]
  for (const [what, body, status, code] of cases) {
    const refused = await server.request('POST', events, { body })
    assert.deepEqual([refused.status, refused.json?.code], [status, code], what)
    assert.match(refused.headers.get('content-type') ?? '', /^application\/problem\+json/, what)
  }
  assert.equal((await server.request('POST', events, { body: nested(63) })).status, 202)
  const form = await server.request('POST', events, { body: 'type=a', headers: { 'content-type': 'text/plain' } })
  assert.equal(form.status, 415)
  assert.equal(await countEvents(server), 1)
})

test('a client that goes away in the middle of its body leaves nothing behind', async (t) => {
  const { server, events } = await start(t)
  const { hostname, port } = new URL(server.url)
  const head = (length: number) =>
    `POST ${events} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${testOperatorKey}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`
  const body = '{"type":"a.b","data":{}}'
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  // A whole event, but of a body that was announced as longer.
  await new Promise((resolve) => socket.write(head(body.length + 10) + body, resolve))
  socket.destroy()
  await once(socket, 'close')
  assert.equal((await server.request('POST', events, { body })).status, 202)
  assert.equal(await countEvents(server), 1)
})

test('publishing needs the scope, and the workspace of another key does not exist', async (t) => {
  const { server, path, events } = await start(t)
  const other = await server.createWorkspace()
  const body = { type: 'a.b', data: {} }
  const [publish, read, foreign] = [
    await server.createKey(path, ['publish']),
    await server.createKey(path, ['read', 'manage']),
    await server.createKey(other.path, ['publish']),
  ]
  assert.equal((await server.request('POST', events, { body, key: publish })).status, 202)
  assert.equal((await server.request('POST', events, { body, key: read })).status, 403)
  assert.equal((await server.request('POST', events, { body, key: foreign })).status, 404)
  assert.equal((await server.request('GET', events, { key: publish })).status, 403)
})
