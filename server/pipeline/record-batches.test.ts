import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { pino } from 'pino'
import type { Judgement } from '../domain/attempt.ts'
import { judgementOfAll } from '../domain/batch.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { attemptsOfDelivery } from '../storage/attempt.ts'
import { claimDue } from '../storage/claim.ts'
import type { ClaimedDelivery } from '../storage/claimed-delivery.ts'
import { findEndpoint } from '../storage/endpoint.ts'
import { registerNode } from '../storage/node.ts'
import { SettableClock } from '../testing/clock.ts'
import { createTestDatabase } from '../testing/database.ts'
import { eventually } from '../testing/eventually.ts'
import { attemptOf, newId, Seed, storedDeliveries, testSealing } from '../testing/seed.ts'
import type { BatchResult } from './deliver.ts'
import { Record } from './record.ts'

const success: Judgement = { outcome: 'success', error: null, detail: null }
const retry: Judgement = { outcome: 'retry', error: 'status', detail: 'the endpoint answered 500' }
const giveUp: Judgement = { outcome: 'give_up', error: 'response_rejected', detail: 'no' }

const terminate = {
  name: 'terminate-record-batch',
  text: `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`,
}

async function open(t: TestContext) {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const node = await registerNode(database, new Date())
  const told = new Map<string, number | null>()
  const record = new Record({
    ...{ database, clock: new SettableClock(), log: pino({ level: 'silent' }), random: () => 0, newId },
    recorded: (task, nextAttemptAt) => void told.set(task.delivery.id, nextAttemptAt),
  })
  const claimed = async (endpoint: Endpoint, count: number) => {
    await seed.accepted(endpoint, count)
    const tasks = await claimDue(database, [{ endpointId: endpoint.id, share: count, epoch: null }], node, new Date())
    return tasks.sort((one, other) => one.delivery.sequence - other.delivery.sequence)
  }
  const states = async () => (await storedDeliveries(database)).map(({ state }) => state)
  return { database, seed, told, record, claimed, states }
}

function resultOf(
  tasks: readonly ClaimedDelivery[],
  outcomes: readonly Judgement[],
  given: Partial<BatchResult> = {},
): BatchResult {
  const [task] = tasks
  assert(task)
  const { outcome, error, detail } = judgementOfAll(outcomes)
  const endedAt = given.endedAt ?? new Date()
  const attempt = { ...attemptOf(task, outcome, endedAt), id: newId(), error, errorDetail: detail }
  return { attempt, endedAt, retryAfterSeconds: null, gone: false, interrupted: false, outcomes, ...given }
}

test('each delivery that was carried is told of once it is committed, and the others are left alone', async (t) => {
  const { seed, told, record, claimed, states } = await open(t)
  const endpoint = await seed.endpoint({ retryScheduleSeconds: [60, 120], profile: 'cloudevents' })
  const tasks = await claimed(endpoint, 4)
  const endedAt = new Date()
  record.addBatch(tasks, endpoint, resultOf(tasks, [success, retry, giveUp], { endedAt }))
  assert.equal(told.size, 0)
  await record.stop()
  const [good, again, dead] = tasks.map(({ delivery }) => delivery.id)
  assert.deepEqual(
    [...told],
    [
      [good, null],
      [again, endedAt.getTime() + 60_000],
      [dead, null],
    ],
  )
  assert.deepEqual(await states(), ['delivered', 'retrying', 'dead_letter', 'pending'])
})

test('what a receiver asks for holds for all that is retried, and keeps it together', async (t) => {
  const { seed, told, record, claimed } = await open(t)
  const endpoint = await seed.endpoint({ retryScheduleSeconds: [60], profile: 'cloudevents' })
  const tasks = await claimed(endpoint, 3)
  const endedAt = new Date()
  record.addBatch(tasks, endpoint, resultOf(tasks, [retry, retry, retry], { endedAt, retryAfterSeconds: 300 }))
  await record.stop()
  assert.deepEqual(new Set(told.values()), new Set([endedAt.getTime() + 300_000]))
})

test('a lost connection delays the outcome of a batch, and stores it once', async (t) => {
  const { database, seed, told, record, claimed, states } = await open(t)
  const endpoint = await seed.endpoint({ profile: 'cloudevents' })
  const tasks = await claimed(endpoint, 2)
  await database.session(async (holder) => {
    await holder.script('begin')
    await holder.script('lock table endpoint_health')
    record.addBatch(tasks, endpoint, resultOf(tasks, [success, success]))
    await eventually(async () => ((await database.execute(terminate)) > 0 ? true : null))
    assert.equal(told.size, 0)
    await holder.script('commit')
  })
  await record.stop()
  assert.equal(told.size, 2)
  assert.deepEqual(await states(), ['delivered', 'delivered'])
  for (const { delivery } of tasks) assert.equal((await attemptsOfDelivery(database, delivery.id)).length, 1)
})

test('a response that cannot be stored costs only itself', async (t) => {
  const { database, seed, told, record, claimed, states } = await open(t)
  const endpoint = await seed.endpoint({ profile: 'elastic' })
  const batches = [await claimed(endpoint, 2), await claimed(endpoint, 2)]
  for (const [index, tasks] of batches.entries()) {
    const result = resultOf(tasks, [success, { ...giveUp, detail: index === 0 ? 'nul \0' : 'no' }])
    record.addBatch(tasks, endpoint, result)
  }
  await record.stop()
  assert.equal(told.size, 4)
  assert.deepEqual(await states(), ['delivered', 'dead_letter', 'delivered', 'dead_letter'])
  const seen = await Promise.all(
    batches.flat().map(async ({ delivery }) => {
      const [attempt] = await attemptsOfDelivery(database, delivery.id)
      return [attempt?.outcome, attempt?.errorDetail, attempt?.response?.body]
    }),
  )
  assert.deepEqual(seen, [
    ['success', null, undefined],
    ['give_up', null, undefined],
    ['success', null, 'ok'],
    ['give_up', 'no', 'ok'],
  ])
})

test('410 to a batch pauses the endpoint', async (t) => {
  const { database, seed, record, claimed } = await open(t)
  const endpoint = await seed.endpoint({ profile: 'cloudevents' })
  const tasks = await claimed(endpoint, 2)
  record.addBatch(tasks, endpoint, resultOf(tasks, [retry, retry], { gone: true }))
  await record.stop()
  assert.equal((await findEndpoint(database, seed.workspaceId, endpoint.id, testSealing.keyring))?.status, 'paused')
})
