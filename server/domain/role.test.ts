import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAtLeast, roles, scopesOfRole } from './role.ts'

test('each role may do what those before it may', () => {
  for (const [index, role] of roles.entries()) {
    for (const [other, wanted] of roles.entries()) assert.equal(isAtLeast(role, wanted), index >= other)
  }
  assert.deepEqual(scopesOfRole('viewer'), ['read'])
  for (const role of ['member', 'admin', 'owner'] as const) {
    assert.deepEqual(scopesOfRole(role), ['publish', 'read', 'manage'])
  }
})
