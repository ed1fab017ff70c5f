import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { pino } from 'pino'
import type { Endpoint } from '../domain/endpoint.ts'
import { attemptsOfDelivery } from '../storage/attempt.ts'
import type { ClaimedDelivery } from '../storage/claimed-delivery.ts'
import { findEndpoint } from '../storage/endpoint.ts'
import { registerNode } from '../storage/node.ts'
import { createPartitions, dropPartitions } from '../storage/partition.ts'
import { SettableClock } from '../testing/clock.ts'
import { createTestDatabase } from '../testing/database.ts'
import { eventually } from '../testing/eventually.ts'
import { attemptOf, newId, Seed, storedDeliveries, testSealing } from '../testing/seed.ts'
import type { AttemptResult } from './deliver.ts'
import { Record } from './record.ts'

const terminate = {
  name: 'terminate-record',
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
  const status = async ({ id }: Endpoint) =>
    (await findEndpoint(database, seed.workspaceId, id, testSealing.keyring))?.status
  return { database, seed, node, told, record, status }
}

function resultOf(task: ClaimedDelivery, outcome: 'success' | 'retry', endedAt = new Date()): AttemptResult {
  return {
    attempt: attemptOf(task, outcome, endedAt),
    endedAt,
    retryAfterSeconds: null,
    gone: false,
    interrupted: false,
  }
}

test('outcomes are committed before anybody is told, and a retry is told with its time', async (t) => {
  const { database, seed, node, told, record } = await open(t)
  const endpoint = await seed.endpoint({ retryScheduleSeconds: [60] })
  const [good, bad] = [await seed.claimed(endpoint, node), await seed.claimed(endpoint, node)]
  const endedAt = new Date()
  record.add(good, endpoint, resultOf(good, 'success', endedAt))
  record.add(bad, endpoint, resultOf(bad, 'retry', endedAt))
  assert.equal(told.size, 0)
  await record.stop()
  assert.deepEqual(
    told,
    new Map([
      [good.delivery.id, null],
      [bad.delivery.id, endedAt.getTime() + 60_000],
    ]),
  )
  assert.deepEqual(
    (await storedDeliveries(database)).map(({ state }) => state),
    ['delivered', 'retrying'],
  )
})

test('a lost connection delays an outcome, and stores it once', async (t) => {
  const { database, seed, node, told, record } = await open(t)
  const endpoint = await seed.endpoint()
  const task = await seed.claimed(endpoint, node)
  await database.session(async (holder) => {
    await holder.script('begin')
    await holder.script('lock table endpoint_health')
    record.add(task, endpoint, resultOf(task, 'success'))
    await eventually(async () => ((await database.execute(terminate)) > 0 ? true : null))
    assert.equal(told.size, 0)
    await holder.script('commit')
  })
  await record.stop()
  assert.deepEqual([...told], [[task.delivery.id, null]])
  assert.equal((await attemptsOfDelivery(database, task.delivery.id)).length, 1)
})

test('a response that cannot be stored costs only itself', async (t) => {
  const { database, seed, node, told, record } = await open(t)
  const endpoint = await seed.endpoint()
  const tasks = [
    await seed.claimed(endpoint, node),
    await seed.claimed(endpoint, node),
    await seed.claimed(endpoint, node),
  ]
  for (const [index, task] of tasks.entries()) {
    const result = resultOf(task, 'success')
    const { response } = result.attempt
    const broken = response && { ...response, body: 'nul \0' }
    record.add(task, endpoint, index === 1 ? { ...result, attempt: { ...result.attempt, response: broken } } : result)
  }
  await record.stop()
  assert.equal(told.size, 3)
  assert.deepEqual(
    (await storedDeliveries(database)).map(({ state }) => state),
    ['delivered', 'delivered', 'delivered'],
  )
  const attempts = await Promise.all(tasks.map(({ delivery }) => attemptsOfDelivery(database, delivery.id)))
  assert.deepEqual(
    attempts.map(([attempt]) => attempt?.response?.body),
    ['ok', undefined, 'ok'],
  )
})

test('an attempt whose day was dropped meanwhile is let go, and the others are recorded', async (t) => {
  const { database, seed, node, told, record } = await open(t)
  const endpoint = await seed.endpoint()
  const task = await seed.claimed(endpoint, node)
  const day = new Date(Date.UTC(2020, 0, 1))
  await createPartitions(database, day, day)
  await dropPartitions(database, new Date(Date.UTC(2020, 0, 2)))
  const id = `016f5e66-e800-${newId().slice(14)}`
  const old = { ...task, delivery: { ...task.delivery, id } }
  record.add(old, endpoint, resultOf(old, 'success'))
  record.add(task, endpoint, resultOf(task, 'success'))
  await record.stop()
  assert.deepEqual(new Set(told.keys()), new Set([id, task.delivery.id]))
  assert.equal((await storedDeliveries(database))[0]?.state, 'delivered')
})

test('410 pauses an endpoint at once', async (t) => {
  const { seed, node, record, status } = await open(t)
  const [gone, fine] = [await seed.endpoint(), await seed.endpoint()]
  for (const endpoint of [gone, fine]) {
    const task = await seed.claimed(endpoint, node)
    record.add(task, endpoint, { ...resultOf(task, 'retry'), gone: endpoint === gone })
  }
  await record.stop()
  assert.deepEqual([await status(gone), await status(fine)], ['paused', 'active'])
})

test('a dead letter pauses an endpoint without a success since its first attempt, and no other', async (t) => {
  const { seed, node, record, status } = await open(t)
  const [failing, flaky] = [
    await seed.endpoint({ retryScheduleSeconds: [] }),
    await seed.endpoint({ retryScheduleSeconds: [] }),
  ]
  const now = Date.now()
  for (const endpoint of [failing, flaky]) {
    const [early, late] = [await seed.claimed(endpoint, node), await seed.claimed(endpoint, node)]
    record.add(early, endpoint, resultOf(early, 'success', new Date(endpoint === flaky ? now : now - 1_000)))
    await record.stop()
    record.add(late, endpoint, resultOf(late, 'retry', new Date(now - 500)))
  }
  await record.stop()
  assert.deepEqual([await status(failing), await status(flaky)], ['paused', 'active'])
})
