import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findJsonFault } from './json-fault.ts'

test('a fault in JSON is told with its line and column', () => {
  assert.equal(findJsonFault('{"a": [1, 2, {"b": null}]}'), null)
  const missing = findJsonFault('{\n  "a": 1\n  "b": 2\n}')
  assert.match(missing?.message ?? '', /^Line 3, column 3: Expected/)
  assert.equal(missing?.offset, 13)
  const unfinished = findJsonFault('{"a": ')
  assert.match(unfinished?.message ?? '', /^Line 1, column 7: Unexpected end of JSON input\.$/)
  assert.match(findJsonFault('  ')?.message ?? '', /missing/)
})
