import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Settlement, settle } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { createTestDatabase } from '../testing/database.ts'
import { attemptOf, Seed } from '../testing/seed.ts'
import type { Database } from './database.ts'
import { registerNode } from './node.ts'
import { record } from './record.ts'
import { dropSamples, lastSampling, takeSamples, thinSamples } from './sample.ts'

const minute = 60_000
const start = Math.floor(Date.now() / 3_600_000) * 3_600_000

async function open(t: TestContext) {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const node = await registerNode(database, new Date())
  const deliver = async (endpoint: Endpoint) => {
    const claimed = await seed.claimed(endpoint, node)
    const endedAt = new Date()
    const attempt = attemptOf(claimed, 'success', endedAt)
    const settlement: Settlement = settle(claimed.delivery, { ...attempt, endedAt, retryAfterSeconds: null }, [60], 0)
    await record(database, [{ delivery: claimed.delivery, attempt, endedAt, settlement }])
  }
  return { database, seed, deliver, endpoint: await seed.endpoint() }
}

async function samples(database: Database, endpoint: Endpoint): Promise<[number, number][]> {
  const text = 'select at, delivered from endpoint_samples where endpoint_id = $1 order by at'
  const rows = await database.query<{ at: Date; delivered: number }>({ name: 'samples', text }, [endpoint.id])
  return rows.map(({ at, delivered }) => [(at.getTime() - start) / minute, delivered])
}

const minutes = (count: number): Date => new Date(start + count * minute)

async function plant(database: Database, { id }: Endpoint, at: readonly number[]): Promise<void> {
  const text = `insert into endpoint_samples (endpoint_id, at, succeeded, failed, delivered, dead_lettered, durations)
    select $1, at, 0, 0, number, 0, 0 from unnest($2::timestamptz[]) with ordinality as p (at, number)`
  await database.execute({ name: 'plant-samples', text }, [id, at.map(minutes)])
}

test('an endpoint has a sample for each minute in which something happened, and none for the others', async (t) => {
  const { database, deliver, endpoint, seed } = await open(t)
  const idle = await seed.endpoint()
  await deliver(endpoint)
  await takeSamples(database, minutes(1))
  await takeSamples(database, minutes(2))
  await deliver(endpoint)
  await deliver(endpoint)
  await takeSamples(database, minutes(3))
  assert.deepEqual(await samples(database, endpoint), [
    [1, 1],
    [3, 3],
  ])
  assert.deepEqual(await samples(database, idle), [])
  assert.deepEqual(await lastSampling(database), minutes(3))
})

test('a minute is sampled once, however many nodes try, and never one before the last', async (t) => {
  const { database, deliver, endpoint } = await open(t)
  await deliver(endpoint)
  await Promise.all([1, 1, 1, 1].map((count) => takeSamples(database, minutes(count))))
  await deliver(endpoint)
  await takeSamples(database, minutes(1))
  await takeSamples(database, minutes(0))
  assert.deepEqual(await samples(database, endpoint), [[1, 1]])
  assert.deepEqual(await lastSampling(database), minutes(1))
})

test('thinning leaves the last sample of each hour, a full hour being the end of the one before', async (t) => {
  const { database, seed, endpoint } = await open(t)
  const other = await seed.endpoint()
  await plant(database, endpoint, [1, 30, 59, 60, 61, 119, 130, 200, 230])
  await plant(database, other, [5])
  assert.equal(await thinSamples(database, minutes(180), 2), 2)
  assert.equal(await thinSamples(database, minutes(180), 1_000), 2)
  assert.deepEqual(
    (await samples(database, endpoint)).map(([at]) => at),
    [60, 119, 130, 200, 230],
  )
  assert.deepEqual(await samples(database, other), [[5, 1]])
  // What was thinned is not looked at again, and what comes later is.
  await plant(database, endpoint, [62])
  assert.equal(await thinSamples(database, minutes(180), 1_000), 0)
  assert.equal(await thinSamples(database, minutes(240), 1_000), 1)
  assert.deepEqual(
    (await samples(database, endpoint)).map(([at]) => at),
    [60, 62, 119, 130, 230],
  )
})

test('dropping keeps the last sample before the limit, from which later ones are counted', async (t) => {
  const { database, seed, endpoint } = await open(t)
  const idle = await seed.endpoint()
  await plant(database, endpoint, [1, 2, 3, 10, 20])
  await plant(database, idle, [1])
  assert.equal(await dropSamples(database, minutes(10), 2), 2)
  assert.equal(await dropSamples(database, minutes(10), 2), 1)
  assert.equal(await dropSamples(database, minutes(15), 2), 0)
  assert.deepEqual(
    (await samples(database, endpoint)).map(([at]) => at),
    [10, 20],
  )
  assert.deepEqual(await samples(database, idle), [[1, 1]])
})
