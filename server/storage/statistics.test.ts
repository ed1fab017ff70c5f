import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createTestDatabase } from '../testing/database.ts'
import { plantHistory } from '../testing/history.ts'
import { newId, Seed } from '../testing/seed.ts'
import type { Queryable, Statement } from './database.ts'
import { registerNode } from './node.ts'
import { countersAt, countWaiting, endpointsOf, failingEndpoints } from './statistics.ts'

const minute = 60_000

async function open(t: TestContext) {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const { workspaceId } = seed
  const endpoint = await seed.endpoint()
  return { database, seed, endpoint, workspaceId, subject: { workspaceId, endpointId: endpoint.id } }
}

const plantSamples = {
  name: 'plant-many-samples',
  text: `insert into endpoint_samples (endpoint_id, at, succeeded, failed, delivered, dead_lettered, durations)
    select $1, $2::timestamptz + n * interval '1 minute', n, 0, n, 0, n from generate_series(1, $3::int) n`,
}

/** What a query reads, in pages, as the plan that the server makes for it tells. */
function pagesOf(database: Queryable) {
  const pages: number[] = []
  const query = async <Row extends object>({ text }: Statement, values?: readonly unknown[]): Promise<Row[]> => {
    const explain = { name: `explain-${newId()}`, text: `explain (analyze, buffers, format json) ${text}` }
    const [row] = await database.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(explain, values)
    const plan = row?.['QUERY PLAN'][0].Plan
    pages.push((plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0))
    return []
  }
  return { pages, queryable: { query, execute: (...given) => database.execute(...given) } satisfies Queryable }
}

test('counters are those of the last sample at or before a time, zero before the first, or of now', async (t) => {
  const { database, endpoint } = await open(t)
  const start = new Date('2026-01-01T00:00:00Z')
  await database.execute(plantSamples, [endpoint.id, start, 10])
  await database.execute({ name: 'live', text: 'update endpoint_health set delivered = 12, durations = 12' })
  const times = [-1, 3, 3.5, 100].map((minutes) => new Date(start.getTime() + minutes * minute))
  const [counters = []] = await countersAt(database, [endpoint.id], [...times, null])
  assert.deepEqual(
    counters.map(({ delivered }) => delivered),
    [0, 3, 3, 10, 12],
  )
  assert.deepEqual(
    counters.map(({ durations }) => durations[0]),
    [0, 3, 3, 10, 12],
  )
  const [other, same] = await countersAt(database, [newId(), endpoint.id], [null])
  assert.deepEqual([other?.[0]?.delivered, same?.[0]?.delivered], [0, 12])
})

test('a question costs the same however many samples there are', async (t) => {
  const { database, endpoint } = await open(t)
  const start = new Date('2026-01-01T00:00:00Z')
  const times = Array.from({ length: 20 }, (_, hours) => new Date(start.getTime() + hours * 60 * minute))
  const { pages, queryable } = pagesOf(database)
  await database.execute(plantSamples, [endpoint.id, start, 2_000])
  await database.execute({ name: 'analyze', text: 'analyze endpoint_samples' })
  await countersAt(queryable, [endpoint.id], times)
  await database.execute(plantSamples, [endpoint.id, new Date(start.getTime() + 2_000 * minute), 60_000])
  await database.execute({ name: 'analyze', text: 'analyze endpoint_samples' })
  await countersAt(queryable, [endpoint.id], times)
  const [few = 0, many = 0] = pages
  // A level more in the index for each of the look-ups.
  assert(few > 0 && many <= few + 2 * times.length, `${few} pages, then ${many}`)
})

test('the backlog is what waits, whoever has it in hand, and since when the first has been due', async (t) => {
  const { database, seed, endpoint, subject, workspaceId } = await open(t)
  assert.deepEqual(await countWaiting(database, subject, 10), { count: 0, more: false, oldestDueAt: null })
  const other = await seed.endpoint()
  const node = await registerNode(database, new Date())
  const [first, later] = [new Date(Date.now() - 5 * minute), new Date()]
  await seed.accepted(endpoint, 2, node, first)
  await seed.accepted(endpoint, 3, 0, later)
  await seed.accepted(other, 4, 0, later)
  await plantHistory(database, { workspaceId, endpointId: endpoint.id, count: 20, state: 'delivered' })
  assert.deepEqual(await countWaiting(database, subject, 10), { count: 5, more: false, oldestDueAt: first })
  assert.deepEqual(await countWaiting(database, subject, 5), { count: 5, more: false, oldestDueAt: first })
  const all = { workspaceId, endpointId: null }
  assert.deepEqual(await countWaiting(database, all, 10), { count: 9, more: false, oldestDueAt: first })
  assert.deepEqual(await countWaiting(database, all, 8), { count: 8, more: true, oldestDueAt: first })
})

test('counting a backlog ends at the limit, and the settled are not looked at', async (t) => {
  const { database, endpoint, subject, workspaceId } = await open(t)
  const planted = { workspaceId, endpointId: endpoint.id }
  await plantHistory(database, { ...planted, count: 20_000, state: 'delivered' })
  await plantHistory(database, { ...planted, count: 20_000, state: 'retrying' })
  await database.execute({ name: 'analyze', text: 'vacuum analyze deliveries' })
  const { pages, queryable } = pagesOf(database)
  await countWaiting(queryable, subject, 1_000)
  assert((pages[0] ?? 0) < 100, `${pages[0]} pages`)
  const { count, more } = await countWaiting(database, subject, 1_000)
  assert.deepEqual([count, more], [1_000, true])
})

test('endpoints that fail come in the order of their failures since then, and only those of the workspace', async (t) => {
  const { database, seed, endpoint, workspaceId } = await open(t)
  const [worse, mended, deleted] = [await seed.endpoint(), await seed.endpoint(), await seed.endpoint()]
  const [since, before] = [new Date(Date.now() - 60 * minute), new Date(Date.now() - 90 * minute)]
  const fail = async ({ id }: { id: string }, failed: number, sampled: number) => {
    await database.execute(
      {
        name: 'fail',
        text: `
with health as (update endpoint_health set failed = $2, last_attempt_at = now() where endpoint_id = $1)
insert into endpoint_samples (endpoint_id, at, succeeded, failed, delivered, dead_lettered, durations)
values ($1, $4, 0, $3, 0, 0, 0)`,
      },
      [id, failed, sampled, before],
    )
  }
  await fail(endpoint, 1_001, 1_000)
  await fail(worse, 5, 0)
  await fail(mended, 9, 9)
  await fail(deleted, 9, 0)
  await database.execute({ name: 'delete', text: `update endpoints set status = 'deleted' where id = $1` }, [
    deleted.id,
  ])
  const failing = await failingEndpoints(database, workspaceId, since, 10)
  assert.deepEqual(
    failing.map(({ id }) => id),
    [worse.id, endpoint.id],
  )
  assert.equal((await failingEndpoints(database, workspaceId, since, 1)).length, 1)
  assert.deepEqual(await failingEndpoints(database, newId(), since, 10), [])
  const named = await endpointsOf(database, workspaceId, [mended.id, newId(), deleted.id, worse.id])
  assert.deepEqual(
    named.map(({ id }) => id),
    [mended.id, worse.id],
  )
})
