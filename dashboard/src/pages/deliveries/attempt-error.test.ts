import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainAttempt } from './attempt-error.ts'

test('every error says what happened and what to do', () => {
  const errors = ['timeout', 'dns', 'refused', 'reset', 'tls', 'blocked_address', 'redirect', 'status'] as const
  for (const error of [...errors, 'response_rejected', 'internal'] as const) {
    const told = explainAttempt({ error, response: null })
    assert(told && told.what.length > 10 && told.advice.length > 10, error)
  }
  const response = { status: 404, headers: {}, body: '', truncated: false }
  assert.match(explainAttempt({ error: 'status', response })?.what ?? '', /404/)
  assert.match(explainAttempt({ error: 'status', response })?.advice ?? '', /path/)
  assert.equal(explainAttempt({ error: null, response: { ...response, status: 200 } }), null)
})
