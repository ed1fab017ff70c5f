import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { test } from 'node:test'
import { fromTypeId } from '../domain/identifier.ts'
import { retireNode } from '../storage/node.ts'
import { takeSamples } from '../storage/sample.ts'
import { eventually } from '../testing/eventually.ts'
import { plantHistory } from '../testing/history.ts'
import { answer, gate, Receiver } from '../testing/receiver.ts'
import { startTestServer } from '../testing/server.ts'

const minute = 60_000

test('the list of nodes tells who runs, what each has in hand, and who is gone', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const receiver = await Receiver.start(t)
  const closed = gate()
  receiver.on('/hook', closed.behaviour)
  await server.request('POST', `${path}/endpoints`, { body: { url: receiver.url('/hook') } })
  await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } })
  await receiver.waitFor(1, '/hook')
  const [node, ...more] = (await server.request('GET', '/v1/nodes')).json.data
  assert.equal(more.length, 0)
  const { version } = (await server.request('GET', '/healthz')).json
  const { id, started_at, heartbeat_at, ...rest } = node
  assert(Number.isInteger(id) && Date.parse(heartbeat_at) >= Date.parse(started_at))
  assert.deepEqual(rest, {
    ...{ state: 'alive', dead_at: null, host: hostname(), version, roles: ['api', 'worker'] },
    deliveries_in_hand: 1,
  })
  closed.open()
  await eventually(async () => {
    const [again] = (await server.request('GET', '/v1/nodes')).json.data
    return again.deliveries_in_hand === 0 ? true : null
  })
  await retireNode(server.database, id, new Date())
  const listed = (await server.request('GET', '/v1/nodes')).json.data
  const gone = listed.find((each: { id: number }) => each.id === id)
  assert.deepEqual([gone.state, gone.dead_at !== null], ['dead', true])
})

test('health tells of the database, what waits and since when, and what was done minute by minute', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const receiver = await Receiver.start(t)
  receiver.on('/good', answer(200))
  const create = async (url: string) => {
    return (await server.request('POST', `${path}/endpoints`, { body: { url, types: ['deal.*'] } })).json.id as string
  }
  const health = async () => {
    const { status, json, text } = await server.request('GET', '/v1/health')
    assert.equal(status, 200, text)
    return json
  }
  const before = await health()
  const { version, size_bytes, connections, max_connections, days } = before.database
  assert.match(version, /^\d+\.\d+/)
  assert(size_bytes > 1_000_000 && connections >= 1 && max_connections > connections && days >= 4)
  assert.deepEqual(before.queue, { waiting: 0, more: false, endpoints: 0, oldest_due_at: null })
  assert.equal(before.minutes.length, 60)

  await create(receiver.url('/good'))
  await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } })
  await receiver.waitFor(1, '/good')
  const paused = await create('https://93.184.215.14/')
  await server.request('POST', `${path}/endpoints/${paused}/pause`)
  await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } })
  const held = await eventually(async () => {
    const { queue } = await health()
    return queue.waiting === 1 ? queue : null
  })
  assert.deepEqual(
    held,
    { waiting: 1, more: false, endpoints: 0, oldest_due_at: null },
    'what is held is late for nobody',
  )

  await eventually(async () => {
    const { json } = await server.request('GET', `${path}/stats`)
    return json.deliveries.delivered === 2 ? true : null
  })
  // The full minute is over sooner than it would be.
  const now = Math.floor(Date.now() / minute) * minute
  await server.database.execute({ name: 'rewind', text: `update sampling set sampled_at = $1` }, [
    new Date(now - minute),
  ])
  await takeSamples(server.database, new Date(now))
  const { last_day, minutes } = await health()
  const counted = { attempts: { succeeded: 2, failed: 0 }, deliveries: { delivered: 2, dead_lettered: 0 } }
  assert.deepEqual(last_day, counted)
  const busy = minutes.filter((each: typeof last_day) => each.attempts.succeeded > 0)
  assert.deepEqual(
    busy.map(({ until: _, ...counts }: { until: string }) => counts),
    [counted],
  )
})

test('what is due at endpoints that take it is told, and a backlog is counted to its limit only', async (t) => {
  const server = await startTestServer(t, { ATLAS_ROLES: 'api' })
  const { path, id } = await server.createWorkspace()
  const { json } = await server.request('POST', `${path}/endpoints`, { body: { url: 'https://93.184.215.14/' } })
  const ids = { workspaceId: fromTypeId('ws', id) ?? '', endpointId: fromTypeId('ep', json.id) ?? '' }
  await plantHistory(server.database, { ...ids, count: 100_001, state: 'retrying' })
  const { queue } = (await server.request('GET', '/v1/health')).json
  const { oldest_due_at, ...rest } = queue
  assert.deepEqual(rest, { waiting: 100_000, more: true, endpoints: 1 })
  assert(Date.parse(oldest_due_at) > Date.now())
})
