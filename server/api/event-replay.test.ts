import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Receiver } from '../testing/receiver.ts'
import { startTestServer } from '../testing/server.ts'

test('an event is replayed to an endpoint that it had not matched, or that was created later', async (t) => {
  const receiver = await Receiver.start(t)
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const create = async (name: string, types: readonly string[] = []): Promise<string> => {
    const { json } = await server.request('POST', `${path}/endpoints`, {
      body: { url: receiver.url(`/${name}`), types },
    })
    return json.id
  }
  const publish = async (type: string): Promise<string> => {
    const { json } = await server.request('POST', `${path}/events`, { body: { type, data: { of: type } } })
    return json.id
  }
  const replay = async (event: string, endpoint: string) => {
    const answer = await server.request('POST', `${path}/events/${event}/replay`, { body: { endpoint } })
    assert.equal(answer.status, 202, answer.text)
    return answer.json.deliveries[0]
  }
  const other = await create('other', ['deal.*'])
  const first = await publish('contact.created')
  const later = await create('later')
  await publish('contact.updated')
  await receiver.waitFor(1, '/later')

  const unmatched = await replay(first, other)
  assert.deepEqual([unmatched.event, unmatched.endpoint, unmatched.sequence], [first, other, 1])
  const created = await replay(first, later)
  assert.equal(created.sequence, 2, 'the next of that endpoint')
  const [, late] = await receiver.waitFor(2, '/later')
  assert.equal(late?.headers['atlas-sequence'], '2')
  assert.equal(late?.headers['webhook-id'], first)
  assert.deepEqual(JSON.parse(late?.body.toString() ?? '').data, { of: 'contact.created' })
  await receiver.waitFor(1, '/other')

  const again = await replay(first, later)
  assert.deepEqual([again.id, again.sequence], [created.id, 2], 'the same delivery')
  const next = await publish('deal.created')
  const [, numbered] = await receiver.waitFor(2, '/other')
  assert.deepEqual([numbered?.headers['webhook-id'], numbered?.headers['atlas-sequence']], [next, '2'])
})

test('a late delivery to a paused endpoint is held, and a disabled or deleted one, or a test, is refused', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const { id: event } = (await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } }))
    .json
  const { id } = (await server.request('POST', `${path}/endpoints`, { body: { url: 'http://127.0.0.1:1024/' } })).json
  const one = `${path}/endpoints/${id}`
  const replay = (which = event) => server.request('POST', `${path}/events/${which}/replay`, { body: { endpoint: id } })
  await server.request('POST', `${one}/disable`)
  assert.deepEqual([(await replay()).status, (await replay()).json.code], [409, 'conflict'])

  const tested = (await server.request('POST', `${path}/endpoints`, { body: { url: 'http://127.0.0.1:1024/x' } })).json
    .id
  await server.request('POST', `${path}/endpoints/${tested}/test`)
  const test = (await server.request('GET', `${path}/deliveries?endpoint=${tested}`)).json.data[0].event
  await server.request('POST', `${one}/pause`)
  assert.equal((await replay(test)).status, 409)
  const held = await replay()
  assert.equal(held.status, 202, held.text)
  assert.deepEqual([held.status, held.json.deliveries[0].state], [202, 'held'])

  await server.request('DELETE', one)
  assert.equal((await replay()).status, 409, 'it has a delivery, but takes nothing')
})
