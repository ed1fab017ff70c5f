import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../testing/eventually.ts'
import { answer, Receiver } from '../testing/receiver.ts'
import { startTestServer } from '../testing/server.ts'

test('each endpoint of the list shows its last success and failure, and what waits for it', async (t) => {
  const receiver = await Receiver.start(t)
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const create = async (body: object) =>
    (await server.request('POST', `${path}/endpoints`, { body: { retry_schedule_seconds: [3600], ...body } })).json
  receiver.on('/flaky', answer(500))
  const fresh = await create({ url: receiver.url('/fresh'), types: ['none.such'] })
  const flaky = await create({ url: receiver.url('/flaky') })
  const paused = await create({ url: receiver.url('/paused') })
  await server.request('POST', `${path}/endpoints/${paused.id}/pause`)
  const publish = () => server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } })
  const list = async (query = '') => {
    const { data } = (await server.request('GET', `${path}/endpoints${query}`)).json
    return new Map(data.map((endpoint: { id: string }) => [endpoint.id, endpoint])) as Map<string, typeof fresh>
  }
  await publish()
  await eventually(async () => ((await list()).get(flaky.id).last_failure ? true : null))
  receiver.on('/flaky', answer(200))
  await publish()
  const shown = await eventually(async () => {
    const endpoints = await list()
    // Backlogs are counted before, or after, what came last is read.
    const { last_success_at, backlog } = endpoints.get(flaky.id)
    return last_success_at && backlog.deliveries === 1 ? endpoints : null
  })
  const { last_delivery, last_success_at, last_failure, backlog, alert } = shown.get(flaky.id)
  assert.deepEqual([last_delivery.state, last_delivery.at], ['delivered', last_success_at])
  assert.deepEqual(
    { ...last_failure, at: '' },
    { at: '', error: 'status', error_detail: 'the endpoint answered 500', status: 500 },
  )
  assert(Date.parse(last_failure.at) < Date.parse(last_success_at))
  assert.deepEqual([backlog.deliveries, backlog.more, alert], [1, false, null])
  assert(Date.parse(backlog.oldest_due_at) > Date.now(), 'its retry is to come')
  const held = shown.get(paused.id).backlog
  assert.deepEqual([held.deliveries, held.more], [2, false])
  assert(Date.parse(held.oldest_due_at) <= Date.now())
  const nothing = { deliveries: 0, more: false, oldest_due_at: null }
  assert.deepEqual(shown.get(fresh.id).backlog, nothing)
  assert.deepEqual(fresh.backlog, nothing)
  assert.deepEqual((await server.request('GET', `${path}/endpoints/${paused.id}`)).json, shown.get(paused.id))

  assert.deepEqual([...(await list('?status=paused')).keys()], [paused.id])
  assert.deepEqual([...(await list('?status=active&stream=events')).keys()], [flaky.id, fresh.id])
  assert.deepEqual([...(await list('?stream=audit')).keys()], [])
  assert.deepEqual([...(await list('?event_type=none.such')).keys()], [paused.id, flaky.id, fresh.id])
  assert.deepEqual([...(await list('?event_type=deal.created&limit=1')).keys()], [paused.id])
  assert.deepEqual([...(await list('?event_type=deal.created&status=active')).keys()], [flaky.id])
  assert.deepEqual([...(await list('?event_type=deal.created&stream=audit')).keys()], [])
  await server.request('DELETE', `${path}/endpoints/${flaky.id}`)
  assert.deepEqual([...(await list('?event_type=deal.created')).keys()], [paused.id])
  assert.equal((await server.request('GET', `${path}/endpoints?status=deleted`)).status, 422)
  assert.equal((await server.request('GET', `${path}/endpoints?event_type=deal.*`)).json.errors[0].path, 'event_type')
})
