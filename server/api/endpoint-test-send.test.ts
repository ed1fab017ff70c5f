import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { eventually } from '../testing/eventually.ts'
import { answer, closeKeptAlive, gate, hang, Receiver } from '../testing/receiver.ts'
import { startTestServer, type TestServer } from '../testing/server.ts'

async function create(server: TestServer, path: string, body: { url: string; [field: string]: unknown }) {
  const created = await server.request('POST', `${path}/endpoints`, { body })
  assert.equal(created.status, 201, created.text)
  return { ...created.json, path: `${path}/endpoints/${created.json.id}` }
}

const paths = (errors: { path: string }[]) => errors.map(({ path }) => path).sort()

test('a test send answers with what came back, and is visible as a delivery outside the numbering', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const receiver = await Receiver.start(t)
  const endpoint = await create(server, path, { url: receiver.url('/hook'), headers: { 'X-Team': 'crm' } })
  const { path: one, id, secret } = endpoint
  receiver.on('/hook', answer(201, { 'x-reply': 'yes' }, 'thanks'))
  const sent = await server.request('POST', `${one}/test`, { body: { type: 'deal.created' } })
  assert.equal(sent.status, 200)
  const { duration_ms, timings, response, ...rest } = sent.json
  assert.deepEqual(rest, { ok: true, status: 201, error: null, error_detail: null })
  assert.ok(Number.isInteger(duration_ms))
  assert.ok(Number.isInteger(timings.connect_ms) && Number.isInteger(timings.first_byte_ms))
  assert.deepEqual([response.body, response.truncated, response.headers['x-reply']], ['thanks', false, 'yes'])
  const [request] = receiver.requests('/hook')
  assert(request)
  assert.deepEqual([request.headers['atlas-event'], request.headers['x-team']], ['deal.created', 'crm'])
  new Webhook(secret).verify(request.body, { ...request.headers })
  const { json } = await server.request('GET', `${path}/deliveries?endpoint=${id}`)
  assert.deepEqual([json.data.length, json.data[0].sequence, json.data[0].state], [1, 0, 'delivered'])
  const { attempts } = (await server.request('GET', `${path}/deliveries/${json.data[0].id}`)).json
  assert.deepEqual([attempts.length, attempts[0].response.status, attempts[0].response.body], [1, 201, 'thanks'])
  assert.deepEqual(attempts[0].timings, timings)
  assert.equal(attempts[0].request.body, request.body.toString())

  receiver.on('/hook', answer(500))
  const failed = await server.request('POST', `${one}/test`)
  assert.deepEqual([failed.json.ok, failed.json.status, failed.json.error], [false, 500, 'status'])
  const [test] = (await server.request('GET', `${path}/deliveries?endpoint=${id}`)).json.data
  assert.deepEqual([test.sequence, test.state, test.dead_letter_reason], [0, 'canceled', null])
  for (const which of [`deliveries/${test.id}`, `events/${test.event}`]) {
    const replayed = await server.request('POST', `${path}/${which}/replay`)
    assert.deepEqual([replayed.status, replayed.json.code], [409, 'conflict'])
  }
  receiver.on('/hook', closeKeptAlive)
  const refused = await server.request('POST', `${one}/test`, { body: { type: 'Not A Type' } })
  assert.deepEqual([refused.status, paths(refused.json.errors)], [422, ['type']])
})

test('the last delivery is what it was before a test, whatever came of the test', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const receiver = await Receiver.start(t)
  receiver.on('/hook', answer(500))
  const { path: one } = await create(server, path, { url: receiver.url('/hook') })
  const last = async () => (await server.request('GET', one)).json.last_delivery
  await server.request('POST', `${one}/test`)
  assert.equal(await last(), null)
  receiver.on('/hook', answer(202))
  await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } })
  const delivered = await eventually(last)
  assert.deepEqual([delivered.state, delivered.status], ['delivered', 202])
  for (const status of [200, 410, 500]) {
    receiver.on('/hook', answer(status))
    assert.equal((await server.request('POST', `${one}/test`)).json.status, status)
    assert.deepEqual(await last(), delivered)
  }
  assert.equal((await server.request('GET', one)).json.status, 'active')
})

test('a test send of an endpoint that does not answer ends with its timeout', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const receiver = await Receiver.start(t)
  receiver.on('/hook', hang)
  const { path: one } = await create(server, path, { url: receiver.url('/hook'), timeout_seconds: 1 })
  const { json } = await server.request('POST', `${one}/test`)
  assert.deepEqual([json.ok, json.status, json.error, json.response], [false, null, 'timeout', null])
})
test('a workspace has ten tests under way at most, and another one is not kept from its own', async (t) => {
  const server = await startTestServer(t)
  const receiver = await Receiver.start(t)
  const { behaviour, open } = gate()
  receiver.on('/gate', behaviour)
  const mine = await server.createWorkspace()
  const { id } = await create(server, mine.path, { url: receiver.url('/gate') })
  const ask = () => server.request('POST', `${mine.path}/endpoints/${id}/test`)
  const asked = Array.from({ length: 10 }, ask)
  await receiver.waitFor(10, '/gate')
  const refused = await ask()
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '1'])
  const other = await server.createWorkspace()
  const theirs = await create(server, other.path, { url: receiver.url('/other') })
  assert.equal((await server.request('POST', `${other.path}/endpoints/${theirs.id}/test`)).status, 200)
  open()
  for (const { status } of await Promise.all(asked)) assert.equal(status, 200)
  assert.equal((await ask()).status, 200)
})
