import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextLook } from './next-look.ts'

const now = 1_700_000_000_000
const delivery = (state: string, dueInMs: number | null = null) => ({
  state,
  next_attempt_at: dueInMs === null ? null : new Date(now + dueInMs).toISOString(),
})

test('what is settled is not looked at again, and what moves is until it is settled', () => {
  assert.equal(nextLook([], now, now), false)
  assert.equal(
    nextLook(
      ['delivered', 'dead_letter', 'canceled'].map((state) => delivery(state)),
      now,
      now,
    ),
    false,
  )
  for (const state of ['pending', 'delivering', 'retrying']) {
    assert.equal(nextLook([delivery('delivered'), delivery(state)], now, now), 1_000)
  }
})

test('a look comes when the attempt is due, and slowly while that is far away', () => {
  assert.equal(nextLook([delivery('retrying', 4_000)], now, now), 4_500)
  assert.equal(nextLook([delivery('retrying', 7_200_000)], now, now), 30_000)
  assert.equal(nextLook([delivery('retrying', 7_200_000), delivery('retrying', 10_000)], now, now), 10_500)
  assert.equal(nextLook([delivery('held')], now, now), 30_000)
})

test('the longer nothing changes, the more seldom the looks', () => {
  assert.equal(nextLook([delivery('delivering')], now - 2_000, now), 1_000)
  assert.equal(nextLook([delivery('delivering')], now - 20_000, now), 5_000)
  assert.equal(nextLook([delivery('pending', -3_600_000)], now - 3_600_000, now), 30_000)
  // It has become due just now.
  assert.equal(nextLook([delivery('retrying', -400)], now - 3_600_000, now), 1_000)
})
