import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signInPause } from './sign-in-pause.ts'

test('typing it wrong a few times costs nothing, guessing costs more and more, and nobody is locked out for a day', () => {
  assert.deepEqual([0, 4, 5, 6, 10].map(signInPause), [0, 0, 2_000, 4_000, 64_000])
  assert.equal(signInPause(1_000_000), 900_000)
})
