import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  defaultRetrySchedule,
  judgeSchedule,
  nextAttemptAt,
  parseRetryAfter,
  type RetryQuestion,
} from './retry-schedule.ts'

const start = Date.UTC(2026, 0, 15, 12)
const day = 86_400

/** After a first attempt that failed at once, without jitter, unless said otherwise. */
function ask(question: Partial<RetryQuestion>): number | null {
  return nextAttemptAt({
    schedule: defaultRetrySchedule,
    retriesDone: 0,
    firstAttemptAt: start,
    now: start,
    retryAfterSeconds: null,
    random: 0,
    ...question,
  })
}

const anySchedule = fc
  .uniqueArray(fc.integer({ min: 1, max: 7 * day }), { minLength: 1, maxLength: 20 })
  .map((seconds) => seconds.toSorted((a, b) => a - b))
const anyRandom = fc.nat(999_999_999).map((part) => part / 1e9)
const anyElapsed = fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 8 * day * 1000 }))
const anyWait = fc.option(fc.oneof(fc.double(), fc.integer({ min: -10, max: 2 * day })))

test('the default schedule retries nine times over 48 hours after the first attempt', () => {
  const due: number[] = []
  let now = start
  for (;;) {
    const next = ask({ retriesDone: due.length, now })
    if (next === null) break
    due.push((next - start) / 1000)
    now = next
  }
  assert.deepEqual(due, [10, 30, 60, 300, 1800, 7200, 43_200, 86_400, 172_800])
})

test('jitter adds up to a tenth, and at most five minutes', () => {
  assert.equal(ask({ random: 0.5 }), start + 10_500)
  assert.equal(ask({ retriesDone: 8, random: 0.999 }), start + 172_800_000 + 299_700)
})

test('a retry whose time has passed comes after five seconds, or after the gap if that is shorter', () => {
  assert.equal(ask({ now: start + 20_000 }), start + 25_000)
  assert.equal(ask({ retriesDone: 7, now: start + 3 * day * 1000 }), start + 3 * day * 1000 + 5000)
  assert.equal(ask({ schedule: [1, 3], retriesDone: 1, now: start + 60_000 }), start + 62_000)
})

test('a retry whose time is about to come leaves the same rest', () => {
  assert.equal(ask({ now: start + 9_999 }), start + 14_999)
})

test('Retry-After moves a retry later, never earlier, and by 24 hours at most', () => {
  assert.equal(ask({ retryAfterSeconds: 120 }), start + 120_000)
  assert.equal(ask({ retryAfterSeconds: 3 }), start + 10_000)
  assert.equal(ask({ retryAfterSeconds: 30 * day }), start + day * 1000)
  assert.equal(ask({ retryAfterSeconds: Number.POSITIVE_INFINITY }), start + day * 1000)
  for (const ignored of [-1, 0, Number.NaN, Number.NEGATIVE_INFINITY]) {
    assert.equal(ask({ retryAfterSeconds: ignored }), start + 10_000)
  }
})

test('Retry-After does not give a delivery another retry', () => {
  assert.equal(ask({ retriesDone: 9, retryAfterSeconds: 60 }), null)
  assert.equal(ask({ schedule: [] }), null)
})

test('any retry is a whole millisecond, after now, not before its time, and within its bounds', () => {
  fc.assert(
    fc.property(
      anySchedule,
      fc.nat(20),
      anyElapsed,
      anyWait,
      anyRandom,
      (schedule, retriesDone, elapsed, wait, random) => {
        const now = start + elapsed
        const next = ask({ schedule, retriesDone, now, retryAfterSeconds: wait, random })
        const offset = schedule[retriesDone]
        if (offset === undefined) return assert.equal(next, null)
        assert.ok(next !== null && Number.isInteger(next))
        assert.ok(next >= now + 1000)
        assert.ok(next >= start + offset * 1000)
        const asked = wait !== null && wait > 0 ? Math.min(wait, day) : 0
        const latest = Math.max(start + (offset + Math.min(offset / 10, 300)) * 1000, now + 5000, now + asked * 1000)
        assert.ok(next <= Math.ceil(latest))
      },
    ),
  )
})

test('a retry never moves forward when time, the wait or the retries done grow', () => {
  fc.assert(
    fc.property(
      anySchedule,
      fc.nat(19),
      anyElapsed,
      fc.nat(100_000),
      fc.nat(2 * day),
      fc.nat(2 * day),
      anyRandom,
      (...given) => {
        const [schedule, retriesDone, elapsed, later, wait, longer, random] = given
        const now = start + elapsed
        const next = ask({ schedule, retriesDone, now, retryAfterSeconds: wait, random })
        if (next === null) return
        const atLeast = (question: Partial<RetryQuestion>) => {
          const other = ask({ schedule, retriesDone, now, retryAfterSeconds: wait, random, ...question })
          assert.ok(other !== null && other >= next)
        }
        atLeast({ now: now + later })
        atLeast({ retryAfterSeconds: wait + longer })
        if (retriesDone + 1 < schedule.length) atLeast({ retriesDone: retriesDone + 1, now: next })
      },
    ),
  )
})

test('schedules that rise within seven days are fine, the default and the empty one too', () => {
  assert.deepEqual(judgeSchedule(defaultRetrySchedule), { ok: true })
  assert.deepEqual(judgeSchedule([]), { ok: true })
  fc.assert(fc.property(anySchedule, (schedule) => assert.deepEqual(judgeSchedule(schedule), { ok: true })))
})

test('a schedule with a fault is refused with the place of the first one', () => {
  const cases: readonly (readonly [schedule: number[], index: number, reason: RegExp])[] = [
    [[10, 10], 1, /later/],
    [[10, 30, 20], 2, /later/],
    [[0], 0, /whole number/],
    [[-5], 0, /whole number/],
    [[1.5], 0, /whole number/],
    [[Number.NaN], 0, /whole number/],
    [[60, 7 * day + 1], 1, /7 days/],
    [Array.from({ length: 21 }, (_, index) => index + 1), 20, /20/],
  ]
  for (const [schedule, index, reason] of cases) {
    const judgement = judgeSchedule(schedule)
    assert.ok(!judgement.ok)
    assert.equal(judgement.index, index)
    assert.match(judgement.reason, reason)
  }
})

test('Retry-After is read as seconds or as a date in each of the three forms', () => {
  const now = Date.UTC(1994, 10, 6, 8, 49, 30)
  assert.equal(parseRetryAfter('120', now), 120)
  assert.equal(parseRetryAfter(' 0 ', now), 0)
  assert.equal(parseRetryAfter('Sun, 06 Nov 1994 08:49:37 GMT', now), 7)
  assert.equal(parseRetryAfter('Sunday, 06-Nov-94 08:49:37 GMT', now), 7)
  assert.equal(parseRetryAfter('Sun Nov  6 08:49:37 1994', now), 7)
  assert.equal(parseRetryAfter('Sun, 06 Nov 1994 08:49:00 GMT', now), 0)
  assert.equal(parseRetryAfter('Sunday, 06-Nov-94 08:49:37 GMT', Date.UTC(2026, 0, 1)), 0)
  assert.equal(parseRetryAfter('Thursday, 01-Jan-26 00:01:00 GMT', Date.UTC(2026, 0, 1)), 60)
})

test('a Retry-After that is neither is ignored', () => {
  const others = ['', '-1', '1.5', '1e3', '0x10', '120s', 'soon', 'Sun, 06 Nov 1994', 'Sun, 99 Nov 1994 08:49:37 GMT']
  for (const header of [undefined, ...others]) assert.equal(parseRetryAfter(header, start), null, header)
})

test('any date that a receiver formats is read back to the second', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), (seconds) => {
      assert.equal(parseRetryAfter(new Date(start + seconds * 1000).toUTCString(), start), seconds)
    }),
  )
})
