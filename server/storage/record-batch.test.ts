import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Judgement } from '../domain/attempt.ts'
import { judgementOfAll } from '../domain/batch.ts'
import { settle } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { deliveryId } from '../domain/identifier.ts'
import { createTestDatabase } from '../testing/database.ts'
import { attemptOf, newId, Seed, storedDeliveries } from '../testing/seed.ts'
import { attemptsOfDelivery } from './attempt.ts'
import { claimDue } from './claim.ts'
import type { ClaimedDelivery } from './claimed-delivery.ts'
import type { Database } from './database.ts'
import { findDelivery } from './delivery.ts'
import { endpointHealth } from './endpoint-health.ts'
import { isDataError } from './failure.ts'
import { registerNode } from './node.ts'
import { type BatchRecording, recordBatches, recordBatchTest } from './record-batch.ts'

const success: Judgement = { outcome: 'success', error: null, detail: null }
const retry: Judgement = { outcome: 'retry', error: 'status', detail: 'the endpoint answered 500' }
const giveUp: Judgement = { outcome: 'give_up', error: 'response_rejected', detail: 'answered 400: "no", \\{}' }

async function open(t: TestContext) {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const node = await registerNode(database, new Date())
  const claim = async (endpoint: Endpoint, count: number, now = new Date()) =>
    await claimDue(database, [{ endpointId: endpoint.id, share: count, epoch: null }], node, now)
  const claimed = async (endpoint: Endpoint, count: number) => {
    await seed.accepted(endpoint, count)
    return (await claim(endpoint, count)).sort((one, other) => one.delivery.sequence - other.delivery.sequence)
  }
  return { database, seed, node, claim, claimed }
}

function recordingOf(
  tasks: readonly ClaimedDelivery[],
  judgements: readonly Judgement[],
  endedAt = new Date(),
): BatchRecording {
  const [one] = tasks
  assert(one)
  const { outcome, error, detail } = judgementOfAll(judgements)
  const attempt = { ...attemptOf(one, outcome, endedAt), id: newId(), error, errorDetail: detail }
  const carried = tasks.map(({ delivery }, index) => {
    const judgement = judgements[index] ?? success
    const came = { ...attempt, outcome: judgement.outcome, endedAt, retryAfterSeconds: null }
    return { delivery, judgement, settlement: settle(delivery, came, [60], 0) }
  })
  return { attempt, endedAt, carried }
}

async function attemptRows(database: Database) {
  return await database.query<{ id: string; delivery_id: string | null; deliveries: number; failed_items: unknown }>({
    name: 'attempt-rows',
    text: 'select id, delivery_id, deliveries, failed_items from attempts order by started_at',
  })
}

test('a batch is one attempt, and each of its deliveries has a state of its own', async (t) => {
  const { database, seed, claimed } = await open(t)
  const tasks = await claimed(await seed.endpoint(), 4)
  const recording = recordingOf(tasks, [success, retry, giveUp, success])
  assert.deepEqual(await recordBatches(database, [recording]), new Set())
  const rows = await storedDeliveries(database)
  const ended = recording.endedAt
  assert.deepEqual(
    rows.map((row) => [row.state, row.owner, row.attempt_count, row.cycle_attempts, row.settled_at]),
    [
      ['delivered', 0, 1, 1, ended],
      ['retrying', 0, 1, 1, null],
      ['dead_letter', 0, 1, 1, ended],
      ['delivered', 0, 1, 1, ended],
    ],
  )
  assert.deepEqual(rows[1]?.next_attempt_at, new Date(ended.getTime() + 60_000))
  assert.deepEqual([rows[2]?.dead_lettered_at, rows[0]?.dead_lettered_at], [ended, null])
  const [stored, ...more] = await attemptRows(database)
  assert.equal(more.length, 0)
  assert.deepEqual([stored?.id, stored?.delivery_id, stored?.deliveries], [recording.attempt.id, null, 4])

  const seen = await Promise.all(tasks.map(({ delivery }) => attemptsOfDelivery(database, delivery.id)))
  assert.deepEqual(
    seen.map((attempts) => attempts.map((a) => [a.number, a.outcome, a.error, a.errorDetail, a.batchDeliveries])),
    [
      [[1, 'success', null, null, 4]],
      [[1, 'retry', 'status', 'the endpoint answered 500', 4]],
      [[1, 'give_up', 'response_rejected', giveUp.detail, 4]],
      [[1, 'success', null, null, 4]],
    ],
  )
})

test('each delivery of a batch keeps what the last attempt made of it', async (t) => {
  const { database, seed, claimed } = await open(t)
  const tasks = await claimed(await seed.endpoint(), 3)
  // Both are retried at the same time, but not for the same reason.
  const timeout: Judgement = { outcome: 'retry', error: 'timeout', detail: null }
  const { attempt, ...recording } = recordingOf(tasks, [success, retry, timeout])
  const response = { status: 207, headers: {}, body: '', truncated: false }
  await recordBatches(database, [{ ...recording, attempt: { ...attempt, durationMs: 12, response } }])
  const kept = await Promise.all(tasks.map(({ delivery }) => findDelivery(database, seed.workspaceId, delivery.id)))
  const last = { at: attempt.startedAt, durationMs: 12, status: 207 }
  assert.deepEqual(
    kept.map((delivery) => delivery?.lastAttempt),
    [null, 'status', 'timeout'].map((error) => ({ ...last, error })),
  )
})

test('a retry is a further attempt, in whatever batch it travels then', async (t) => {
  const { database, seed, claim, claimed } = await open(t)
  const endpoint = await seed.endpoint()
  const failed = await claimed(endpoint, 2)
  await recordBatches(database, [recordingOf(failed, [retry, retry])])
  const [stored] = await attemptRows(database)
  // All came to the same: the attempt says it for them.
  assert.equal(stored?.failed_items, null)
  const fresh = await claimed(endpoint, 1)
  const later = new Date(Date.now() + 61_000)
  const again = [...(await claim(endpoint, 10, later)), ...fresh]
  assert.equal(again.length, 3)
  await recordBatches(database, [recordingOf(again, [success, giveUp, success], later)])
  const seen = await Promise.all(again.map(({ delivery }) => attemptsOfDelivery(database, delivery.id)))
  assert.deepEqual(
    seen.map((attempts) => attempts.map((a) => [a.number, a.outcome, a.batchDeliveries])),
    [
      [
        [1, 'retry', 2],
        [2, 'success', 3],
      ],
      [
        [1, 'retry', 2],
        [2, 'give_up', 3],
      ],
      [[1, 'success', 3]],
    ],
  )
})

const strangers: [string, Partial<ClaimedDelivery['delivery']>][] = [
  ['another owner', { owner: 4711 }],
  ['another state', { state: 'retrying' }],
  ['another number of attempts', { attemptCount: 3 }],
]

for (const [name, seen] of strangers) {
  test(`a delivery with ${name} than the node saw keeps its state, and lists the attempt that carried it`, async (t) => {
    const { database, seed, claimed } = await open(t)
    const [first, second] = await claimed(await seed.endpoint(), 2)
    assert(first && second)
    const before = await storedDeliveries(database)
    const recording = recordingOf([{ ...first, delivery: { ...first.delivery, ...seen } }, second], [success, success])
    for (let times = 0; times < 2; times++) {
      const lost = await recordBatches(database, [recording])
      assert(lost.has(first.delivery.id))
      const [stranger, own] = await storedDeliveries(database)
      assert.deepEqual({ ...stranger, batch_attempts: null }, before[0])
      assert.deepEqual([own?.state, own?.attempt_count], ['delivered', 1])
      for (const { delivery: carried } of recording.carried)
        assert.equal((await attemptsOfDelivery(database, carried.id)).length, 1)
    }
  })
}

test('recording again what is stored already changes nothing, even when deliveries were claimed again', async (t) => {
  const { database, seed, node, claim, claimed } = await open(t)
  const endpoint = await seed.endpoint()
  const recording = recordingOf(await claimed(endpoint, 3), [retry, retry, success])
  await recordBatches(database, [recording])
  await claim(endpoint, 10, new Date(Date.now() + 61_000))
  const before = await storedDeliveries(database)
  assert.deepEqual(
    before.map(({ owner }) => owner),
    [node, node, 0],
  )
  assert.equal((await recordBatches(database, [recording])).size, 3)
  assert.deepEqual(await storedDeliveries(database), before)
  assert.equal((await attemptRows(database)).length, 1)
})

test('batches of several endpoints are one transaction, and each endpoint has the health of its own', async (t) => {
  const { database, seed, claimed } = await open(t)
  const [good, mixed] = [await seed.endpoint(), await seed.endpoint()]
  const [earlier, later] = [new Date('2026-01-01T00:00:01Z'), new Date('2026-01-01T00:00:02Z')]
  await recordBatches(database, [
    recordingOf(await claimed(good, 2), [success, success], later),
    recordingOf(await claimed(mixed, 2), [success, success], earlier),
    recordingOf(await claimed(mixed, 3), [retry, giveUp, giveUp], later),
  ])
  const health = await endpointHealth(database, [good.id, mixed.id])
  assert.deepEqual(health.get(good.id), {
    ...{ lastAttemptAt: later, lastState: 'delivered', lastStatus: 200, lastSuccessAt: later, failures: [] },
  })
  assert.deepEqual(health.get(mixed.id), {
    ...{ lastAttemptAt: later, lastState: 'dead_letter', lastStatus: 500, lastSuccessAt: earlier },
    // Of the first delivery that was not taken.
    failures: [{ at: later, ...{ error: retry.error, detail: retry.detail, status: 500 } }],
  })
  const states = (await storedDeliveries(database)).filter(({ endpoint_id: id }) => id === mixed.id)
  assert.deepEqual(
    states.map(({ state }) => state),
    ['delivered', 'delivered', 'retrying', 'dead_letter', 'dead_letter'],
  )
})

test('what cannot be stored takes the whole group with it', async (t) => {
  const { database, seed, claimed } = await open(t)
  const endpoint = await seed.endpoint()
  const good = recordingOf(await claimed(endpoint, 1), [success])
  const broken = recordingOf(await claimed(endpoint, 1), [success])
  const bad = { ...broken, attempt: { ...broken.attempt, errorDetail: 'nul \0' } }
  await assert.rejects(recordBatches(database, [good, bad]), isDataError)
  assert.deepEqual(
    (await storedDeliveries(database)).map(({ state }) => state),
    ['pending', 'pending'],
  )
})

test('a test send is a batch of one, outside the numbering', async (t) => {
  const { database, seed, claimed } = await open(t)
  const endpoint = await seed.endpoint()
  const [claimedOne] = await claimed(endpoint, 1)
  assert(claimedOne)
  const event = { ...claimedOne.event, id: newId() }
  const id = deliveryId(event.id, endpoint.id)
  const delivery = { ...claimedOne.delivery, id, eventId: event.id, sequence: 0 }
  await recordBatchTest(database, event, recordingOf([{ event, delivery }], [success]))
  const stored = (await storedDeliveries(database)).find((row) => row.id === id)
  assert.deepEqual([stored?.sequence, stored?.state, stored?.owner, stored?.attempt_count], [0, 'delivered', 0, 1])
  const [attempt] = await attemptsOfDelivery(database, id)
  assert.equal(attempt?.batchDeliveries, 1)
  assert.equal((await endpointHealth(database, [endpoint.id])).get(endpoint.id)?.lastAttemptAt, null)
})
