import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { durationBounds } from './attempt-duration.ts'
import { answerableTimes, counted, durationPercentile, sampledMinute, successRate, thinnedUntil } from './statistics.ts'

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
const now = Date.parse('2026-03-10T12:34:56.789Z')
const at = (text: string): number => Date.parse(`2026-${text}Z`)
const fresh = { now, sampledAt: sampledMinute(now), retention: 30 * day }
const shown = (times: readonly (number | null)[]) =>
  times.map((time) => (time === null ? 'now' : new Date(time).toISOString().slice(5, 16)))

test('within a day times are full minutes, and the end is now', () => {
  const times = answerableTimes({ since: at('03-10T12:30:30'), until: now, step: 60_000 }, fresh)
  assert.deepEqual(shown(times), ['03-10T12:30', '03-10T12:31', '03-10T12:32', '03-10T12:33', '03-10T12:34', 'now'])
})

test('before a day ago times are full hours, so a series gets as coarse as its samples', () => {
  const question = { since: at('03-09T10:50:00'), until: at('03-09T13:10:00'), step: 30 * minute }
  assert.deepEqual(shown(answerableTimes(question, fresh)), [
    ...['03-09T10:00', '03-09T11:00', '03-09T12:00', '03-09T13:00', '03-09T13:10'],
  ])
})

test('nothing is answered for the time before the retention, nor for minutes without samples yet', () => {
  const all = { since: 0, until: now, step: null }
  assert.deepEqual(shown(answerableTimes(all, fresh)), ['02-08T13:00', 'now'])
  const late = { ...fresh, sampledAt: sampledMinute(now) - 3 * minute }
  const recent = { since: now - 2 * minute, until: now, step: 60_000 }
  assert.deepEqual(shown(answerableTimes(recent, late)), ['03-10T12:31', 'now'])
  const gone = { since: 0, until: hour, step: 60 * minute }
  assert.deepEqual(shown(answerableTimes(gone, fresh)), ['02-08T13:00', '02-08T13:00'])
})

test('times rise, and each is one for which thinned samples still know the truth', () => {
  const time = fc.integer({ min: now - 40 * day, max: now })
  fc.assert(
    fc.property(time, time, fc.integer({ min: 1, max: 3_000 }), (one, other, minutes) => {
      const question = { since: Math.min(one, other), until: Math.max(one, other), step: minutes * minute }
      fc.pre((question.until - question.since) / question.step <= 500)
      const times = answerableTimes(question, fresh).map((bound) => bound ?? now)
      for (const [index, bound] of times.entries()) {
        if (index > 0 && index < times.length - 1) assert(bound > (times[index - 1] ?? 0))
        if (bound <= thinnedUntil(now)) assert.equal(bound % hour, 0)
        assert(bound % minute === 0 || bound === now)
      }
      assert((times.at(-1) ?? 0) >= (times.at(-2) ?? 0))
    }),
  )
})

test('what happened is the difference, and rates of nothing are null', () => {
  const durations = durationBounds.map(() => 0)
  const before = { succeeded: 5, failed: 1, delivered: 5, deadLettered: 0, durations }
  const after = { succeeded: 8, failed: 2, delivered: 8, deadLettered: 1, durations: durations.map(() => 4) }
  const between = counted(before, after)
  assert.deepEqual(
    [between.succeeded, between.failed, between.delivered, between.deadLettered, between.durations[0]],
    [3, 1, 3, 1, 4],
  )
  assert.equal(successRate(between), 0.75)
  assert.equal(durationPercentile(between, 0.99), 1)
  const nothing = counted(before, before)
  assert.deepEqual([successRate(nothing), durationPercentile(nothing, 0.5)], [null, null])
})
