import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Arrivals } from './arrivals.ts'

test('a report counts what arrived within its window and paths, and tells repetitions apart from losses', () => {
  const arrivals = new Arrivals()
  for (let i = 0; i < 300_000; i++) arrivals.add(i, i % 100 === 99 ? 9000 : 1000, i % 3, i)
  arrivals.add(300_000, 1000, 0, 0)
  arrivals.add(300_001, 1000, 1, 0)

  const all = arrivals.report(0, Number.POSITIVE_INFINITY, null)
  assert.equal(all.received, 300_002)
  assert.equal(all.unique, 300_001)
  assert.deepEqual([all.p50, all.p99, all.max], [1, 1, 9])
  const part = arrivals.report(30, 60, new Set([0, 1]))
  assert.deepEqual([part.received, part.unique, part.firstAt, part.lastAt], [20, 20, 30, 58])
})

test('a report of nothing is all zeros', () => {
  assert.deepEqual(new Arrivals().report(0, 1, null), {
    received: 0,
    unique: 0,
    firstAt: 0,
    lastAt: 0,
    p50: 0,
    p99: 0,
    max: 0,
  })
})
