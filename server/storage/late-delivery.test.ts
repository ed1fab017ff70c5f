import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deliveryId } from '../domain/identifier.ts'
import { createTestDatabase } from '../testing/database.ts'
import { newId, Seed, storedDeliveries } from '../testing/seed.ts'
import { accept } from './accept.ts'
import { addLateDelivery, type LateDelivery } from './late-delivery.ts'

test('late deliveries and publishes at the same time are numbered without a gap, each once', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const endpoint = await seed.endpoint()
  const { workspaceId } = seed
  const late = () => {
    const eventId = newId()
    const type = 'deal.created'
    return { id: deliveryId(eventId, endpoint.id), eventId, endpointId: endpoint.id, workspaceId, type }
  }
  const wanted = Array.from({ length: 20 }, late)
  const now = new Date()
  const add = (each: LateDelivery) => database.transaction((session) => addLateDelivery(session, each, now))
  const results = await Promise.all([
    ...wanted.flatMap((each) => [add(each), add(each)]),
    ...Array.from({ length: 20 }, () => accept(database, [seed.publication([endpoint])], 0, now)),
  ])
  assert.equal(results.filter((result) => result === true).length, 20)
  const stored = await storedDeliveries(database)
  assert.deepEqual(
    stored.map(({ sequence }) => sequence),
    Array.from({ length: 40 }, (_, index) => index + 1),
  )
  const added = stored.find(({ id }) => id === wanted[0]?.id)
  assert.deepEqual([added?.state, added?.owner, added?.attempt_count, added?.next_attempt_at], ['pending', 0, 0, now])
})

test('an endpoint that takes nothing gets no late delivery, and neither does one of another workspace', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const attempt = async (endpointId: string, workspaceId: string) => {
    const eventId = newId()
    const delivery = { id: deliveryId(eventId, endpointId), eventId, endpointId, workspaceId, type: 'a.b' }
    return await database.transaction((session) => addLateDelivery(session, delivery, new Date()))
  }
  const [disabled, deleted, paused] = [
    await seed.endpoint({ status: 'disabled' }),
    await seed.endpoint({ status: 'deleted' }),
    await seed.endpoint({ status: 'paused' }),
  ]
  assert.equal(await attempt(disabled.id, seed.workspaceId), false)
  assert.equal(await attempt(deleted.id, seed.workspaceId), false)
  assert.equal(await attempt(newId(), seed.workspaceId), false)
  assert.equal(await attempt(paused.id, newId()), false)
  assert.equal(await attempt(paused.id, seed.workspaceId), true)
  assert.deepEqual(
    (await storedDeliveries(database)).map(({ sequence }) => sequence),
    [1],
  )
})
