import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidFloor } from '../domain/identifier.ts'
import { createTestDatabase } from '../testing/database.ts'
import { fill, Planner } from '../testing/planner.ts'
import { newId, Seed } from '../testing/seed.ts'
import { accept } from './accept.ts'
import { allBacklogs, claimDue, nextDue, ownedDeliveries, releaseDeliveries } from './claim.ts'
import { buryNodes, registerNode } from './node.ts'
import { createPartitions } from './partition.ts'

const now = Date.now()
const dayMs = 86_400_000
const at = (milliseconds: number) => new Date(now + milliseconds)

test('a claim takes what is due, at most the share of each endpoint, the longest due first, with its event', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [busy, quiet, later] = [await seed.endpoint(), await seed.endpoint(), await seed.endpoint()]
  const node = await registerNode(database, at(0))
  // Of yesterday, but due later than those of today, such as retries.
  const yesterday = uuidFloor(now - dayMs).slice(0, 14)
  const retries = [1, 2].map(() => seed.publication([busy], { id: yesterday + newId().slice(14) }))
  await accept(database, retries, 0, at(-1_000))
  const young = retries.flatMap(({ events }) => events.flatMap(({ deliveries }) => deliveries.map(({ id }) => id)))
  const old = await seed.accepted(busy, 2, 0, at(-2_000))
  const alone = await seed.accepted(quiet, 1, 0, at(-1_500))
  await seed.accepted(later, 1, 0, at(1))
  const wanted = [busy, quiet, later].map(({ id }) => ({ endpointId: id, share: 3, epoch: null }))
  const claimed = await claimDue(database, wanted, node, at(0))
  const ids = claimed.map(({ delivery }) => delivery.id)
  assert.deepEqual(new Set(ids.slice(0, 2)), new Set(old))
  assert.equal(ids[2], alone[0])
  assert(young.includes(ids[3] ?? ''))
  assert.equal(ids.length, 4)
  for (const { delivery, event } of claimed) {
    assert.deepEqual([delivery.owner, delivery.state, event.id, event.data], [node, 'pending', delivery.eventId, '{}'])
  }
  assert.deepEqual(new Set(await ownedDeliveries(database, node)), new Set(ids))
})

test('a node that was declared dead claims nothing', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const endpoint = await seed.endpoint()
  const [node, other] = [await registerNode(database, at(-60_000)), await registerNode(database, at(0))]
  await seed.accepted(endpoint, 1)
  await buryNodes(database, other, at(-30_000), at(0))
  assert.deepEqual(await claimDue(database, [{ endpointId: endpoint.id, share: 9, epoch: null }], node, at(60_000)), [])
})

test('what one claimer has locked the other skips without waiting', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const endpoint = await seed.endpoint()
  const [one, two] = [await registerNode(database, at(0)), await registerNode(database, at(0))]
  await seed.accepted(endpoint, 10)
  const wanted = [{ endpointId: endpoint.id, share: 6, epoch: null }]
  await database.transaction(async (transaction) => {
    const first = await claimDue(transaction, wanted, one, at(60_000))
    const second = await claimDue(database, wanted, two, at(60_000))
    assert.deepEqual([first.length, second.length], [6, 4])
  })
  assert.equal(new Set([...(await ownedDeliveries(database, one)), ...(await ownedDeliveries(database, two))]).size, 10)
})

test('several claimers at once get everything once and nothing twice', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const endpoints = await Promise.all(Array.from({ length: 5 }, () => seed.endpoint()))
  for (const endpoint of endpoints) await seed.accepted(endpoint, 60)
  const wanted = endpoints.map(({ id }) => ({ endpointId: id, share: 7, epoch: null }))
  const claimed: string[] = []
  await Promise.all(
    [1, 2, 3, 4].map(async () => {
      const node = await registerNode(database, at(0))
      // Skipping locked rows can leave a claimer with nothing while there is more.
      while (claimed.length < 300) {
        const mine = await claimDue(database, wanted, node, at(60_000))
        claimed.push(...mine.map(({ delivery }) => delivery.id))
      }
    }),
  )
  assert.equal(claimed.length, 300)
  assert.equal(new Set(claimed).size, 300)
})

test('only the owner gives deliveries back, and hears which endpoints they wait for', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [mine, theirs] = [await seed.endpoint(), await seed.endpoint()]
  const [node, other] = [await registerNode(database, at(0)), await registerNode(database, at(0))]
  const owned = await seed.accepted(mine, 2, node)
  const foreign = await seed.accepted(theirs, 1, other)
  assert.deepEqual(await releaseDeliveries(database, [...owned, ...foreign], node), new Set([mine.id]))
  assert.deepEqual([await ownedDeliveries(database, node), await ownedDeliveries(database, other)], [[], foreign])
})

test('the next due time is that of the first delivery that nobody owns', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [waiting, taken, empty] = [await seed.endpoint(), await seed.endpoint(), await seed.endpoint()]
  const node = await registerNode(database, at(0))
  await seed.accepted(waiting, 1, 0, at(5_000))
  await seed.accepted(waiting, 1, 0, at(3_000))
  await seed.accepted(waiting, 1, node, at(1_000))
  await seed.accepted(taken, 1, node, at(1_000))
  const expected = [{ endpointId: waiting.id, workspaceId: seed.workspaceId, dueAt: at(3_000) }]
  assert.deepEqual(await nextDue(database, [waiting.id, taken.id, empty.id]), expected)
  assert.deepEqual(await allBacklogs(database), expected)
  const more = await Promise.all(Array.from({ length: 20 }, () => seed.endpoint()))
  for (const [index, endpoint] of more.entries()) await seed.accepted(endpoint, 2, 0, at(index))
  assert.deepEqual(
    new Map((await allBacklogs(database)).map(({ endpointId, dueAt }) => [endpointId, dueAt])),
    new Map([[waiting.id, at(3_000)], ...more.map(({ id }, index): [string, Date] => [id, at(index)])]),
  )
})

const days = 5

test('a claim reads the rows that it takes, however many wait', async (t) => {
  const { database, url } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [busy, quiet] = [await seed.endpoint(), await seed.endpoint()]
  const node = await registerNode(database, at(0))
  await createPartitions(database, at(-days * dayMs), at(dayMs))
  await fill(database, busy, { days, rows: 40_000, from: at(-dayMs) })
  await fill(database, quiet, { days, rows: 40, from: at(-dayMs) })
  const planner = Planner.open(t, url)
  const blocks: number[] = []
  for (const { id } of [quiet, busy]) {
    const claimed = await claimDue(planner.database, [{ endpointId: id, share: 10, epoch: null }], node, at(0))
    assert.equal(claimed.length, 10)
    const call = `claim('{${id}}', '{10}', '${at(0).toISOString()}', ${node}, '{}', '{null}')`
    blocks.push(await planner.blocksOf(call))
  }
  const [few = 0, many = 0] = blocks
  assert(few < 1_000 && many < few * 3, `${few} blocks for a backlog of 200, ${many} for one of 200,000`)
  assert.equal((await allBacklogs(planner.database)).length, 2)
})
