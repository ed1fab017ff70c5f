// What becomes of the events of a batch when its receiver does not take all of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentsOf, eventsOf, pass, publishMany } from '../testing/batches.ts'
import { SettableClock } from '../testing/clock.ts'
import { eventually } from '../testing/eventually.ts'
import { TestPipeline } from '../testing/pipeline.ts'
import { answer, Receiver } from '../testing/receiver.ts'
import { storedDeliveries } from '../testing/seed.ts'

const profile = 'cloudevents'
const long = 3_600

test('a batch that failed is retried together, and takes along what waits meanwhile', async (t) => {
  const receiver = await Receiver.start(t)
  const clock = new SettableClock()
  const node = await TestPipeline.start(t, { clock })
  receiver.on('/retry', answer(500))
  const batch = { maxEvents: 4, windowSeconds: long }
  const given = { profile, batch, retryScheduleSeconds: [3] } as const
  const endpoint = await node.createEndpoint(receiver.url('/retry'), given)
  const failed = await publishMany(node, 4)
  for (const id of failed) await node.storyOnce(id, endpoint, ({ state }) => state === 'retrying')
  const due = (await storedDeliveries(node.database)).map((row) => row.next_attempt_at?.getTime() ?? 0)
  assert.equal(new Set(due).size, 1, 'one jitter for all')
  receiver.on('/retry', answer(200))
  const fresh = await publishMany(node, 3)
  await pass(node, clock, 1_000)
  assert.equal(receiver.requests('/retry').length, 1)
  clock.advanceTo(due[0] ?? 0)
  const [first, second, third] = await receiver.waitFor(3, '/retry')
  assert(first && second && third)
  assert.deepEqual(new Set(eventsOf(first)), new Set(failed))
  assert.deepEqual([eventsOf(second).length, eventsOf(third).length], [4, 3])
  assert.deepEqual(new Set([...eventsOf(second), ...eventsOf(third)]), new Set([...failed, ...fresh]))
  assert(eventsOf(second).some((id) => failed.includes(id)))
  for (const id of [...failed, ...fresh]) {
    const { attempts, delivery } = await node.storyOnce(id, endpoint, ({ state }) => state === 'delivered')
    const outcomes = failed.includes(id) ? ['retry', 'success'] : ['success']
    assert.deepEqual(
      attempts.map(({ outcome }) => outcome),
      outcomes,
    )
    assert.equal(delivery.attemptCount, outcomes.length)
  }
})

test('what a bulk request was refused in part for is retried, given up or delivered, each event by itself', async (t) => {
  const receiver = await Receiver.start(t)
  const clock = new SettableClock()
  const node = await TestPipeline.start(t, { clock })
  const statuses = [[201, 429, 400], [409]]
  receiver.on('/_bulk', (response, request) => {
    const items = statuses[receiver.requests('/_bulk').length - 1]?.map((status) => ({ create: { status } }))
    answer(200, {}, JSON.stringify({ errors: true, items }))(response, request)
  })
  const batch = { maxEvents: 3, windowSeconds: long }
  const given = { profile: 'elastic', batch, retryScheduleSeconds: [2] } as const
  const endpoint = await node.createEndpoint(receiver.url('/_bulk'), given)
  await publishMany(node, 3)
  const [first] = await receiver.waitFor(1, '/_bulk')
  assert(first)
  const [taken = '', busy = '', bad = ''] = documentsOf(first)
  await node.storyOnce(taken, endpoint, ({ state }) => state === 'delivered')
  const { delivery } = await node.storyOnce(bad, endpoint, ({ state }) => state === 'dead_letter')
  assert.equal(delivery.deadLetterReason, 'rejected')
  await node.storyOnce(busy, endpoint, ({ state }) => state === 'retrying')
  await pass(node, clock, 2_500)
  const [, second] = await receiver.waitFor(2, '/_bulk')
  assert(second)
  assert.deepEqual(documentsOf(second), [busy])
  const { attempts } = await node.storyOnce(busy, endpoint, ({ state }) => state === 'delivered')
  assert.deepEqual(
    attempts.map(({ outcome, errorDetail }) => [outcome, errorDetail]),
    [
      ['retry', 'the document was answered 429'],
      ['success', null],
    ],
  )
})

test('a receiver that asks for time gets it, for the whole batch', async (t) => {
  const receiver = await Receiver.start(t)
  const clock = new SettableClock()
  const node = await TestPipeline.start(t, { clock })
  receiver.on('/busy', answer(429, { 'retry-after': '4' }))
  const batch = { maxEvents: 2, windowSeconds: long }
  const given = { profile, batch, retryScheduleSeconds: [1] } as const
  const endpoint = await node.createEndpoint(receiver.url('/busy'), given)
  const started = clock.now()
  const ids = await publishMany(node, 2)
  for (const id of ids) await node.storyOnce(id, endpoint, ({ state }) => state === 'retrying')
  receiver.on('/busy', answer(204))
  await pass(node, clock, 5_000)
  await receiver.waitFor(2, '/busy')
  for (const id of ids) {
    const { attempts } = await node.storyOnce(id, endpoint, ({ state }) => state === 'delivered')
    const waited = (attempts[1]?.startedAt.getTime() ?? 0) - started
    assert(waited >= 4_000 && waited <= 5_000, `${waited} ms`)
  }
})

test('410 pauses the endpoint of a batch, and its events are held', async (t) => {
  const receiver = await Receiver.start(t)
  const node = await TestPipeline.start(t)
  receiver.on('/gone', answer(410))
  const batch = { maxEvents: 2, windowSeconds: long }
  const endpoint = await node.createEndpoint(receiver.url('/gone'), { profile, batch })
  const ids = await publishMany(node, 2)
  for (const id of ids) await node.storyOnce(id, endpoint, ({ state }) => state === 'held')
  assert.equal((await node.endpoint(endpoint))?.status, 'paused')
})

test('415 makes dead letters of all events of a batch at once', async (t) => {
  const receiver = await Receiver.start(t)
  const node = await TestPipeline.start(t)
  receiver.on('/type', answer(415))
  const batch = { maxEvents: 2, windowSeconds: long }
  const endpoint = await node.createEndpoint(receiver.url('/type'), { profile, batch })
  const ids = await publishMany(node, 2)
  for (const id of ids) {
    const { delivery } = await node.storyOnce(id, endpoint, ({ state }) => state === 'dead_letter')
    assert.equal(delivery.deadLetterReason, 'rejected')
  }
  assert.equal(receiver.requests('/type').length, 1)
})

test('every request is recorded once, and each delivery that it carried shows it', async (t) => {
  const receiver = await Receiver.start(t)
  const node = await TestPipeline.start(t)
  let requests = 0
  receiver.on('/record', (response, request) => answer(++requests % 3 === 0 ? 503 : 200)(response, request))
  const batch = { maxEvents: 4, windowSeconds: 1 }
  const given = { profile, batch, retryScheduleSeconds: [1, 2, 3, 4, 5, 6], maxInFlight: 3 } as const
  const endpoint = await node.createEndpoint(receiver.url('/record'), given)
  const ids = await publishMany(node, 30)
  for (const id of ids) await node.storyOnce(id, endpoint, ({ state }) => state === 'delivered')
  const sent = receiver.requests('/record')
  const rows = await node.database.query<{ deliveries: number }>({
    name: 'recorded',
    text: 'select deliveries from attempts',
  })
  assert.equal(rows.length, sent.length)
  const carried = Map.groupBy(sent.flatMap(eventsOf), (id) => id)
  for (const id of ids) {
    const { attempts } = await node.story(id, endpoint)
    assert.equal(attempts.length, carried.get(id)?.length)
  }
  const total = rows.reduce((sum, { deliveries }) => sum + deliveries, 0)
  assert.equal(total, sent.flatMap(eventsOf).length)
})

test('a batch that its node could not record shows at its deliveries, once by each node that sent it', async (t) => {
  const receiver = await Receiver.start(t)
  const node = await TestPipeline.start(t)
  const batch = { maxEvents: 2, windowSeconds: long }
  const endpoint = await node.createEndpoint(receiver.url('/twice'), { profile, batch, timeoutSeconds: 30 })
  const takenOver = {
    name: 'taken-over',
    text: `update deliveries set state = 'delivered', owner = 0, next_attempt_at = null, attempt_count = 1`,
  }
  receiver.on('/twice', (response) => {
    // Another node has delivered them since, as far as this one can see.
    void node.database.execute(takenOver).then(() => response.writeHead(500).end())
  })
  const ids = await publishMany(node, 2)
  const attempts = async (id: string) => (await node.story(id, endpoint)).attempts
  for (const id of ids) await eventually(async () => ((await attempts(id)).length === 1 ? true : null))
  for (const id of ids) {
    const { state, delivery } = await node.story(id, endpoint)
    assert.deepEqual([state, delivery.attemptCount], ['delivered', 1])
  }
})
