import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Endpoint } from '../domain/endpoint.ts'
import { createTestDatabase } from '../testing/database.ts'
import { fill, Planner } from '../testing/planner.ts'
import { Seed } from '../testing/seed.ts'
import { accept } from './accept.ts'
import { claimBatches, nextBatchDue } from './claim-batch.ts'
import { acquireLeases } from './lease.ts'
import { registerNode } from './node.ts'
import { createPartitions } from './partition.ts'

const now = Date.now()
const dayMs = 86_400_000
const at = (milliseconds: number) => new Date(now + milliseconds)
const batch = { maxEvents: 10, windowSeconds: 30 }
const retry = {
  name: 'retry',
  text: `update deliveries set state = 'retrying', next_attempt_at = $2 where id = $1`,
}

async function open(t: TestContext) {
  const { database, url } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const node = await registerNode(database, at(0))
  const acquire = async ({ id }: Endpoint) => (await acquireLeases(database, [id], node, at(0))).leases[0]?.epoch ?? 0
  const claim = async ({ id }: Endpoint, epoch: number, time: number, batches = 3) =>
    (await claimBatches(database, [{ endpointId: id, epoch, ...batch, batches }], node, at(time))).map(
      ({ delivery }) => delivery.sequence,
    )
  const due = async ({ id }: Endpoint, time: number) =>
    (await nextBatchDue(database, [{ endpointId: id, ...batch }], at(time))).get(id)
  return { database, url, seed, node, acquire, claim, due }
}

const sequences = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

test('only full batches are taken while the window of the first delivery is open', async (t) => {
  const { seed, acquire, claim, due } = await open(t)
  const endpoint = await seed.endpoint({ batch })
  const epoch = await acquire(endpoint)
  await seed.accepted(endpoint, 9, 0, at(0))
  assert.deepEqual(await claim(endpoint, epoch, 29_999), [])
  assert.deepEqual(await due(endpoint, 29_999), at(30_000))
  await seed.accepted(endpoint, 16, 0, at(1_000))
  assert.deepEqual(await claim(endpoint, epoch, 2_000), sequences(1, 20))
  assert.deepEqual(await claim(endpoint, epoch, 2_000), [])
  assert.deepEqual(await due(endpoint, 2_000), at(31_000))
})

test('when the window of the first closes, all that wait are taken, as many batches as are wanted', async (t) => {
  const { seed, acquire, claim, due } = await open(t)
  const endpoint = await seed.endpoint({ batch })
  const epoch = await acquire(endpoint)
  await seed.accepted(endpoint, 1, 0, at(0))
  await seed.accepted(endpoint, 25, 0, at(29_000))
  assert.deepEqual(await claim(endpoint, epoch, 30_000, 2), sequences(1, 20))
  assert.deepEqual(await claim(endpoint, epoch, 30_000, 2), [])
  assert.deepEqual(await due(endpoint, 30_000), at(59_000))
  assert.deepEqual(await claim(endpoint, epoch, 59_000, 2), sequences(21, 26))
  assert.equal(await due(endpoint, 59_000), undefined)
})

test('a claim brings no more than fits into memory, and one delivery in any case', async (t) => {
  const { database, seed, acquire, claim } = await open(t)
  const endpoint = await seed.endpoint({ batch })
  const epoch = await acquire(endpoint)
  const megabytes = (size: number) => JSON.stringify('x'.repeat(size * 1024 * 1024))
  for (const size of [9, 9, 9, 9, 40, 1]) {
    await accept(database, [seed.publication([endpoint], { data: megabytes(size) })], 0, at(0))
  }
  assert.deepEqual(await claim(endpoint, epoch, 30_000), sequences(1, 3))
  assert.deepEqual(await claim(endpoint, epoch, 30_000), [4])
  assert.deepEqual(await claim(endpoint, epoch, 30_000), [5])
  assert.deepEqual(await claim(endpoint, epoch, 30_000), [6])
})

test('a delivery that is due for its retry takes along what waits', async (t) => {
  const { database, seed, acquire, claim, due } = await open(t)
  const endpoint = await seed.endpoint({ batch })
  const epoch = await acquire(endpoint)
  const [first] = await seed.accepted(endpoint, 1, 0, at(0))
  await database.execute(retry, [first, at(5_000)])
  assert.deepEqual(await due(endpoint, 0), at(5_000))
  await seed.accepted(endpoint, 3, 0, at(1_000))
  assert.deepEqual(await claim(endpoint, epoch, 4_999), [])
  assert.deepEqual(await due(endpoint, 4_999), at(5_000))
  assert.deepEqual(await claim(endpoint, epoch, 5_000), [2, 3, 4, 1])
})

test('a lease that changed hands takes nothing', async (t) => {
  const { seed, acquire, claim } = await open(t)
  const endpoint = await seed.endpoint({ batch })
  const epoch = await acquire(endpoint)
  await seed.accepted(endpoint, 20, 0, at(0))
  const newer = await acquire(endpoint)
  assert.deepEqual(await claim(endpoint, epoch, 60_000), [])
  assert.deepEqual(await claim(endpoint, newer, 60_000), sequences(1, 20))
})

test('a claim of batches reads the rows that it takes, however many wait', async (t) => {
  const { database, url, seed, node, acquire } = await open(t)
  const days = 5
  const [busy, quiet] = [await seed.endpoint({ batch }), await seed.endpoint({ batch })]
  await createPartitions(database, at(-days * dayMs), at(dayMs))
  await fill(database, busy, { days, rows: 40_000, from: at(-dayMs) })
  await fill(database, quiet, { days, rows: 40, from: at(-dayMs) })
  const planner = Planner.open(t, url)
  const blocks: number[] = []
  for (const endpoint of [quiet, busy]) {
    const { id } = endpoint
    const epoch = await acquire(endpoint)
    const wanted = { endpointId: id, epoch, ...batch, batches: 2 }
    assert.equal((await claimBatches(planner.database, [wanted], node, at(0))).length, 20)
    const time = at(0).toISOString()
    const call = `"claim-batches"('{${id}}', '{${epoch}}', '{10}', ${node}, '${time}', '{30}', '{2}', 33554432)`
    const claim = await planner.blocksOf(call)
    await nextBatchDue(planner.database, [wanted], at(0))
    blocks.push(claim + (await planner.blocksOf(`"next-batch-due"('{${id}}', '{30}', '${time}')`)))
  }
  const [few = 0, many = 0] = blocks
  t.diagnostic(`${few} blocks for a backlog of 200, ${many} for one of 200,000`)
  assert(few < 1_000 && many < few * 3, `${few} blocks for a backlog of 200, ${many} for one of 200,000`)
})
