import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestDatabase } from '../testing/database.ts'
import { newId, Seed, testSealing } from '../testing/seed.ts'
import { readAudit } from './audit.ts'
import { autoPause, pausable } from './auto-pause.ts'
import { findEndpoint, setEndpointStatus } from './endpoint.ts'
import { findWorkspace } from './workspace.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000)
const why = (reason: string) => ({ reason, alertId: newId(), alertReason: 'paused' }) as const
const dead = (since: number) => ({ since: at(since), unlessSuccess: true })
const gone = (since: number) => ({ since: at(since), unlessSuccess: false })
const setSuccess = {
  name: 'set-success',
  text: 'update endpoint_health set last_success_at = $2 where endpoint_id = $1',
}
const setResumed = { name: 'set-resumed', text: 'update endpoints set resumed_at = $2 where id = $1' }

test('an endpoint without a success since then is paused, with the reason, and the nodes are told', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const notified = Promise.withResolvers<string>()
  const subscription = await database.listen('configuration', notified.resolve, () => {})
  t.after(() => subscription.stop())
  const { id } = await seed.endpoint()
  await database.execute(setSuccess, [id, at(9)])
  assert.equal(await autoPause(database, id, why('it failed'), dead(10), at(20)), seed.workspaceId)
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
  assert.equal(await autoPause(database, id, why('it failed'), dead(10), at(20)), null)
  assert.equal((await findWorkspace(database, { id: seed.workspaceId }))?.configVersion, 1)
  assert.equal(await autoPause(database, id, why('gone'), gone(10), at(20)), seed.workspaceId)
})

test('what a person decided about an endpoint stays', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  for (const status of ['paused', 'disabled', 'deleted'] as const) {
    const { id } = await seed.endpoint({ status, statusReason: 'by hand' })
    assert.equal(await autoPause(database, id, why('it failed'), gone(10), at(20)), null)
  }
  assert.equal((await findWorkspace(database, { id: seed.workspaceId }))?.configVersion, 1)
})

test('an endpoint that was resumed since then stays active, and is paused for what has failed afterwards', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const { id } = await seed.endpoint()
  const { workspaceId } = seed
  const resume = { workspaceId, id, status: 'active', reason: null } as const
  assert.equal(await autoPause(database, id, why('it failed'), dead(10), at(20)), workspaceId)
  await setEndpointStatus(database, { ...resume, now: at(30) })
  // Once more, as when somebody presses the button twice: it is resumed already.
  await setEndpointStatus(database, { ...resume, now: at(60) })
  for (const older of [dead(29), gone(29)]) {
    assert.equal(await autoPause(database, id, why('it failed'), older, at(40)), null)
  }
  assert.equal(await autoPause(database, id, why('it failed'), dead(31), at(50)), workspaceId)
})

test('the read that precedes a pause finds those, and only those, that would be paused', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const questions = []
  for (const status of ['active', 'paused', 'disabled', 'deleted'] as const) {
    for (const success of [null, at(9), at(10), at(11)]) {
      for (const unlessSuccess of [true, false]) {
        for (const resumed of [null, at(9), at(10), at(11)]) {
          const { id: endpointId } = await seed.endpoint({ status })
          if (success) await database.execute(setSuccess, [endpointId, success])
          await database.execute(setResumed, [endpointId, resumed])
          questions.push({ endpointId, since: at(10), unlessSuccess })
        }
      }
    }
  }
  const found = await pausable(database, questions)
  const paused: typeof questions = []
  for (const trouble of questions) {
    if (await autoPause(database, trouble.endpointId, why('it failed'), trouble, at(20))) paused.push(trouble)
  }
  // Where nobody resumed it at that time or later: with 410 whatever succeeded, else where nothing has since.
  assert.equal(paused.length, 2 * (4 + 2))
  assert.deepEqual(found, paused)
  assert.deepEqual(await pausable(database, questions), [])
})
