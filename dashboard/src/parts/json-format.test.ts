import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatJson } from './json-format.ts'

test('JSON is set as JSON.stringify sets it, however it was written', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
      assert.equal(formatJson(JSON.stringify(value, null, space)), JSON.stringify(value, null, 2))
    }),
  )
})

test('numbers, escapes and repeated names stay as they were written', () => {
  const json = '{"n":12345678901234567890, "m":[1.10,-0e1,{}, []],"n":"\\u0061{,:"}'
  const set =
    '{\n  "n": 12345678901234567890,\n  "m": [\n    1.10,\n    -0e1,\n    {},\n    []\n  ],\n  "n": "\\u0061{,:"\n}'
  assert.equal(formatJson(json), set)
  assert.equal(formatJson(set), set)
})
