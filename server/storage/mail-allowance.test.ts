import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { createTestDatabase } from '../testing/database.ts'
import { takeMailAllowance } from './mail-allowance.ts'

test('so many are given for a key in its period, and then none until it is over, whatever periods others have', async (t) => {
  const { database } = await createTestDatabase(t)
  const begin = Date.parse('2026-06-01T00:00:00Z')
  const take = (key: string, at: number, period = 60_000) =>
    takeMailAllowance(database, hash('sha256', key, 'buffer'), { most: 2, period, now: new Date(begin + at) })
  const all = await Promise.all(Array.from({ length: 5 }, () => take('a', 0)))
  assert.deepEqual(all.toSorted(), [0, 0, 60_000, 60_000, 60_000])
  assert.deepEqual([await take('long', 0, 600_000), await take('long', 0, 600_000)], [0, 0])
  assert.equal(await take('b', 59_000, 1_000), 0)
  assert.equal(await take('a', 59_999), 1)
  assert.deepEqual([await take('a', 60_000), await take('a', 60_000), await take('a', 60_000)], [0, 0, 60_000])
  assert.equal(await take('long', 61_000, 600_000), 539_000, 'what is over of others is not over here')
  const left = await database.query({ name: 'left', text: 'select from mail_allowances' })
  assert.equal(left.length, 2, 'of what is over nothing is kept')
})

test('whoever asks at the same time forgets what is over without waiting for the others', async (t) => {
  const { database } = await createTestDatabase(t)
  const keys = ['a', 'b', 'c', 'd'].map((key) => hash('sha256', key, 'buffer'))
  for (let round = 0; round < 50; round++) {
    const limit = { most: 1, period: 1_000, now: new Date(Date.parse('2026-06-01T00:00:00Z') + round * 1_000) }
    const waits = await Promise.all(keys.map((key) => takeMailAllowance(database, key, limit)))
    assert.deepEqual(waits, [0, 0, 0, 0])
  }
})
