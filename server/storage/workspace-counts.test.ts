import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { uuidFloor } from '../domain/identifier.ts'
import { createTestDatabase } from '../testing/database.ts'
import { newId, Seed } from '../testing/seed.ts'
import { packDurations } from './counter.ts'
import type { Database } from './database.ts'
import { takeSamples } from './sample.ts'
import { dropCounts, sumUpHours, workspaceCountersAt } from './workspace-counts.ts'

const minute = 60_000
const hour = 60 * minute
const start = Math.floor(Date.now() / hour) * hour - 24 * hour
const minutes = (count: number): Date => new Date(start + count * minute)

async function open(t: TestContext) {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const endpoints = [await seed.endpoint(), await seed.endpoint()] as const
  return { database, seed, endpoints, workspaceId: seed.workspaceId }
}

/** As recording does it: the counters of the endpoint rise. */
async function count(database: Database, endpointId: string, delivered: number, at: Date): Promise<void> {
  const text = `
update endpoint_health set succeeded = succeeded + $2, delivered = delivered + $2, durations = durations + $3::numeric * $2,
  last_attempt_at = $4 where endpoint_id = $1`
  await database.execute({ name: 'count', text }, [endpointId, delivered, packDurations(new Array(23).fill(1)), at])
}

async function deliveredAt(database: Database, workspaceId: string, times: readonly (Date | null)[]) {
  const counters = await workspaceCountersAt(database, workspaceId, times)
  for (const { delivered, durations } of counters) assert.equal(durations.at(-1), delivered)
  return counters.map(({ delivered }) => delivered)
}

async function rows(database: Database): Promise<[number, number][]> {
  const text = 'select at, delivered from workspace_counts order by at'
  const found = await database.query<{ at: Date; delivered: number }>({ name: 'counts', text })
  return found.map(({ at, delivered }) => [(at.getTime() - start) / minute, delivered])
}

test('a workspace is the sum of its endpoints, minute by minute and what came since', async (t) => {
  const { database, endpoints, workspaceId } = await open(t)
  const [one, other] = endpoints
  await count(database, one.id, 3, minutes(1))
  await count(database, other.id, 2, minutes(1))
  await takeSamples(database, minutes(1))
  await takeSamples(database, minutes(2))
  await count(database, one.id, 4, minutes(3))
  await takeSamples(database, minutes(3))
  await count(database, other.id, 8, minutes(4))
  assert.deepEqual(await rows(database), [
    [1, 5],
    [3, 4],
  ])
  assert.deepEqual(await deliveredAt(database, workspaceId, [0, 1, 2, 3].map(minutes).concat()), [0, 5, 5, 9])
  assert.deepEqual(await deliveredAt(database, workspaceId, [minutes(0), minutes(2), null]), [0, 5, 17])
  assert.deepEqual(await deliveredAt(database, workspaceId, [minutes(1), minutes(3)]), [0, 4])
  assert.deepEqual(await deliveredAt(database, newId(), [minutes(0), null]), [0, 0])
  const service = await database.query<{ delivered: number }>({
    name: 'service',
    text: 'select delivered from service_counts order by at',
  })
  assert.deepEqual(
    service.map(({ delivered }) => delivered),
    [5, 4],
  )
})

test('a sampled minute that others come late for is summed once, and an endpoint that is gone takes nothing back', async (t) => {
  const { database, endpoints, workspaceId } = await open(t)
  const [one, other] = endpoints
  await count(database, one.id, 3, minutes(1))
  await Promise.all([1, 1, 1].map((at) => takeSamples(database, minutes(at))))
  await count(database, other.id, 1, minutes(2))
  await takeSamples(database, minutes(2))
  await database.execute({ name: 'leave', text: 'delete from endpoints where id = $1' }, [one.id])
  assert.deepEqual(await deliveredAt(database, workspaceId, [minutes(0), null]), [0, 4])
})

test('hours are made of minutes once they are over, and nothing is counted twice or lost', async (t) => {
  const { database, endpoints, workspaceId } = await open(t)
  for (const at of [1, 30, 60, 61, 119, 130]) {
    await count(database, endpoints[0].id, 1, minutes(at))
    await takeSamples(database, minutes(at))
  }
  assert.equal(await sumUpHours(database, minutes(120), 1), 1)
  assert.equal(await sumUpHours(database, minutes(120), 100), 1)
  assert.deepEqual(await rows(database), [
    [60, 3],
    [119, 2],
    [130, 1],
  ])
  assert.deepEqual(await deliveredAt(database, workspaceId, [0, 60, 120, 180].map(minutes)), [0, 3, 5, 6])
  await dropCounts(database, minutes(100))
  assert.deepEqual(await rows(database), [
    [119, 2],
    [130, 1],
  ])
})

test('a month of a workspace with a thousand endpoints is read in milliseconds', async (t) => {
  const { database, seed, workspaceId } = await open(t)
  const endpoints = `
insert into endpoints (id, workspace_id, url, secret, retry_schedule_seconds, created_at, updated_at)
select ('${uuidFloor(start).slice(0, 24)}' || lpad(to_hex(n), 12, '0'))::uuid, $1, 'https://hooks.example/', '', '{}', $2, $2
from generate_series(1, 1000) n`
  await database.execute({ name: 'plant-endpoints', text: endpoints }, [seed.workspaceId, minutes(0)])
  const health = 'insert into endpoint_health (endpoint_id) select id from endpoints on conflict do nothing'
  await database.execute({ name: 'plant-health', text: health })
  const counted = `
insert into workspace_counts (workspace_id, at, succeeded, failed, delivered, dead_lettered, durations)
select $1, $2::timestamptz - n * interval '1 hour', n, 0, n, 0, n from generate_series(0, 719) n`
  await database.execute({ name: 'plant-counts', text: counted }, [workspaceId, minutes(0)])
  await database.execute({ name: 'analyze-all', text: 'analyze' })
  const times = Array.from({ length: 61 }, (_, index) => minutes((index - 60) * 720))
  await workspaceCountersAt(database, workspaceId, [...times, null])
  let best = Number.POSITIVE_INFINITY
  // Other work on the machine makes it slower, never faster.
  for (let again = 0; again < 10; again++) {
    const startedAt = performance.now()
    const counters = await workspaceCountersAt(database, workspaceId, [...times, null])
    best = Math.min(best, performance.now() - startedAt)
    assert.equal(counters.at(-1)?.delivered, (719 * 720) / 2)
  }
  t.diagnostic(`${best.toFixed(1)} ms`)
  assert(best < 25, `${best} ms`)
})
