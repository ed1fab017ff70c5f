import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signInSecrets } from './sign-in-secret.ts'

test('a new master key leaves the secret of the old one as it was', () => {
  const [old] = signInSecrets('old')
  const [newest, second, ...more] = signInSecrets('new, old')
  assert.deepEqual([second, more], [old, []])
  assert.notEqual(newest?.value, old?.value)
  assert.notEqual(newest?.version, old?.version)
  assert.equal(old?.value.includes('old'), false)
  assert.equal(Buffer.from(old?.value ?? '', 'base64url').length, 32)
})
