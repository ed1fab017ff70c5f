import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { createTestDatabase } from '../testing/database.ts'
import { plantHistory } from '../testing/history.ts'
import { newId, Seed } from '../testing/seed.ts'
import { openDatabase, type Session } from './database.ts'
import { insertJob, type NewJob, type TakenJob, takeJob } from './job.ts'
import { boundChunk, countChunk, nextChunk } from './job-chunk.ts'

// As the server sets them: every statement is planned once and must then be right for any amount of data.
const settings = { plan_cache_mode: 'force_generic_plan', enable_seqscan: 'off', enable_mergejoin: 'off', jit: 'off' }
const many = 30_000
const few = 30
const limit = 500

for (const statistics of ['of an empty table', 'of all that is there']) {
  test(`a chunk reads what it looks at and no more, with statistics ${statistics}`, async (t) => {
    const { database, url } = await createTestDatabase(t)
    const seed = await Seed.plant(database)
    const other = await Seed.plant(database)
    const [busy, quiet, strange] = [await seed.endpoint(), await seed.endpoint(), await other.endpoint()]
    const analyze = () => database.session((session) => session.script('analyze'))
    if (statistics === 'of an empty table') await analyze()
    const { workspaceId } = seed
    await plantHistory(database, { workspaceId, endpointId: busy.id, count: many })
    await plantHistory(database, { workspaceId, endpointId: quiet.id, count: few, state: 'dead_letter' })
    await plantHistory(database, {
      ...{ workspaceId: other.workspaceId, endpointId: strange.id, count: many },
      state: 'dead_letter',
    })
    if (statistics !== 'of an empty table') await analyze()

    const planned = openDatabase(url, { max: 1, log: pino({ level: 'silent' }), settings })
    t.after(() => planned.close())
    const expected = [
      { scan: 'endpoint', given: { endpointId: busy.id }, rows: limit },
      { scan: 'endpoint', given: { endpointId: quiet.id }, rows: few },
      { scan: 'dead', given: { kind: 'replay_dead_letters' }, rows: few },
    ] as const
    for (const { scan, given, rows } of expected) {
      await planned.transaction(async (transaction) => {
        await boundChunk(transaction)
        const job = await started(transaction, workspaceId, given)
        assert.equal((await countChunk(transaction, job, limit)).count, rows)
        assert.equal((await nextChunk(transaction, job, limit, limit)).deliveryIds.length, rows)
        for (const name of [`count-chunk-${scan}`, `job-chunk-${scan}`]) {
          const read = await rowsRead(transaction, name, job)
          assert(read <= limit, `${name} read ${read} rows to find ${rows}`)
        }
        await transaction.execute({ name: 'end-jobs', text: `update jobs set state = 'done'` })
      })
    }
  })
}

test('of many dead letters a chunk takes those of the group only, as many as asked for, and goes on behind the last', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [endpoint, other, audit] = [
    await seed.endpoint(),
    await seed.endpoint(),
    await seed.endpoint({ stream: 'audit' }),
  ]
  const { workspaceId } = seed
  const plant = (endpointId: string, count: number, failure?: { error: 'status' | 'timeout'; status: number | null }) =>
    plantHistory(database, { workspaceId, endpointId, count, state: 'dead_letter', ...(failure && { failure }) })
  await plant(endpoint.id, 30, { error: 'status', status: 500 })
  await plant(endpoint.id, 40, { error: 'status', status: 404 })
  await plant(endpoint.id, 50, { error: 'timeout', status: null })
  await plant(endpoint.id, 20)
  await plant(other.id, 60, { error: 'status', status: 500 })
  await plant(audit.id, 70, { error: 'status', status: 500 })
  const work = async (given: Partial<NewJob>, lookedAt: number, most: number) =>
    await database.transaction(async (transaction) => {
      let job = await started(transaction, workspaceId, { kind: 'replay_dead_letters', ...given })
      const counted = await countChunk(transaction, job, 1_000)
      const ids: string[] = []
      for (;;) {
        const chunk = await nextChunk(transaction, job, lookedAt, most)
        assert(chunk.deliveryIds.length <= most)
        if (chunk.to === null) break
        ids.push(...chunk.deliveryIds)
        job = { ...job, doneTo: chunk.to }
      }
      await transaction.execute({ name: 'end-jobs', text: `update jobs set state = 'done'` })
      assert.equal(new Set(ids).size, ids.length)
      assert.equal(counted.count, ids.length)
      return ids.length
    })
  const group = { endpointId: endpoint.id, lastError: 'status', lastStatus: 500 } as const
  for (const [lookedAt, most] of [
    [1_000, 7],
    [13, 7],
    [10, 10],
    [1_000, 1_000],
  ] as const) {
    assert.equal(await work(group, lookedAt, most), 30, `${lookedAt} ${most}`)
  }
  assert.equal(await work({ ...group, lastStatus: null }, 100, 50), 70)
  assert.equal(await work({ lastError: 'unknown' }, 100, 50), 20)
  assert.equal(await work({ lastError: 'status', stream: 'events' }, 100, 50), 130)
  assert.equal(await work({ types: ['deal.*'] }, 100, 50), 270)
  assert.equal(await work({ types: ['contact.*'] }, 100, 50), 0)
})

async function started(session: Session, workspaceId: string, given: Partial<NewJob>): Promise<TakenJob> {
  const now = new Date()
  const stored = await insertJob(session, {
    ...{ id: newId(), workspaceId, kind: 'redeliver', endpointId: null, deliveryIds: null, since: null, types: [] },
    ...{ until: new Date(now.getTime() + 1), states: ['delivered', 'dead_letter'], createdAt: now },
    ...{ lastError: null, lastStatus: null, stream: null },
    ...given,
  })
  const job = await takeJob(session, now)
  assert.equal(job?.id, stored?.id)
  assert(job)
  return job
}

interface PlanNode {
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly PlanNode[]
}

/** How many deliveries the prepared statement reads, whether or not they pass its filters. */
async function rowsRead(session: Session, name: string, job: TakenJob): Promise<number> {
  const { workspaceId, countedTo, below, endpointId } = job
  const endpoint = endpointId === null ? 'null' : `'${endpointId}'`
  const values = `'${workspaceId}', '${countedTo}', '${below}', null, ${endpoint}, ${limit}, '{delivered,dead_letter}', null,
    null, null, null, null`
  const [row] = await session.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>({
    name: `explain-${name}-${job.id.slice(-12)}`,
    text: `explain (analyze, format json) execute "${name}"(${values})`,
  })
  const root = row?.['QUERY PLAN'][0]?.Plan
  assert(root)
  const scans = nodesOf(root).filter((node) => /^deliveries_/.test(node['Relation Name'] ?? ''))
  assert(scans.length > 0)
  return scans.reduce((sum, scan) => sum + scan['Actual Rows'] + (scan['Rows Removed by Filter'] ?? 0), 0)
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}
