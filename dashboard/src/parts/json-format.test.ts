import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatJson } from './json-format.ts'

const values = [
  {},
  [],
  '',
  'a "quoted" \\ {text}, [and]: more',
  [[], {}, [[]], { a: [] }],
  { a: { b: [1, 2, { c: null }], d: true }, '': -1.5e-7, '\u2028': '👩‍👩‍👧‍👦 שלום' },
  JSON.parse('{"__proto__": {"constructor": 1}}'),
]

test('JSON is set as JSON.stringify sets it, however it was written', () => {
  for (const value of values) {
    for (const space of [0, 1, '\t']) {
      assert.equal(formatJson(JSON.stringify(value, null, space)), JSON.stringify(value, null, 2))
    }
  }
})

test('numbers, escapes and repeated names stay as they were written', () => {
  const json = '{"n":12345678901234567890, "m":[1.10,-0e1,{}, []],"n":"\\u0061{,:"}'
  const set =
    '{\n  "n": 12345678901234567890,\n  "m": [\n    1.10,\n    -0e1,\n    {},\n    []\n  ],\n  "n": "\\u0061{,:"\n}'
  assert.equal(formatJson(json), set)
  assert.equal(formatJson(set), set)
})
