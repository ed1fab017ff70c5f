import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { SequenceGuard, type SequenceState, type SequenceVerdict } from './sequence-guard.ts'

interface Vector {
  readonly name: string
  readonly state: SequenceState
  readonly steps: readonly { readonly sequence: number; readonly verdict: SequenceVerdict }[]
  readonly after: SequenceState
}

const file = new URL('../../sequence-vectors.json', import.meta.url)
const { vectors, unsound } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[]; unsound: SequenceState[] }

for (const { name, state, steps, after } of vectors) {
  test(`vector: ${name}`, () => {
    const guard = new SequenceGuard(state)
    for (const { sequence, verdict } of steps) {
      assert.equal(guard.judge(sequence), verdict, `judging ${sequence}`)
      assert.equal(guard.record(sequence), verdict, `recording ${sequence}`)
    }
    assert.deepEqual(JSON.parse(JSON.stringify(guard)), after)
    assert.deepEqual(guard.gaps, after.gaps)
  })
}

test('whatever arrives in whatever order, it says what one would say who remembers every number', () => {
  const numbers = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 200 })
  fc.assert(
    fc.property(numbers, fc.integer({ min: 0, max: 200 }), (sequences, savedAt) => {
      let guard = new SequenceGuard()
      const seen = new Set<number>()
      for (const [index, sequence] of sequences.entries()) {
        if (index === savedAt) guard = new SequenceGuard(JSON.parse(JSON.stringify(guard)))
        const highest = Math.max(0, ...seen)
        const expected =
          sequence === 0
            ? 'test'
            : seen.has(sequence)
              ? 'repeat'
              : sequence < highest
                ? 'late'
                : sequence === highest + 1
                  ? 'next'
                  : 'ahead'
        assert.equal(guard.record(sequence), expected)
        if (sequence > 0) seen.add(sequence)
      }
      const missing = guard.gaps.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, n) => from + n))
      const all = Array.from({ length: Math.max(0, ...seen) }, (_, n) => n + 1)
      assert.deepEqual(
        missing,
        all.filter((number) => !seen.has(number)),
      )
    }),
  )
})

test('of more gaps than it remembers it gives up the oldest, and says so', () => {
  const guard = new SequenceGuard()
  for (let sequence = 2; sequence <= 2 * 1_001; sequence += 2) assert.equal(guard.record(sequence), 'ahead')
  assert.equal(guard.gaps.length, 1_000)
  assert.equal(guard.judge(1), 'unknown')
  assert.equal(guard.judge(2), 'repeat')
  assert.equal(guard.judge(3), 'late')
  assert.equal(guard.record(1_000_000), 'ahead')
  assert.equal(guard.record(500_000), 'late')
  assert.equal(guard.gaps.length, 1_000)
  assert.equal(guard.judge(5), 'unknown')
  assert.equal(guard.judge(7), 'late')
  assert.equal(JSON.parse(JSON.stringify(guard)).unknown, 5)
})

test('a guard for an older endpoint begins after a number', () => {
  const guard = SequenceGuard.after(41)
  assert.equal(guard.record(42), 'next')
  assert.equal(guard.record(41), 'unknown')
})

test('what is no number, and no state, is refused', () => {
  const guard = new SequenceGuard()
  for (const bad of [-1, 1.5, Number.NaN, 2 ** 53, '1' as unknown as number]) {
    assert.throws(() => guard.record(bad), RangeError, String(bad))
  }
  for (const state of unsound) assert.throws(() => new SequenceGuard(state), RangeError, JSON.stringify(state))
})
