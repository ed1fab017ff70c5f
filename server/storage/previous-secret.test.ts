import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestDatabase } from '../testing/database.ts'
import { newId, Seed, testSealing } from '../testing/seed.ts'
import { findEndpoint } from './endpoint.ts'
import { endPreviousSecrets, purgePreviousSecrets, replaceSecret } from './previous-secret.ts'

test('previous secrets come back newest first, and expired ones are forgotten', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [endpoint, other] = [await seed.endpoint(), await seed.endpoint()]
  const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds))
  const rotate = async (secret: string, previous: string, seconds: number, which = endpoint) => {
    const replaced = { id: newId(), secret: previous, expiresAt: at(seconds) }
    await replaceSecret(database, { ...which, secret, updatedAt: at(0) }, replaced, testSealing)
  }
  const secrets = async ({ id } = endpoint) => {
    const stored = await findEndpoint(database, seed.workspaceId, id, testSealing.keyring)
    return [stored?.secret, ...(stored?.previousSecrets.map((each) => each.secret) ?? [])]
  }
  await rotate('b', 'a', 10)
  await rotate('c', 'b', 20)
  await rotate('y', 'x', 20, other)
  assert.deepEqual(await secrets(), ['c', 'b', 'a'])
  assert.equal(await purgePreviousSecrets(database, at(9)), 0)
  assert.equal(await purgePreviousSecrets(database, at(10)), 1)
  assert.deepEqual(await secrets(), ['c', 'b'])
  assert.equal(await endPreviousSecrets(database, endpoint.id), 1)
  assert.deepEqual(await secrets(), ['c'])
  assert.deepEqual(await secrets(other), ['y', 'x'])
})
