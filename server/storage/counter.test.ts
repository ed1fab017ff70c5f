import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Attempt } from '../domain/attempt.ts'
import { durationBounds } from '../domain/attempt-duration.ts'
import { settle } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { storedCounters, trueCounters } from '../testing/counters.ts'
import { createTestDatabase } from '../testing/database.ts'
import { eventually } from '../testing/eventually.ts'
import { attemptOf, Seed } from '../testing/seed.ts'
import { claimDue } from './claim.ts'
import type { ClaimedDelivery } from './claimed-delivery.ts'
import { packDurations, unpackDurations } from './counter.ts'
import type { Database } from './database.ts'
import { registerNode } from './node.ts'
import { type Recording, record } from './record.ts'

const durations = [0, 1, 2, 7, 100, 9_999, 30_001]
const waitingForLock = {
  name: 'waiting-for-lock',
  text: `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
}

function recordingOf(claimed: ClaimedDelivery, index: number): Recording {
  const outcome = (['success', 'retry', 'give_up'] as const)[index % 3] ?? 'success'
  const endedAt = new Date()
  const attempt: Attempt = { ...attemptOf(claimed, outcome, endedAt), durationMs: durations[index % 7] ?? 0 }
  const settlement = settle(claimed.delivery, { ...attempt, endedAt, retryAfterSeconds: null }, [60], 0)
  return { delivery: claimed.delivery, attempt, endedAt, settlement }
}

async function group(database: Database, seed: Seed, endpoints: readonly Endpoint[], node: number, count: number) {
  for (const endpoint of endpoints) await seed.accepted(endpoint, count)
  const wanted = endpoints.map(({ id }) => ({ endpointId: id, share: count, epoch: null }))
  return (await claimDue(database, wanted, node, new Date())).map(recordingOf)
}

test('counts by duration are stored in one number and come back as they were', () => {
  const count = fc.integer({ min: 0, max: 999_999_999_999 })
  fc.assert(
    fc.property(fc.array(count, { minLength: durationBounds.length, maxLength: durationBounds.length }), (counts) => {
      assert.deepEqual(unpackDurations(packDurations(counts)), counts)
      // Postgres gives a number without its leading zeros.
      assert.deepEqual(unpackDurations(BigInt(packDurations(counts)).toString()), counts)
    }),
  )
})

test('counters rise by what was recorded, of each endpoint its own', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const node = await registerNode(database, new Date())
  const endpoints = [await seed.endpoint(), await seed.endpoint(), await seed.endpoint()]
  for (const count of [7, 1, 4]) await record(database, await group(database, seed, endpoints, node, count))
  const counters = await storedCounters(database)
  assert.deepEqual(counters, await trueCounters(database))
  const all = [...counters.values()]
  assert.equal(
    all.reduce((sum, { succeeded, failed }) => sum + succeeded + failed, 0),
    36,
  )
  assert.equal(
    all.reduce((sum, { delivered, deadLettered }) => sum + delivered + deadLettered, 0),
    24,
  )
})

test('a recording that is repeated counts once, also in a group with new ones', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const node = await registerNode(database, new Date())
  const endpoints = [await seed.endpoint(), await seed.endpoint()]
  const first = await group(database, seed, endpoints, node, 5)
  await record(database, first)
  await record(database, first)
  assert.deepEqual(await storedCounters(database), await trueCounters(database))
  await record(database, [...first, ...(await group(database, seed, endpoints, node, 3))])
  assert.deepEqual(await storedCounters(database), await trueCounters(database))
})

test('what another node has taken over is an attempt, but not delivered', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const node = await registerNode(database, new Date())
  const endpoint = await seed.endpoint()
  const recordings = await group(database, seed, [endpoint], node, 6)
  const taken = recordings.slice(0, 2).map(({ delivery }) => delivery.id)
  await database.execute({ name: 'take', text: 'update deliveries set owner = owner + 1 where id = any($1)' }, [taken])
  assert.deepEqual(await record(database, recordings), new Set(taken))
  const counters = await storedCounters(database)
  assert.deepEqual(counters, await trueCounters(database))
  const { succeeded, failed, delivered, deadLettered } = counters.get(endpoint.id) ?? assert.fail()
  assert.deepEqual([succeeded + failed, delivered + deadLettered], [6, 3])
})

test('two nodes that record at once for one endpoint count both', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const endpoint = await seed.endpoint()
  const groups = []
  for (const node of [await registerNode(database, new Date()), await registerNode(database, new Date())]) {
    groups.push(await group(database, seed, [endpoint], node, 4))
  }
  const [one = [], other = []] = groups
  const second = await database.transaction(async (transaction) => {
    await record(transaction, one)
    const waiting = record(database, other)
    await eventually(async () => ((await database.query(waitingForLock)).length > 0 ? true : null))
    return { waiting }
  })
  await second.waiting
  const counters = await storedCounters(database)
  assert.deepEqual(counters, await trueCounters(database))
  assert.equal(counters.get(endpoint.id)?.durations.at(-1), 8)
})
