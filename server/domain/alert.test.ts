import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mailKind, nextMailTry } from './alert.ts'

test('what a mail tells depends on what the one before has told', () => {
  assert.equal(mailKind({ state: 'open', mailedState: null }), 'opened')
  assert.equal(mailKind({ state: 'recovered', mailedState: null }), 'opened')
  assert.equal(mailKind({ state: 'recovered', mailedState: 'open' }), 'recovered')
  assert.equal(mailKind({ state: 'open', mailedState: 'open' }), 'digest')
  assert.equal(mailKind({ state: 'open', mailedState: 'recovered' }), 'digest')
  assert.equal(mailKind({ state: 'recovered', mailedState: 'recovered' }), 'digest')
})

test('a mail is tried after 1, 4 and 16 minutes, then every hour, for three days', () => {
  const queuedAt = new Date('2026-01-15T00:00:00Z')
  const waits: number[] = []
  let now = queuedAt
  for (let tries = 1; ; tries++) {
    const next = nextMailTry(tries, queuedAt, now)
    if (next === null) break
    waits.push((next.getTime() - now.getTime()) / 60_000)
    now = next
  }
  assert.deepEqual(waits.slice(0, 5), [1, 4, 16, 60, 60])
  assert.equal(waits.length, 74)
  assert(now.getTime() > queuedAt.getTime() + 71 * 3_600_000 && now <= new Date('2026-01-18T00:00:00Z'))
})
