import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { settledStates } from '../domain/job.ts'
import { endJob, findJob, insertJob, type NewJob, takeJob } from '../storage/job.ts'
import { createTestDatabase } from '../testing/database.ts'
import { eventually } from '../testing/eventually.ts'
import { type History, plantHistory } from '../testing/history.ts'
import { newId, Seed, storedDeliveries } from '../testing/seed.ts'
import { systemClock } from './clock.ts'
import { Jobs } from './jobs.ts'

async function open(t: TestContext) {
  let stop = async (): Promise<void> => {}
  t.after(() => stop())
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const { workspaceId } = seed
  const woken = new Set<string>()
  const runners: Jobs[] = []
  stop = async () => void (await Promise.all(runners.map((runner) => runner.stop())))
  const run = (): Jobs => {
    const wake = (endpointIds: readonly string[]): void => {
      for (const id of endpointIds) woken.add(id)
    }
    const jobs = new Jobs({ database, clock: systemClock, log: pino({ level: 'silent' }), wake })
    runners.push(jobs)
    jobs.wake()
    return jobs
  }
  const start = async (given: Partial<NewJob>): Promise<string> => {
    const now = Date.now()
    const job = await insertJob(database, {
      ...{ id: newId(), workspaceId, kind: 'redeliver', endpointId: null, deliveryIds: null, since: null, types: [] },
      ...{ until: new Date(now + 1), states: settledStates, createdAt: new Date(now) },
      ...{ lastError: null, lastStatus: null, stream: null },
      ...given,
    })
    assert(job)
    return job.id
  }
  const job = async (id: string) => {
    const found = await findJob(database, workspaceId, id, null)
    assert(found)
    return found
  }
  const ended = (id: string) =>
    eventually(async () => {
      const found = await job(id)
      return found.state === 'running' ? null : found
    })
  const plant = (history: Omit<History, 'workspaceId'>) => plantHistory(database, { ...history, workspaceId })
  /** How many deliveries have begun anew and were not attempted since. */
  const counts = async () => {
    const begun = (await storedDeliveries(database)).filter((row) => row.cycle_attempts === 0)
    assert(begun.every(({ state, settled_at, attempt_count }) => state === 'pending' && !settled_at && attempt_count))
    return begun.length
  }
  return { database, seed, woken, run, start, job, ended, plant, counts }
}

test('a job begins what it selects by endpoint, time, state and type, and nothing that waits', async (t) => {
  const { seed, woken, run, start, ended, plant, database, counts } = await open(t)
  const [endpoint, other] = [await seed.endpoint(), await seed.endpoint()]
  const endpointId = endpoint.id
  const at = (seconds: number): Date => new Date(Date.now() - seconds * 1_000)
  await plant({ endpointId, count: 1, at: at(3_600) })
  await plant({ endpointId, count: 2, at: at(1_800), type: 'contact.created' })
  await plant({ endpointId, count: 4, at: at(900), state: 'dead_letter' })
  await plant({ endpointId, count: 8, at: at(800) })
  await plant({ endpointId, count: 16, at: at(700), state: 'retrying' })
  await plant({ endpointId, count: 32, at: at(600), state: 'pending' })
  await plant({ endpointId: other.id, count: 64, at: at(500) })
  await database.execute(
    {
      name: 'one-test',
      text: `update deliveries set sequence = 0 where id = (select id from deliveries where endpoint_id = $1 order by id limit 1)`,
    },
    [endpointId],
  )
  const before = (await storedDeliveries(database)).filter(({ state }) => state === 'retrying' || state === 'pending')
  run()
  const expect = async (given: Partial<NewJob>, done: number, all: number) => {
    const job = await ended(await start({ endpointId, ...given }))
    assert.deepEqual([job.state, job.done, job.total, job.error], ['done', done, done, null])
    assert.equal(await counts(), all)
  }
  await expect({ since: at(2_000), types: ['deal.created'], states: ['dead_letter'] }, 4, 4)
  await expect({ since: at(2_000), types: ['deal.created'] }, 8, 12)
  await expect({ since: at(2_000) }, 2, 14)
  await expect({ until: at(2_000) }, 0, 14)
  await expect({}, 0, 14)
  assert.deepEqual([...woken], [endpointId])
  const after = new Map((await storedDeliveries(database)).map((row) => [row.id, row]))
  for (const row of before) assert.deepEqual(after.get(row.id), row)
})

test('dead letters are replayed for a workspace or by their ids, except those of endpoints that take none', async (t) => {
  const { seed, run, start, ended, plant, database, counts } = await open(t)
  const endpoints = [await seed.endpoint(), await seed.endpoint({ status: 'paused' })]
  const closed = [await seed.endpoint({ status: 'disabled' }), await seed.endpoint({ status: 'deleted' })]
  for (const { id } of [...endpoints, ...closed]) {
    await plant({ endpointId: id, count: 5, state: 'dead_letter' })
    await plant({ endpointId: id, count: 3 })
  }
  run()
  const given = { kind: 'replay_dead_letters', states: ['dead_letter'] } as const
  const rows = await storedDeliveries(database)
  const deliveryIds = [...endpoints, ...closed].flatMap(({ id }) => {
    const of = (wanted: string) =>
      rows.find(({ endpoint_id, state }) => endpoint_id === id && state === wanted)?.id ?? ''
    return [of('dead_letter'), of('delivered')]
  })
  const some = await ended(await start({ ...given, deliveryIds }))
  assert.deepEqual([some.state, some.done, some.total, await counts()], ['done', 2, 2, 2])
  const all = await ended(await start(given))
  assert.deepEqual([all.state, all.done, all.total, await counts()], ['done', 8, 8, 10])
})

test('two nodes and many jobs at once begin each delivery once, and the counts add up', async (t) => {
  const { seed, run, start, ended, plant, counts } = await open(t)
  const endpoint = await seed.endpoint({ status: 'paused' })
  await plant({ endpointId: endpoint.id, count: 3_000 })
  const ids = await Promise.all([1, 2, 3].map(() => start({ endpointId: endpoint.id })))
  for (let node = 0; node < 3; node++) run()
  const jobs = await Promise.all(ids.map(ended))
  assert.deepEqual(
    jobs.map(({ state }) => state),
    ['done', 'done', 'done'],
  )
  assert.equal(
    jobs.reduce((sum, { done }) => sum + done, 0),
    3_000,
  )
  assert.equal(await counts(), 3_000)
})

test('a job that one node has in hand is not taken by another, and goes on from its cursor when that one dies', async (t) => {
  const { database, seed, start, plant } = await open(t)
  const endpoint = await seed.endpoint()
  await plant({ endpointId: endpoint.id, count: 1 })
  const id = await start({ endpointId: endpoint.id })
  await assert.rejects(
    database.transaction(async (transaction) => {
      assert.equal((await takeJob(transaction, new Date()))?.id, id)
      assert.equal(await takeJob(database, new Date()), null)
      throw new Error('this node dies')
    }),
    /dies/,
  )
  assert.equal((await takeJob(database, new Date()))?.id, id)
})

test('an endpoint with enough waiting gets no more until it has taken some', async (t) => {
  const { database, seed, run, start, job, ended, plant, counts } = await open(t)
  const { id: endpointId } = await seed.endpoint()
  await plant({ endpointId, count: 2_500 })
  const id = await start({ endpointId })
  run()
  const begun = async (number: number) => eventually(async () => ((await job(id)).done === number ? true : null))
  await begun(1_000)
  // What was to come without the limit would have come by then: jobs look several times a second.
  await new Promise((resolve) => setTimeout(resolve, 600))
  assert.equal((await job(id)).done, 1_000)
  const settle = { name: 'settle', text: `update deliveries set state = 'delivered' where state = 'pending'` }
  await database.execute(settle)
  await begun(2_000)
  await database.execute(settle)
  const { state, done } = await ended(id)
  assert.deepEqual([state, done, await counts().catch(() => null)], ['done', 2_500, null])
})

test('a canceled job begins nothing more, and one whose endpoint goes says so', async (t) => {
  const { database, seed, run, start, job, ended, plant } = await open(t)
  const [first, second] = [await seed.endpoint(), await seed.endpoint()]
  for (const { id } of [first, second]) await plant({ endpointId: id, count: 2_000 })
  const canceled = await start({ endpointId: first.id })
  const failing = await start({ endpointId: second.id })
  run()
  await eventually(async () =>
    (await job(canceled)).done === 1_000 && (await job(failing)).done === 1_000 ? true : null,
  )
  const end = { state: 'canceled', error: null, now: new Date() } as const
  assert.equal(await endJob(database, canceled, end), true)
  assert.equal(await endJob(database, canceled, end), false)
  await seed.change(`update endpoints set status = 'disabled' where id = $1`, [second.id])
  const failed = await ended(failing)
  assert.deepEqual([failed.state, failed.done, failed.error], ['failed', 1_000, 'The endpoint was disabled.'])
  await database.execute({ name: 'settle', text: `update deliveries set state = 'delivered'` })
  assert.deepEqual([(await job(canceled)).state, (await job(canceled)).done], ['canceled', 1_000])
})
