import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { durationBounds, estimatePercentile } from './attempt-duration.ts'

const someDurations = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 200 })
const someShare = fc.double({ min: 0, max: 1, noNaN: true })

function countsOf(durations: readonly number[]): number[] {
  return durationBounds.map((bound) => durations.filter((duration) => duration <= bound).length)
}

test('bounds rise, each less than twice the one before, but for the first two', () => {
  for (const [index, bound] of durationBounds.slice(1).entries()) {
    const before = durationBounds[index] ?? 0
    assert(bound > before && bound <= before * 2, `${before} ${bound}`)
  }
})

test('an estimate lies between the same two bounds as the true percentile', () => {
  fc.assert(
    fc.property(someDurations, someShare, (durations, share) => {
      const sorted = durations.toSorted((a, b) => a - b)
      const truth = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
      const upper = durationBounds.find((bound) => truth <= bound) ?? 0
      const lower = durationBounds[durationBounds.indexOf(upper) - 1] ?? 0
      const estimate = estimatePercentile(countsOf(durations), durations.length, share)
      assert(estimate !== null && estimate >= lower && estimate <= upper, `${estimate}, and the truth is ${truth}`)
    }),
  )
})

test('a greater share never has a smaller estimate', () => {
  fc.assert(
    fc.property(someDurations, someShare, someShare, (durations, one, other) => {
      const counts = countsOf(durations)
      const [lesser, greater] = [Math.min(one, other), Math.max(one, other)]
      const [low, high] = [lesser, greater].map((share) => estimatePercentile(counts, durations.length, share) ?? -1)
      assert((low ?? 0) <= (high ?? 0))
    }),
  )
})

test('nothing has no percentile, and what took longer than all bounds counts as the last one', () => {
  assert.equal(estimatePercentile(countsOf([]), 0, 0.5), null)
  assert.equal(estimatePercentile(countsOf([31_000, 40_000]), 2, 0.5), 30_000)
  // A hundred between 50 and 80 ms are taken to be spread evenly.
  assert.equal(estimatePercentile(countsOf(Array(100).fill(60)), 100, 0.5), 65)
})
