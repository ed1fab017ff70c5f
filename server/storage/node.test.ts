import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestDatabase } from '../testing/database.ts'
import { Seed, storedDeliveries } from '../testing/seed.ts'
import type { Queryable } from './database.ts'
import { buryNodes, forgetNodes, heartbeat, registerNode, releaseOfDeadNodes, retireNode } from './node.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000)

async function nodes(database: Queryable): Promise<number[]> {
  const rows = await database.query<{ id: number }>({ name: 'node-ids', text: 'select id from nodes order by id' })
  return rows.map(({ id }) => id)
}

test('every registration gives an id that no node had before', async (t) => {
  const { database } = await createTestDatabase(t)
  const ids = await Promise.all(Array.from({ length: 5 }, () => registerNode(database, at(0))))
  await database.execute({ name: 'forget-all', text: 'delete from nodes' })
  ids.push(await registerNode(database, at(0)))
  assert.equal(new Set(ids).size, 6)
  assert(ids.every((id) => id > 0))
})

test('who is silent is buried, by others only, and hears of it at the next heartbeat', async (t) => {
  const { database } = await createTestDatabase(t)
  const [self, silent, alive] = [
    await registerNode(database, at(0)),
    await registerNode(database, at(0)),
    await registerNode(database, at(0)),
  ]
  assert.equal(await heartbeat(database, alive, at(11)), true)
  assert.equal(await buryNodes(database, self, at(10), at(20)), 1)
  assert.equal(await buryNodes(database, self, at(10), at(20)), 0)
  assert.equal(await heartbeat(database, silent, at(21)), false)
  assert.equal(await heartbeat(database, self, at(21)), true)
  assert.equal(await heartbeat(database, alive, at(21)), true)
})

test('what dead nodes own is released in chunks, and nothing of the living', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const endpoint = await seed.endpoint()
  const [alive, dead, retired] = [
    await registerNode(database, at(0)),
    await registerNode(database, at(0)),
    await registerNode(database, at(0)),
  ]
  await seed.accepted(endpoint, 1, alive)
  await seed.accepted(endpoint, 3, dead)
  await seed.accepted(endpoint, 2, retired)
  await heartbeat(database, alive, at(30))
  await retireNode(database, retired, at(30))
  assert.equal(await releaseOfDeadNodes(database, 10), 2)
  assert.equal(await buryNodes(database, alive, at(10), at(30)), 1)
  const released: number[] = []
  for (let chunk = 1; chunk > 0; released.push(chunk)) chunk = await releaseOfDeadNodes(database, 2)
  assert.deepEqual(released, [2, 1, 0])
  assert.deepEqual(
    (await storedDeliveries(database)).map(({ owner }) => owner),
    [alive, 0, 0, 0, 0, 0],
  )
})

test('two nodes that take over at once release everything once', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [one, dead] = [await registerNode(database, at(0)), await registerNode(database, at(0))]
  await seed.accepted(await seed.endpoint(), 200, dead)
  await buryNodes(database, one, at(0), at(30))
  const released = await Promise.all(Array.from({ length: 8 }, () => releaseOfDeadNodes(database, 50)))
  const rest = await releaseOfDeadNodes(database, 500)
  assert.equal(
    released.reduce((sum, count) => sum + count, rest),
    200,
  )
})

test('a node is forgotten only when it owns nothing any more', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [owner, idle, alive] = [
    await registerNode(database, at(0)),
    await registerNode(database, at(0)),
    await registerNode(database, at(0)),
  ]
  await retireNode(database, owner, at(1))
  await retireNode(database, idle, at(1))
  // An accept that was under way commits after its node was declared dead.
  await database.execute({ name: 'no-check', text: 'update nodes set dead_at = null where id = $1' }, [owner])
  await seed.accepted(await seed.endpoint(), 1, owner)
  await retireNode(database, owner, at(1))
  await forgetNodes(database, at(1))
  assert.deepEqual(await nodes(database), [owner, idle, alive])
  await forgetNodes(database, at(2))
  assert.deepEqual(await nodes(database), [owner, alive])
  assert.equal(await releaseOfDeadNodes(database, 10), 1)
  await forgetNodes(database, at(2))
  assert.deepEqual(await nodes(database), [alive])
})
