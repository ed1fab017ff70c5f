import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findPath } from './json-path.ts'

const json = `{
  "id": "a.b",
  "lines": [
    {"sku": "x", "n": 1},
    {"sku": "y", "tags": [[], ["eu"]], "more": {}}
  ],
  "with.dot": {"x": true},
  "id": 2
}`
const at = (path: string) => json.slice(findPath(json, path)).split(/[\n,}\]]/, 1)[0]

test('the value with a path is found, the last one of a repeated name', () => {
  assert.equal(at('lines.0.n'), '1')
  assert.equal(at('lines.1.sku'), '"y"')
  assert.equal(at('lines.1.tags.1.0'), '"eu"')
  assert.equal(at('with.dot.x'), 'true')
  assert.equal(at('id'), '2')
  assert.equal(findPath(json, ''), 0)
})

test('of what is missing, the innermost value on the way to it is found', () => {
  assert.equal(findPath(json, 'total'), 0)
  assert.equal(at('lines.1.more.total'), '{')
  assert.equal(at('lines.7.sku'), '[')
  assert.equal(findPath('\n []', 'a.b'), 2)
})
