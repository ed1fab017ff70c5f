import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestDatabase } from '../testing/database.ts'
import { Seed } from '../testing/seed.ts'
import { endpointBacklogs } from './backlog.ts'
import { registerNode } from './node.ts'

const settle = { name: 'settle', text: `update deliveries set state = 'delivered' where id = any($1::uuid[])` }

test('what waits is counted up to the limit, in hand or not, with when the first was due', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const node = await registerNode(database, new Date())
  const [many, few, none, other] = [
    await seed.endpoint(),
    await seed.endpoint(),
    await seed.endpoint(),
    await seed.endpoint(),
  ]
  const at = (seconds: number) => new Date(Date.now() - 10_000 + seconds * 1_000)
  const [early, late] = [at(1), at(2)]
  await seed.accepted(many, 30, 0, late)
  await seed.accepted(many, 30, node, early)
  await seed.accepted(few, 2, node, late)
  await database.execute(settle, [await seed.accepted(none, 5)])
  await seed.accepted(other, 5)
  const ids = [many.id, few.id, none.id]
  const all = await endpointBacklogs(database, ids, 60)
  assert.deepEqual(
    all,
    new Map([
      [many.id, { count: 60, more: false, oldestDueAt: early }],
      [few.id, { count: 2, more: false, oldestDueAt: late }],
    ]),
  )
  const some = await endpointBacklogs(database, ids, 50)
  assert.deepEqual(some.get(many.id), { count: 50, more: true, oldestDueAt: early })
})
