// When batches leave, and with what.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventsOf, pass, publishMany } from '../testing/batches.ts'
import { SettableClock } from '../testing/clock.ts'
import { eventually } from '../testing/eventually.ts'
import { plantHistory } from '../testing/history.ts'
import { TestPipeline } from '../testing/pipeline.ts'
import { answer, gate, Receiver } from '../testing/receiver.ts'
import { storedDeliveries } from '../testing/seed.ts'

const profile = 'cloudevents'
const long = 3_600
const soon = 1_000

test('events travel together when the window has passed since the first of them, not earlier and not much later', async (t) => {
  const receiver = await Receiver.start(t)
  const clock = new SettableClock()
  const node = await TestPipeline.start(t, { clock })
  const batch = { maxEvents: 100, windowSeconds: 5 }
  const endpoint = await node.createEndpoint(receiver.url('/window'), { profile, batch })
  const first = clock.now()
  const ids = [await node.publish()]
  for (const wait of [1_500, 2_500]) {
    await pass(node, clock, wait)
    ids.push(await node.publish())
  }
  await pass(node, clock, 1_500)
  const [request] = await receiver.waitFor(1, '/window')
  assert(request)
  assert.deepEqual(new Set(eventsOf(request)), new Set(ids))
  for (const id of ids) {
    const { attempts } = await node.storyOnce(id, endpoint, ({ state }) => state === 'delivered')
    const [attempt] = attempts
    assert.equal(attempts.length, 1)
    const waited = (attempt?.startedAt.getTime() ?? 0) - first
    assert(waited >= 5_000 && waited <= 6_000, `${waited} ms`)
  }
  assert.equal(receiver.requests('/window').length, 1)
})

test('a batch that is full leaves at once, also when its events come from two nodes', async (t) => {
  const receiver = await Receiver.start(t)
  const node = await TestPipeline.start(t)
  const other = await node.startAnother()
  await node.createEndpoint(receiver.url('/full'), { profile, batch: { maxEvents: 10, windowSeconds: long } })
  for (const round of [1, 2]) {
    const ids = [await publishMany(node, 5), await publishMany(other, 4)].flat()
    const before = performance.now()
    ids.push(await other.publish())
    const requests = await receiver.waitFor(round, '/full')
    const request = requests[round - 1]
    assert(request)
    assert.deepEqual(new Set(eventsOf(request)), new Set(ids))
    const took = request.at - before
    t.diagnostic(`${Math.round(took)} ms after the last of ten`)
    assert(took < soon, `${took} ms`)
  }
})

test('a stop while the window is open sends nothing, and whoever is there when it closes does', async (t) => {
  const receiver = await Receiver.start(t)
  const clock = new SettableClock()
  const node = await TestPipeline.start(t, { clock })
  const batch = { maxEvents: 100, windowSeconds: 4 }
  const endpoint = await node.createEndpoint(receiver.url('/stop'), { profile, batch })
  const first = clock.now()
  const ids = await publishMany(node, 3)
  await pass(node, clock, 2_000)
  await node.stop()
  assert.equal(receiver.requests('/stop').length, 0)
  const next = await node.startAnother()
  await pass(next, clock, 3_000)
  const [request] = await receiver.waitFor(1, '/stop')
  assert(request)
  assert.deepEqual(new Set(eventsOf(request)), new Set(ids))
  const { attempts } = await next.storyOnce(ids[0] ?? '', endpoint, ({ state }) => state === 'delivered')
  const waited = (attempts[0]?.startedAt.getTime() ?? 0) - first
  assert(waited >= 4_000 && waited <= 5_000, `${waited} ms`)
})

test('a stop finishes the batch that is on its way, and leaves the others to the next node', async (t) => {
  const receiver = await Receiver.start(t)
  const node = await TestPipeline.start(t)
  const { behaviour, open } = gate()
  receiver.on('/finish', behaviour)
  const batch = { maxEvents: 3, windowSeconds: long }
  const given = { profile, batch, maxInFlight: 1, timeoutSeconds: 30 } as const
  await node.createEndpoint(receiver.url('/finish'), given)
  await publishMany(node, 6)
  await receiver.waitFor(1, '/finish')
  const owned = async () => (await storedDeliveries(node.database)).filter(({ owner }) => owner !== 0).length
  const untilOwned = (count: number) => eventually(async () => ((await owned()) === count ? true : null))
  await untilOwned(6)
  const stopping = node.stop()
  await untilOwned(3)
  open()
  await stopping
  assert.equal(receiver.requests('/finish').length, 1)
  const states = (await storedDeliveries(node.database)).map(({ state }) => state).sort()
  assert.deepEqual(states, ['delivered', 'delivered', 'delivered', 'pending', 'pending', 'pending'])
  await node.startAnother()
  const [first, second] = await receiver.waitFor(2, '/finish')
  assert(first && second)
  assert.equal(new Set([...eventsOf(first), ...eventsOf(second)]).size, 6)
})

test('limits on rate and concurrency are about requests, each with a full batch', async (t) => {
  const receiver = await Receiver.start(t)
  const node = await TestPipeline.start(t)
  const perSecond = 10
  const batch = { maxEvents: 10, windowSeconds: long }
  await node.createEndpoint(receiver.url('/paced'), { profile, batch, maxPerSecond: perSecond, types: ['paced'] })
  let [open, most] = [0, 0]
  receiver.on('/narrow', (response) => {
    most = Math.max(most, ++open)
    setTimeout(() => {
      open--
      response.end()
    }, 20)
  })
  await node.createEndpoint(receiver.url('/narrow'), { profile, batch, maxInFlight: 2, types: ['narrow'] })
  await Promise.all(Array.from({ length: 100 }, () => node.publish({ type: 'paced' })))
  await Promise.all(Array.from({ length: 100 }, () => node.publish({ type: 'narrow' })))
  const paced = await receiver.waitFor(10, '/paced')
  const narrow = await receiver.waitFor(10, '/narrow')
  assert.deepEqual(new Set([...paced, ...narrow].map((request) => eventsOf(request).length)), new Set([10]))
  assert.equal(most, 2)
  const took = (paced[9]?.at ?? 0) - (paced[0]?.at ?? 0)
  assert(took >= (9 * 1_000) / perSecond - 20, `${took} ms for ten requests`)
})

test('what a body has no room for goes with the next request, which does not wait for the first', async (t) => {
  const receiver = await Receiver.start(t)
  const node = await TestPipeline.start(t)
  const { behaviour, open } = gate()
  receiver.on('/large', behaviour)
  const batch = { maxEvents: 10, windowSeconds: long }
  const endpoint = await node.createEndpoint(receiver.url('/large'), { profile, batch, timeoutSeconds: 30 })
  const ids = await publishMany(node, 10, JSON.stringify('x'.repeat(240_000)))
  const requests = await receiver.waitFor(3, '/large')
  // They are on their way at the same time, so they may arrive in any order.
  assert.deepEqual(requests.map((request) => eventsOf(request).length).sort(), [2, 4, 4])
  assert.deepEqual(new Set(requests.flatMap(eventsOf)), new Set(ids))
  open()
  for (const id of ids) await node.storyOnce(id, endpoint, ({ state }) => state === 'delivered')
})

test('what waits for a paused endpoint leaves in full batches when it is resumed', async (t) => {
  const receiver = await Receiver.start(t)
  const node = await TestPipeline.start(t)
  const batch = { maxEvents: 5, windowSeconds: long }
  const endpoint = await node.createEndpoint(receiver.url('/held'), { profile, batch, maxInFlight: 1 })
  const before = await publishMany(node, 3)
  await node.setStatus(endpoint, 'paused')
  const ids = [...before, ...(await publishMany(node, 7))]
  const [id = ''] = ids
  assert.equal((await node.story(id, endpoint)).state, 'held')
  assert.equal(receiver.requests('/held').length, 0)
  await node.setStatus(endpoint, 'active')
  const requests = await receiver.waitFor(2, '/held')
  assert.deepEqual(
    requests.map((request) => eventsOf(request).length),
    [5, 5],
  )
  assert.deepEqual(new Set(requests.flatMap(eventsOf)), new Set(ids))
})

test('a backlog of 100,000 leaves in full batches and keeps no other endpoint waiting', async (t) => {
  const receiver = await Receiver.start(t)
  const node = await TestPipeline.start(t)
  const { database, workspaceId } = node
  let carried = 0
  const sizes = new Map<number, number>()
  receiver.on('/backlog', (response, request) => {
    const size = request.body.toString().match(/"specversion"/g)?.length ?? 0
    sizes.set(size, (sizes.get(size) ?? 0) + 1)
    carried += size
    answer(200)(response, request)
  })
  const batch = { maxEvents: 100, windowSeconds: 1 }
  const given = { profile, batch, types: ['backlog'] } as const
  const endpoint = await node.createEndpoint(receiver.url('/backlog'), given)
  await node.createEndpoint(receiver.url('/beside'), { types: ['beside'] })
  const at = new Date(Date.now() - 3_600_000)
  const [count, enough] = [100_000, 20_000]
  await plantHistory(database, { workspaceId, endpointId: endpoint.id, count, state: 'pending', at })
  const started = performance.now()
  node.pipeline.wake([endpoint.id])
  let [slowest, beside] = [0, 0]
  for (; carried < enough; beside++) {
    const before = performance.now()
    await node.publish({ type: 'beside' })
    const requests = await receiver.waitFor(beside + 1, '/beside')
    slowest = Math.max(slowest, (requests.at(-1)?.at ?? Number.POSITIVE_INFINITY) - before)
  }
  const took = performance.now() - started
  const rate = Math.round((carried * 1_000) / took)
  t.diagnostic(`${rate} deliveries/s; of ${beside} events beside them the slowest took ${Math.round(slowest)} ms`)
  assert.deepEqual([...sizes.keys()], [100])
  // However slow the machine: whoever had to wait for the backlog would have waited for all of it.
  assert(beside >= 5 && slowest < took / 2, `${slowest} of ${took} ms`)
})
