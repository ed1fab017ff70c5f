import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer, type TestServer } from '../testing/server.ts'

const url = 'https://93.184.215.14/'
const ids = (answer: { json: { data: { id: string }[] } }) => answer.json.data.map(({ id }) => id)

async function publish(server: TestServer, path: string, type: string, more: Record<string, unknown> = {}) {
  const { status, json, text } = await server.request('POST', `${path}/events`, { body: { type, data: {}, ...more } })
  assert.equal(status, 202, text)
  return json.id as string
}

/** An endpoint that is paused, so that deliveries to it stay as they are. */
async function createPaused(server: TestServer, path: string, body: Record<string, unknown> = {}): Promise<string> {
  const { json } = await server.request('POST', `${path}/endpoints`, { body: { url, ...body } })
  await server.request('POST', `${path}/endpoints/${json.id}/pause`)
  return json.id
}

test('an event is shown with its data and deliveries, in its own workspace only', async (t) => {
  const server = await startTestServer(t)
  const [{ path }, other] = [await server.createWorkspace(), await server.createWorkspace()]
  const endpoint = await createPaused(server, path)
  const id = await publish(server, path, 'deal.created', { data: { n: 1 }, tags: ['eu'], created: 1712345678 })
  const { status, json } = await server.request('GET', `${path}/events/${id}`)
  assert.equal(status, 200)
  const { received_at, deliveries, ...rest } = json
  assert.match(received_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.deepEqual(rest, { id, type: 'deal.created', created: 1712345678, tags: ['eu'], test: false, data: { n: 1 } })
  assert.equal(deliveries.length, 1)
  assert.deepEqual([deliveries[0].event, deliveries[0].endpoint, deliveries[0].state], [id, endpoint, 'held'])

  for (const wrong of [`${other.path}/events/${id}`, `${path}/events/evt_x`, `${path}/events/${endpoint}`]) {
    assert.equal((await server.request('GET', wrong)).status, 404, wrong)
    assert.equal((await server.request('POST', `${wrong}/replay`)).status, 404, wrong)
  }
  assert.deepEqual(ids(await server.request('GET', `${other.path}/events`)), [])
})

test('a list goes through every event once, newest first, while new ones come in', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const events = Array.from({ length: 330 }, (_, index) => ({ type: 'a.b', data: { index } }))
  const { json } = await server.request('POST', `${path}/events/batch`, { body: { events } })
  const wanted = json.data.map(({ id }: { id: string }) => id).reverse()
  const seen: string[] = []
  let cursor = ''
  do {
    const page = await server.request('GET', `${path}/events?limit=100${cursor}`)
    assert.equal(page.status, 200)
    seen.push(...ids(page))
    cursor = page.json.next_cursor === null ? '' : `&cursor=${page.json.next_cursor}`
    await publish(server, path, 'new.one')
  } while (cursor !== '')
  assert.deepEqual(seen, wanted)
})

test('events are found by type, tag, time and text', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const first = await publish(server, path, 'deal.created', { tags: ['eu', 'vip'], data: { name: '100%_Zürich' } })
  const second = await publish(server, path, 'contact.created', { tags: ['eu'], data: { name: '100xxZURICH' } })
  const find = async (query: string) => ids(await server.request('GET', `${path}/events?${query}`))
  assert.deepEqual(await find(''), [second, first])
  assert.deepEqual(await find('type=deal.created'), [first])
  assert.deepEqual(await find('tag=vip'), [first])
  assert.deepEqual(await find('tag=eu'), [second, first])
  assert.deepEqual(await find('tag=us'), [])
  assert.deepEqual(await find('q=zurich'), [second])
  assert.deepEqual(await find(`q=${encodeURIComponent('100%_z')}`), [first])
  assert.deepEqual(await find('q=CONTACT.'), [second])
  assert.deepEqual(await find(`q=${first}`), [first])
  const { json } = await server.request('GET', `${path}/events/${first}`)
  const after = new Date(Date.parse(json.received_at) + 86_400_000).toISOString()
  const before = new Date(Date.parse(json.received_at) - 60_000).toISOString()
  assert.deepEqual(await find(`since=${before}&until=${after}`), [second, first])
  assert.deepEqual(await find(`until=${before}`), [])
  assert.deepEqual(await find(`since=${after}`), [])
  assert.deepEqual(await find('since=0001-01-01T00:00:00Z&until=9999-12-31T23:59:59Z'), [second, first])
})

test('a query that cannot be meant is refused with the path of each fault', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  for (const [query, fault] of [
    ...[
      ['since=yesterday', 'since'],
      ['until=2026-01-15', 'until'],
      ['since=2016-12-31T23:59:60Z', 'since'],
    ],
    ...[
      ['type=A', 'type'],
      ['type=%00', 'type'],
      ['tag=%00', 'tag'],
      ['q=%00', 'q'],
      ['q=', 'q'],
      ['what=1', 'what'],
    ],
    ...[
      ['limit=ten', 'limit'],
      ['cursor=%00', 'cursor'],
    ],
  ] as [string, string][]) {
    const { status, json } = await server.request('GET', `${path}/events?${query}`)
    assert.deepEqual([status, json.errors?.map((each: { path: string }) => each.path)], [422, [fault]], query)
  }
})

test('an event is replayed to all its endpoints or to one', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const [a, b] = [await createPaused(server, path), await createPaused(server, path)]
  const id = await publish(server, path, 'deal.created')
  const before = await server.request('GET', `${path}/events/${id}`)
  await server.database.execute({
    name: 'settle-all',
    text: `update deliveries set state = 'delivered', owner = 0, settled_at = now(), next_attempt_at = null, attempt_count = 3`,
  })
  const replay = (body?: unknown) => server.request('POST', `${path}/events/${id}/replay`, { body })
  const one = await replay({ endpoint: a })
  assert.equal(one.status, 202)
  assert.equal(one.json.deliveries.length, 1)
  const [delivery] = one.json.deliveries
  const known = before.json.deliveries.find(({ endpoint }: { endpoint: string }) => endpoint === a)
  assert.deepEqual([delivery.id, delivery.sequence], [known.id, known.sequence])
  assert.deepEqual([delivery.state, delivery.attempt_count, delivery.settled_at], ['held', 3, null])
  assert.ok(delivery.next_attempt_at)
  const all = await replay()
  assert.equal(all.status, 202)
  const endpoints = all.json.deliveries.map(({ endpoint }: { endpoint: string }) => endpoint)
  assert.deepEqual(endpoints.sort(), [a, b].sort())

  const elsewhere = await createPaused(server, (await server.createWorkspace()).path)
  const not = await replay({ endpoint: elsewhere })
  assert.deepEqual([not.status, not.json.errors[0].path], [422, 'endpoint'])
  assert.equal((await replay({ endpoint: 'ep_x' })).status, 422)
  assert.equal((await replay({ what: 1 })).status, 422)
  await server.request('DELETE', `${path}/endpoints/${a}`)
  assert.equal((await replay({ endpoint: a })).status, 409)
  await server.request('POST', `${path}/endpoints/${b}/disable`)
  assert.equal((await replay({ endpoint: b })).status, 409)
  assert.equal((await replay()).status, 409)
})
