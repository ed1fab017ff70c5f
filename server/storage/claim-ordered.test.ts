import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Endpoint } from '../domain/endpoint.ts'
import { createTestDatabase } from '../testing/database.ts'
import { eventually } from '../testing/eventually.ts'
import { fill, Planner } from '../testing/planner.ts'
import { Seed } from '../testing/seed.ts'
import { releaseDeliveries } from './claim.ts'
import { claimOrdered, nextDueInOrder } from './claim-ordered.ts'
import { replayDeliveries } from './delivery.ts'
import { acquireLeases } from './lease.ts'
import { buryNodes, registerNode } from './node.ts'
import { createPartitions } from './partition.ts'

const now = Date.now()
const dayMs = 86_400_000
const at = (milliseconds: number) => new Date(now + milliseconds)
const setState = {
  name: 'set-state',
  text: `update deliveries set state = $2::delivery_state, owner = 0, next_attempt_at = $3 where id = $1`,
}
const waitingForLock = {
  name: 'waiting-for-lock',
  text: `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
}

async function open(t: TestContext) {
  const { database, url } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [node, other] = [await registerNode(database, at(0)), await registerNode(database, at(0))]
  const acquire = async ({ id }: Endpoint, holder = node) =>
    (await acquireLeases(database, [id], holder, at(0))).leases[0]?.epoch ?? 0
  const claim = async ({ id }: Endpoint, epoch: number, share = 3, time = 0) =>
    (await claimOrdered(database, [{ endpointId: id, epoch, share }], node, at(time))).map(({ delivery }) => delivery)
  const set = async (id: string | undefined, state: string, due: Date | null = null) =>
    await database.execute(setState, [id, state, due])
  return { database, url, seed, node, other, acquire, claim, set }
}

test('the lowest sequences come first, at most the share, whenever they became due', async (t) => {
  const { database, seed, acquire, claim, set } = await open(t)
  const endpoint = await seed.endpoint({ serialize: true })
  const epoch = await acquire(endpoint)
  const ids = await seed.accepted(endpoint, 5, 0, at(0))
  await set(ids[3], 'pending', at(-5_000))
  assert.deepEqual(await nextDueInOrder(database, [endpoint.id]), new Map([[endpoint.id, at(0)]]))
  const sequences = (await claim(endpoint, epoch)).map(({ sequence }) => sequence)
  assert.deepEqual(sequences, [1, 2, 3])
  assert.deepEqual(
    (await claim(endpoint, epoch)).map(({ sequence }) => sequence),
    [4, 5],
  )
  assert.deepEqual(await nextDueInOrder(database, [endpoint.id]), new Map())
})

test('nothing passes a delivery that waits for its retry, which comes alone when it is due', async (t) => {
  const { database, seed, node, acquire, claim, set } = await open(t)
  const endpoint = await seed.endpoint({ serialize: true })
  const epoch = await acquire(endpoint)
  const [first, second] = await seed.accepted(endpoint, 4, 0, at(0))
  await set(second, 'retrying', at(10_000))
  assert.deepEqual(await claim(endpoint, epoch), [])
  assert.deepEqual(await nextDueInOrder(database, [endpoint.id]), new Map([[endpoint.id, at(10_000)]]))
  const [head, ...rest] = await claim(endpoint, epoch, 3, 10_000)
  assert.deepEqual([head?.id, rest], [second, []])
  assert.deepEqual(await claim(endpoint, epoch, 3, 10_000), [], 'nor while it is in hand')
  assert.deepEqual(await nextDueInOrder(database, [endpoint.id]), new Map())
  await releaseDeliveries(database, [second ?? ''], node)
  await set(second, 'dead_letter')
  assert.equal((await claim(endpoint, epoch, 3, 10_000))[0]?.id, first)
})

test('a replay of an old event waits behind the head that is being retried, and comes before what follows it', async (t) => {
  const { database, seed, acquire, claim, set } = await open(t)
  const endpoint = await seed.endpoint({ serialize: true })
  const epoch = await acquire(endpoint)
  const [old, head] = await seed.accepted(endpoint, 4, 0, at(0))
  await set(old, 'delivered')
  await set(head, 'retrying', at(10_000))
  await database.transaction((session) => replayDeliveries(session, seed.workspaceId, [old ?? ''], at(0)))
  assert.deepEqual(await claim(endpoint, epoch), [])
  await set(head, 'delivered')
  const sequences = (await claim(endpoint, epoch)).map(({ sequence }) => sequence)
  assert.deepEqual(sequences, [1, 3, 4])
})

test('a lease that changed hands, or a dead node, takes nothing', async (t) => {
  const { database, seed, other, acquire, claim } = await open(t)
  const endpoint = await seed.endpoint({ serialize: true })
  const epoch = await acquire(endpoint)
  await seed.accepted(endpoint, 3, 0, at(0))
  const newer = await acquire(endpoint)
  assert.deepEqual(await claim(endpoint, epoch), [])
  assert.equal((await claim(endpoint, newer, 1)).length, 1)
  await database.execute({ name: 'silent', text: 'update nodes set heartbeat_at = $1 where id <> $2' }, [
    ...[at(-60_000), other],
  ])
  await buryNodes(database, other, at(-30_000), at(0))
  assert.deepEqual(await claim(endpoint, newer), [])
})

test('a claim that is under way is waited for by the next holder', async (t) => {
  const { database, seed, node, acquire } = await open(t)
  const endpoint = await seed.endpoint({ serialize: true })
  const epoch = await acquire(endpoint)
  await seed.accepted(endpoint, 3, 0, at(0))
  const acquired = await database.transaction(async (transaction) => {
    await claimOrdered(transaction, [{ endpointId: endpoint.id, epoch, share: 1 }], node, at(0))
    const pending = acquire(endpoint)
    await eventually(async () => ((await database.query(waitingForLock)).length > 0 ? true : null))
    return { pending }
  })
  assert.equal(await acquired.pending, epoch + 1)
})

test('a row that somebody has locked is waited for, not passed', async (t) => {
  const { database, seed, acquire, claim } = await open(t)
  const endpoint = await seed.endpoint({ serialize: true })
  const epoch = await acquire(endpoint)
  const [first] = await seed.accepted(endpoint, 3, 0, at(0))
  const claimed = await database.transaction(async (transaction) => {
    await transaction.execute({ name: 'lock', text: 'select from deliveries where id = $1 for update' }, [first])
    const pending = claim(endpoint, epoch)
    await eventually(async () => ((await database.query(waitingForLock)).length > 0 ? true : null))
    return { pending }
  })
  assert.deepEqual(
    (await claimed.pending).map(({ sequence }) => sequence),
    [1, 2, 3],
  )
})

test('a claim in order reads the rows that it takes, however many wait', async (t) => {
  const { database, url, seed, node, acquire } = await open(t)
  const days = 5
  const [busy, quiet] = [await seed.endpoint({ serialize: true }), await seed.endpoint({ serialize: true })]
  await createPartitions(database, at(-days * dayMs), at(dayMs))
  await fill(database, busy, { days, rows: 40_000, from: at(-dayMs) })
  await fill(database, quiet, { days, rows: 40, from: at(-dayMs) })
  const planner = Planner.open(t, url)
  const blocks: number[] = []
  for (const endpoint of [quiet, busy]) {
    const { id } = endpoint
    const epoch = await acquire(endpoint)
    const claimed = await claimOrdered(planner.database, [{ endpointId: id, epoch, share: 10 }], node, at(0))
    assert.deepEqual(
      claimed.map(({ delivery }) => delivery.sequence),
      Array.from({ length: 10 }, (_, index) => index + 1),
    )
    const claim = await planner.blocksOf(
      `"claim-ordered"('{${id}}', '{${epoch}}', '{10}', ${node}, '${at(0).toISOString()}')`,
    )
    await nextDueInOrder(planner.database, [id])
    blocks.push(claim + (await planner.blocksOf(`"next-due-in-order"('{${id}}')`)))
  }
  const [few = 0, many = 0] = blocks
  t.diagnostic(`${few} blocks for a backlog of 200, ${many} for one of 200,000`)
  assert(few < 1_000 && many < few * 3, `${few} blocks for a backlog of 200, ${many} for one of 200,000`)
})
