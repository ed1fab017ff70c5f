import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Outcome } from './attempt.ts'
import { type DeadLetterReason, isWaiting, type Progress, replay, settle, shownState } from './delivery.ts'

const start = Date.UTC(2026, 0, 1)
const schedule = [10, 30, 60]

interface Story extends Progress {
  readonly deadLetterReason: DeadLetterReason | null
}

function pending(at: number): Story {
  return {
    ...{ state: 'pending', attemptCount: 0, cycleAttempts: 0, firstAttemptAt: null, deadLetterReason: null },
    ...{ nextAttemptAt: new Date(at), scheduledRetryAt: null },
  }
}

interface Try {
  readonly outcome: Outcome
  readonly at: number
  readonly tookMs?: number
  readonly retryAfterSeconds?: number | null
  readonly random?: number
}

/** What storage makes of an attempt: the settlement, one more attempt, and no replay in between any more. */
function attempted(delivery: Progress, given: Try, retries: readonly number[] = schedule): Story {
  const { outcome, at, tookMs = 0, retryAfterSeconds = null, random = 0 } = given
  const attempt = { outcome, startedAt: new Date(at), endedAt: new Date(at + tookMs), retryAfterSeconds }
  const settlement = settle(delivery, attempt, retries, random)
  return { ...settlement, attemptCount: delivery.attemptCount + 1, scheduledRetryAt: null }
}

/** And of a replay: what waits again is no dead letter. */
function replayed(delivery: Progress, at: number): Story {
  return { ...replay(delivery, new Date(at)), attemptCount: delivery.attemptCount, deadLetterReason: null }
}

test('a delivery goes through its schedule and is then dead-lettered', () => {
  let delivery = pending(start)
  const dues: (number | undefined)[] = []
  for (let attempt = 0; attempt <= schedule.length; attempt++) {
    delivery = attempted(delivery, { outcome: 'retry', at: delivery.nextAttemptAt?.getTime() ?? 0 })
    dues.push(delivery.nextAttemptAt?.getTime())
  }
  assert.deepEqual(dues, [start + 10_000, start + 30_000, start + 60_000, undefined])
  assert.deepEqual([delivery.state, delivery.deadLetterReason], ['dead_letter', 'retries_exhausted'])
  assert.equal(delivery.attemptCount, 4)
})

test('a success delivers and giving up dead-letters, at once', () => {
  assert.equal(attempted(pending(start), { outcome: 'success', at: start }).state, 'delivered')
  const givenUp = attempted(pending(start), { outcome: 'give_up', at: start })
  assert.deepEqual([givenUp.state, givenUp.nextAttemptAt, givenUp.deadLetterReason], ['dead_letter', null, 'rejected'])
})

test('Retry-After moves the next attempt', () => {
  const delivery = attempted(pending(start), { outcome: 'retry', at: start, retryAfterSeconds: 45 })
  assert.equal(delivery.nextAttemptAt?.getTime(), start + 45_000)
})

test('replaying a settled delivery begins a new cycle, with its whole schedule, and goes on counting attempts', () => {
  let delivery = pending(start)
  while (isWaiting(delivery.state)) {
    delivery = attempted(delivery, { outcome: 'retry', at: delivery.nextAttemptAt?.getTime() ?? 0 })
  }
  const later = start + 3_600_000
  delivery = replayed(delivery, later)
  assert.deepEqual(delivery, { ...pending(later), attemptCount: 4 })
  delivery = attempted(delivery, { outcome: 'retry', at: later })
  assert.deepEqual(delivery, {
    ...{ state: 'retrying', attemptCount: 5, cycleAttempts: 1, firstAttemptAt: new Date(later) },
    ...{ nextAttemptAt: new Date(later + 10_000), scheduledRetryAt: null, deadLetterReason: null },
  })
})

test('replaying what is about to be attempted, or is being replayed already, changes nothing', () => {
  const fresh = pending(start)
  assert.deepEqual(replayed(fresh, start), fresh)
  const waiting = attempted(fresh, { outcome: 'retry', at: start })
  const once = replayed(waiting, start + 2_000)
  assert.deepEqual(replayed(once, start + 3_000), once)
  // A second request may be served by a node whose clock is behind.
  assert.deepEqual(replayed(once, start + 1_000), once)
})

const outcome = fc.constantFrom<Outcome[]>('success', 'retry', 'give_up')
const failure = fc.constantFrom<Outcome[]>('retry', 'give_up')
const retries = fc
  .uniqueArray(fc.integer({ min: 1, max: 172_800 }), { maxLength: 12 })
  .map((seconds) => seconds.sort((a, b) => a - b))
const duration = fc.integer({ min: 0, max: 30_000 })
const random = fc.double({ min: 0, max: 0.999, noNaN: true })

interface Retry {
  readonly tookMs: number
  readonly random: number
  /** Replays between this attempt and the next: when in the gap, from 0 to 1, and how the attempt that they cause fails. */
  readonly replays: readonly { readonly when: number; readonly outcome: Outcome; readonly tookMs: number }[]
}

const retry: fc.Arbitrary<Retry> = fc.record({
  tookMs: duration,
  random,
  replays: fc.array(
    fc.record({ when: fc.double({ min: 0, max: 0.999, noNaN: true }), outcome: failure, tookMs: duration }),
    {
      maxLength: 3,
    },
  ),
})

/** A cycle of failures, with or without the replays; gives when each attempt of the schedule was due, and the end. */
function cycle(seconds: readonly number[], steps: readonly Retry[], withReplays: boolean): unknown {
  let delivery = pending(start)
  const dues: unknown[] = []
  for (const step of steps) {
    if (!isWaiting(delivery.state)) break
    const due = delivery.nextAttemptAt?.getTime() ?? Number.NaN
    delivery = attempted(delivery, { outcome: 'retry', at: due, ...step }, seconds)
    dues.push(delivery.nextAttemptAt?.getTime())
    for (const { when, ...more } of withReplays ? step.replays : []) {
      if (!delivery.nextAttemptAt) break
      const ended = due + step.tookMs
      const at = ended + (delivery.nextAttemptAt.getTime() - ended) * when
      delivery = attempted(replayed(delivery, at), { at, ...more }, seconds)
    }
  }
  const { state, cycleAttempts, nextAttemptAt, scheduledRetryAt } = delivery
  return { dues, state, cycleAttempts, nextAttemptAt, scheduledRetryAt }
}

test('a manual replay never disturbs scheduled retries', () => {
  fc.assert(
    fc.property(retries, fc.array(retry, { minLength: 1, maxLength: 14 }), (seconds, steps) => {
      assert.deepEqual(cycle(seconds, steps, true), cycle(seconds, steps, false))
    }),
  )
})

test('whatever happens, a delivery waits with a time or is settled with a reason', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('replay' as const), after: fc.integer({ min: 0, max: 200_000_000 }) }),
    fc.record({
      ...{ kind: fc.constant('attempt' as const), outcome, tookMs: duration, random },
      retryAfterSeconds: fc.option(fc.integer({ min: 0, max: 100_000 })),
    }),
  )
  fc.assert(
    fc.property(retries, fc.array(step, { maxLength: 40 }), (seconds, steps) => {
      let delivery = pending(start)
      let now = start
      for (const given of steps) {
        const before = delivery
        if (given.kind === 'replay') {
          now += given.after
          delivery = replayed(before, now)
          assert(isWaiting(delivery.state), 'a replayed delivery waits')
          if (delivery.nextAttemptAt && delivery !== before) assert(delivery.nextAttemptAt.getTime() <= now)
        } else if (isWaiting(before.state)) {
          now = Math.max(now, before.nextAttemptAt?.getTime() ?? 0)
          delivery = attempted(before, { at: now, ...given }, seconds)
          now += given.tookMs
          const manual = before.scheduledRetryAt !== null
          const spent = before.cycleAttempts >= seconds.length
          const failed = manual ? 'retrying' : given.outcome === 'give_up' || spent ? 'dead_letter' : 'retrying'
          assert.equal(delivery.state, given.outcome === 'success' ? 'delivered' : failed)
          if (!manual && delivery.nextAttemptAt) assert(delivery.nextAttemptAt.getTime() >= now)
        }
        const reason = given.kind === 'attempt' && given.outcome === 'give_up' ? 'rejected' : 'retries_exhausted'
        if (delivery !== before)
          assert.equal(delivery.deadLetterReason, delivery.state === 'dead_letter' ? reason : null)
        assert.equal(delivery.nextAttemptAt !== null, isWaiting(delivery.state))
        assert(delivery.cycleAttempts <= seconds.length + 1)
        assert(delivery.cycleAttempts <= delivery.attemptCount)
      }
    }),
  )
})

test('what is shown follows from the state, the endpoint and whether a node has it in hand', () => {
  const waiting = { state: 'retrying', owner: 0 } as const
  assert.equal(shownState(waiting, 'active'), 'retrying')
  assert.equal(shownState({ ...waiting, owner: 7 }, 'active'), 'delivering')
  assert.equal(shownState(waiting, 'paused'), 'held')
  assert.equal(shownState({ ...waiting, owner: 7 }, 'disabled'), 'held')
  assert.equal(shownState(waiting, 'deleted'), 'canceled')
  for (const state of ['delivered', 'dead_letter', 'canceled'] as const) {
    for (const status of ['active', 'paused', 'disabled', 'deleted'] as const) {
      assert.equal(shownState({ state, owner: 0 }, status), state)
    }
  }
})
