import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createTestDatabase } from '../testing/database.ts'
import { newId, Seed } from '../testing/seed.ts'
import { findPortalSessionByHash, insertPortalSession, purgePortalSessions } from './portal-session.ts'

test('a session is found by the hash of its token, and forgotten once it has expired', async (t) => {
  const { database } = await createTestDatabase(t)
  const { workspaceId } = await Seed.plant(database)
  const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds))
  const plant = async (seconds: number) => {
    const hash = randomBytes(32)
    const actor = { id: 'usr_42', name: null }
    const session = { id: newId(), workspaceId, actor, expiresAt: at(seconds), createdAt: at(0) }
    await insertPortalSession(database, session, hash)
    return { hash, session }
  }
  const [early, late] = [await plant(10), await plant(20)]
  assert.deepEqual(await findPortalSessionByHash(database, early.hash), early.session)
  assert.equal(await findPortalSessionByHash(database, randomBytes(32)), null)
  assert.equal(await purgePortalSessions(database, at(9)), 0)
  assert.equal(await purgePortalSessions(database, at(10)), 1)
  assert.equal(await findPortalSessionByHash(database, early.hash), null)
  assert.deepEqual(await findPortalSessionByHash(database, late.hash), late.session)
})
