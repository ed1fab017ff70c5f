import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Pace } from './pace.ts'

const slack = 10

/** When requests are made of which these many milliseconds pass between the arrivals, with timers that come late. */
function requestsAt(pace: Pace, gaps: readonly number[], lateness: readonly number[], perSecond: number): number[] {
  const times: number[] = []
  let arrival = 0
  let now = 0
  for (const [index, gap] of gaps.entries()) {
    arrival += gap
    now = Math.max(now, arrival)
    for (let wait = pace.wait(now, perSecond); wait > 0; wait = pace.wait(now, perSecond)) {
      now += Math.ceil(wait) + (lateness[index] ?? 0)
    }
    pace.take(now, perSecond)
    times.push(now)
  }
  return times
}

const perSecond = fc.oneof(fc.double({ min: 0.01, max: 10, noNaN: true }), fc.integer({ min: 10, max: 10_000 }))
const gaps = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2_000 })), { minLength: 2, maxLength: 150 })
const lateness = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50 })), { maxLength: 150 })

test('over no span are there more requests than the rate allows, but for one and what a late timer may catch up on', () => {
  fc.assert(
    fc.property(perSecond, gaps, lateness, (rate, arrivals, late) => {
      const times = requestsAt(new Pace(), arrivals, late, rate)
      for (const [first, from] of times.entries()) {
        for (let last = first; last < times.length; last++) {
          const span = (times[last] ?? 0) - from
          const allowed = ((span + slack) * rate) / 1_000 + 1
          assert(last - first + 1 <= allowed + 1e-6, `${last - first + 1} requests in ${span} ms at ${rate}/s`)
        }
      }
    }),
  )
})

test('requests that wait for nothing else are made at the rate', () => {
  for (const rate of [0.5, 50, 1_000, 10_000]) {
    const count = rate * 4
    const times = requestsAt(new Pace(), Array(count).fill(0), Array(count).fill(1), rate)
    const took = (times.at(-1) ?? 0) - (times[0] ?? 0)
    assert(took <= 4_000 + count / rate + slack, `${count} requests took ${took} ms`)
  }
})

test('the first request waits for nothing, or for what another node has left', () => {
  assert.equal(new Pace().wait(1_000, 1), 0)
  assert.equal(new Pace(1_500).wait(1_000, 1), 490)
  assert.equal(new Pace(500).wait(1_000, 1), 0)
})

test('a faster rate holds from the next request on, whatever the slower one had in mind', () => {
  const pace = new Pace()
  pace.take(0, 0.01)
  assert.equal(pace.wait(1_000, 0.01), 99_000 - slack)
  assert.equal(pace.wait(1_000, 100), 10)
  assert.equal(pace.wait(1_010, 100), 0)
})

test('a clock that is set back keeps no request waiting for longer than the rate does', () => {
  const pace = new Pace()
  pace.take(3_600_000, 2)
  assert.equal(pace.wait(0, 2), 500)
  assert.equal(pace.wait(500, 2), 0)
})
