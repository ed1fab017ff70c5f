import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson, inexactNumber } from './canonical-json.ts'

test('the example of RFC 8785, section 3.2.4, comes out byte for byte', () => {
  const input =
    '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}'
  assert.equal(
    canonicalJson(JSON.parse(input)),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
})

test('names are sorted by their UTF-16 units (RFC 8785, section 3.2.3)', () => {
  const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6']
  const sorted = Object.keys(JSON.parse(canonicalJson(Object.fromEntries(names.map((name) => [`k${name}`, 0])))))
  assert.deepEqual(
    sorted,
    ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'].map((name) => `k${name}`),
  )
  assert.equal(canonicalJson(JSON.parse('{"__proto__":1,"b":2}')), '{"__proto__":1,"b":2}')
})

test('whole numbers that a double would change are found', () => {
  assert.equal(inexactNumber('{"a":1,"id":12345678901234567890}'), 'id')
  assert.equal(inexactNumber('{"a":[1234567890123456,"12345678901234567890",0.12345678901234567890]}'), null)
})
