// How many requests an endpoint gets at once, and how many a second.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../testing/eventually.ts'
import { TestPipeline } from '../testing/pipeline.ts'
import { Receiver } from '../testing/receiver.ts'
import { TestRooms } from '../testing/rooms.ts'

test('an endpoint that fails gets fewer requests at once, down to one, and more again as it recovers', async (t) => {
  const rooms = await TestRooms.open(t)
  await rooms.seed.endpoint({ maxInFlight: 8 })
  await rooms.publish()
  await rooms.finish(await rooms.untilAttempts(1))
  await Promise.all(Array.from({ length: 200 }, () => rooms.publish()))
  await eventually(() => (rooms.dispatch.inFlight === 8 ? true : null))
  let ended = 1
  const endAll = async (succeeded: boolean): Promise<number> => {
    const open = rooms.attempts.slice(ended)
    ended += open.length
    await rooms.finish(open, succeeded)
    return await eventually(() => (rooms.dispatch.inFlight > 0 ? rooms.dispatch.inFlight : null))
  }
  const failing = [await endAll(false), await endAll(false), await endAll(false), await endAll(false)]
  assert.deepEqual(failing, [4, 2, 1, 1])
  const growing: number[] = []
  while (rooms.dispatch.inFlight < 8) growing.push(await endAll(true))
  assert.deepEqual(growing, growing.toSorted())
  assert(growing.length >= 7, `it grew ${growing.join()}`)
})

test('a thousand requests a second are no more than that', async (t) => {
  const [atlas, receiver] = await Promise.all([TestPipeline.start(t), Receiver.start(t)])
  const [perSecond, count] = [1_000, 1_500]
  await atlas.createEndpoint(receiver.url('/hook'), { maxPerSecond: perSecond })
  await Promise.all(Array.from({ length: count }, () => atlas.publish()))
  const requests = await receiver.waitFor(count)
  const took = (requests.at(-1)?.at ?? 0) - (requests[0]?.at ?? 0)
  t.diagnostic(`${count} requests in ${Math.round(took)} ms`)
  assert((count / took) * 1_000 <= perSecond * 1.05, `${count} requests in ${took} ms`)
  assert.equal(new Set(requests.map(({ headers }) => headers['atlas-sequence'])).size, count)
})

test('another rate holds from then on, also for what waits already', async (t) => {
  const [atlas, receiver] = await Promise.all([TestPipeline.start(t), Receiver.start(t)])
  const slow = await atlas.createEndpoint(receiver.url('/hook'), { maxPerSecond: 0.02 })
  await Promise.all(Array.from({ length: 40 }, () => atlas.publish()))
  await receiver.waitFor(1)
  const startedAt = performance.now()
  const faster = await atlas.update(slow, { maxPerSecond: 20 })
  await receiver.waitFor(21, '/hook', 10_000)
  const took = performance.now() - startedAt
  assert(took >= 900, `20 requests took ${took} ms`)
  await atlas.update(faster, { maxPerSecond: null })
  await receiver.waitFor(40, '/hook', 5_000)
  assert(performance.now() - startedAt < 8_000)
})

test('a rate that is set holds for what was claimed without one', async (t) => {
  const [atlas, receiver] = await Promise.all([TestPipeline.start(t), Receiver.start(t)])
  receiver.on('/hook', (response) => void setTimeout(() => response.writeHead(200).end(), 20))
  const endpoint = await atlas.createEndpoint(receiver.url('/hook'), { maxInFlight: 2 })
  await Promise.all(Array.from({ length: 60 }, () => atlas.publish()))
  await receiver.waitFor(5)
  await atlas.update(endpoint, { maxPerSecond: 20 })
  const before = receiver.requests().length
  const startedAt = performance.now()
  await receiver.waitFor(before + 20)
  const took = performance.now() - startedAt
  // Two of them were in flight, and one may start at once.
  assert(took >= 800, `20 requests took ${took} ms`)
})
