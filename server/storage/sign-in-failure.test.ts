import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { createTestDatabase } from '../testing/database.ts'
import { countSignInFailure, findSignInFailures } from './sign-in-failure.ts'

test('failures of several accounts at once are counted anew after a day, and those of others forgotten', async (t) => {
  const { database } = await createTestDatabase(t)
  const [idle, ...accounts] = ['idle', 'a', 'b', 'c', 'd'].map((name) => hash('sha256', name, 'buffer'))
  assert(idle)
  const begin = Date.parse('2026-06-01T00:00:00Z')
  await countSignInFailure(database, idle, new Date(begin))
  for (let round = 1; round <= 50; round++) {
    const now = new Date(begin + round * 86_400_001)
    await Promise.all(accounts.map((account) => countSignInFailure(database, account, now)))
    const found = await Promise.all(accounts.map((account) => findSignInFailures(database, account)))
    assert.deepEqual(
      found.map((each) => each?.failures),
      [1, 1, 1, 1],
    )
  }
  assert.equal(await findSignInFailures(database, idle), null)
})
