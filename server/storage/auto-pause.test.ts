import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestDatabase } from '../testing/database.ts'
import { newId, Seed, testSealing } from '../testing/seed.ts'
import { readAudit } from './audit.ts'
import { autoPause, pausable } from './auto-pause.ts'
import { findEndpoint } from './endpoint.ts'
import { findWorkspace } from './workspace.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000)
const why = (reason: string) => ({ reason, alertId: newId(), alertReason: 'paused' }) as const
const setSuccess = {
  name: 'set-success',
  text: 'update endpoint_health set last_success_at = $2 where endpoint_id = $1',
}

test('an endpoint without a success since then is paused, with the reason, and the nodes are told', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const notified = Promise.withResolvers<string>()
  const subscription = await database.listen('configuration', notified.resolve, () => {})
  t.after(() => subscription.stop())
  const { id } = await seed.endpoint()
  await database.execute(setSuccess, [id, at(9)])
  assert.equal(await autoPause(database, id, why('it failed'), at(10), at(20)), seed.workspaceId)
  const [entry] = await readAudit(database, seed.workspaceId, { after: 0, upTo: 9, limit: 9 })
  assert.deepEqual([entry?.category, entry?.action, entry?.actor.type], ['webhook', 'paused', 'system'])
  const stored = await findEndpoint(database, seed.workspaceId, id, testSealing.keyring)
  assert.deepEqual([stored?.status, stored?.statusReason, stored?.updatedAt], ['paused', 'it failed', at(20)])
  assert.equal(await notified.promise, seed.workspaceId)
  assert.equal((await findWorkspace(database, { id: seed.workspaceId }))?.configVersion, 2)
})

test('a success since then keeps the endpoint active, unless it is to be paused anyway', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const { id } = await seed.endpoint()
  await database.execute(setSuccess, [id, at(10)])
  assert.equal(await autoPause(database, id, why('it failed'), at(10), at(20)), null)
  assert.equal((await findWorkspace(database, { id: seed.workspaceId }))?.configVersion, 1)
  assert.equal(await autoPause(database, id, why('gone'), null, at(20)), seed.workspaceId)
})

test('what a person decided about an endpoint stays', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  for (const status of ['paused', 'disabled', 'deleted'] as const) {
    const { id } = await seed.endpoint({ status, statusReason: 'by hand' })
    assert.equal(await autoPause(database, id, why('it failed'), null, at(20)), null)
  }
  assert.equal((await findWorkspace(database, { id: seed.workspaceId }))?.configVersion, 1)
})

test('the read that precedes a pause finds those, and only those, that would be paused', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const questions = []
  for (const status of ['active', 'paused', 'disabled', 'deleted'] as const) {
    for (const success of [null, at(9), at(10), at(11)]) {
      for (const unlessSuccessSince of [null, at(10)]) {
        const { id: endpointId } = await seed.endpoint({ status })
        if (success) await database.execute(setSuccess, [endpointId, success])
        questions.push({ endpointId, unlessSuccessSince })
      }
    }
  }
  const found = await pausable(database, questions)
  const paused: string[] = []
  for (const { endpointId, unlessSuccessSince } of questions) {
    if (await autoPause(database, endpointId, why('it failed'), unlessSuccessSince, at(20))) paused.push(endpointId)
  }
  assert.equal(paused.length, 6)
  assert.deepEqual(found.sort(), paused.sort())
  assert.deepEqual(await pausable(database, questions), [])
})
