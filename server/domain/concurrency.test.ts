import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Concurrency } from './concurrency.ts'

test('an endpoint that nobody knows gets as many requests at once as it takes', () => {
  assert.equal(new Concurrency().limit(20), 20)
})

test('a failure halves the window, down to one request', () => {
  const concurrency = new Concurrency()
  for (const limit of [10, 5, 2, 1, 1]) {
    concurrency.ended(concurrency.start(), false, 20)
    assert.equal(concurrency.limit(20), limit)
  }
})

test('what was in flight when the window was halved does not halve it again', () => {
  const concurrency = new Concurrency()
  const attempts = Array.from({ length: 20 }, () => concurrency.start())
  for (const attempt of attempts) concurrency.ended(attempt, false, 20)
  assert.equal(concurrency.limit(20), 10)
  concurrency.ended(concurrency.start(), false, 20)
  assert.equal(concurrency.limit(20), 5)
})

test('a window of successes makes room for one more, up to what the endpoint takes', () => {
  const concurrency = new Concurrency()
  concurrency.ended(concurrency.start(), false, 8)
  assert.equal(concurrency.limit(8), 4)
  let successes = 0
  for (; concurrency.limit(8) === 4; successes++) concurrency.ended(concurrency.start(), true, 8)
  assert(successes >= 4 && successes <= 5, `${successes} successes`)
  for (let more = 0; more < 100; more++) concurrency.ended(concurrency.start(), true, 8)
  assert.equal(concurrency.limit(8), 8)
  assert.equal(concurrency.limit(3), 3, 'a lower setting holds at once')
})

test('whatever happens, there is room for one request and never for more than the endpoint takes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.boolean(), { maxLength: 200 }), (most, outcomes) => {
      const concurrency = new Concurrency()
      for (const succeeded of outcomes) {
        const before = concurrency.limit(most)
        concurrency.ended(concurrency.start(), succeeded, most)
        const after = concurrency.limit(most)
        assert(after >= 1 && after <= most)
        assert(succeeded ? after >= before && after <= before + 1 : after <= before)
      }
    }),
  )
})
