import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestDatabase } from '../testing/database.ts'
import { Seed, storedDeliveries } from '../testing/seed.ts'
import { cancelOfGoneEndpoints } from './cancel.ts'
import { deleteEndpoint } from './endpoint.ts'
import { registerNode } from './node.ts'

const now = new Date()

test('what waits for endpoints that are gone is canceled in chunks; other deliveries are left alone', async (t) => {
  const { database } = await createTestDatabase(t)
  const [seed, leaving] = [await Seed.plant(database), await Seed.plant(database)]
  const node = await registerNode(database, now)
  const [kept, paused, deleted] = [
    await seed.endpoint(),
    await seed.endpoint({ status: 'paused' }),
    await seed.endpoint(),
  ]
  const gone = await leaving.endpoint()
  const stays = [...(await seed.accepted(kept, 2)), ...(await seed.accepted(paused, 2))]
  stays.push(...(await seed.accepted(deleted, 1, node)))
  const goes = [...(await seed.accepted(deleted, 3)), ...(await leaving.accepted(gone, 2))]
  assert.equal(await cancelOfGoneEndpoints(database, 100, now), 0)
  await deleteEndpoint(database, { workspaceId: seed.workspaceId, id: deleted.id, now })
  await database.execute({ name: 'leave', text: 'delete from workspaces where id = $1' }, [leaving.workspaceId])

  const canceled: number[] = []
  for (let chunk = 1; chunk > 0; canceled.push(chunk)) chunk = await cancelOfGoneEndpoints(database, 3, now)
  assert.deepEqual(canceled, [3, 2, 0])
  const rows = new Map((await storedDeliveries(database)).map((row) => [row.id, row]))
  for (const id of goes) {
    const { state, next_attempt_at: next, settled_at: settled } = rows.get(id) ?? {}
    assert.deepEqual([state, next, settled], ['canceled', null, now])
  }
  for (const id of stays) assert.deepEqual([rows.get(id)?.state, rows.get(id)?.settled_at], ['pending', null])
})

test('what waits for a tunnel is canceled when it is closed, but not for an endpoint that is disabled', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const waiting = async (tunnel: string | null, status: 'active' | 'disabled') => {
    const endpoint = await seed.endpoint({ tunnel })
    const [id = ''] = await seed.accepted(endpoint, 1)
    await database.execute({ name: 'set', text: 'update endpoints set status = $2 where id = $1' }, [
      endpoint.id,
      status,
    ])
    return id
  }
  const closed = await waiting('hash', 'disabled')
  const others = [await waiting('hash', 'active'), await waiting(null, 'disabled')]
  assert.equal(await cancelOfGoneEndpoints(database, 100, now), 1)
  const states = new Map((await storedDeliveries(database)).map(({ id, state }) => [id, state]))
  assert.deepEqual(
    [closed, ...others].map((id) => states.get(id)),
    ['canceled', 'pending', 'pending'],
  )
})
