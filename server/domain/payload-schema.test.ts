import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtInEventTypes } from './event-type.ts'
import { compilePayloadSchema, type PayloadCheck } from './payload-schema.ts'

function compiled(schema: unknown): PayloadCheck {
  const result = compilePayloadSchema(schema)
  assert(result.ok, JSON.stringify(result))
  return result.check
}

test('every fault of a payload is told with its path', () => {
  const check = compiled({
    type: 'object',
    required: ['id'],
    properties: {
      id: { type: 'string' },
      lines: { type: 'array', items: { required: ['sku'], properties: { n: { minimum: 1 } } } },
    },
  })
  assert.deepEqual(check({ id: 'a', lines: [{ sku: 1, n: 1 }] }), [])
  assert.deepEqual(
    check({ lines: [{ n: 0 }] }).map(({ path }) => path),
    ['id', 'lines.0.sku', 'lines.0.n'],
  )
})

test('a schema that is none is refused with the place', () => {
  const wrong = [
    [{ properties: { a: { type: 'strng' } } }, 'properties.a.type'],
    [{ properties: { a: { minLength: -1 } } }, 'properties.a.minLength'],
    [5, ''],
  ] as const
  for (const [schema, path] of wrong) {
    const result = compilePayloadSchema(schema)
    assert(!result.ok)
    assert.equal(result.path, path)
  }
})

test('schemas whose cost cannot be bounded are refused', () => {
  const wrong = [
    [{ $defs: { a: {} }, properties: { x: { $ref: '#/$defs/a' } } }, 'properties.x.$ref'],
    [{ items: { uniqueItems: true } }, 'items.uniqueItems'],
    [{ allOf: Array.from({ length: 1_001 }, () => ({})) }, ''],
    [{ items: { enum: Array.from({ length: 1_001 }, (_, index) => index) } }, 'items.enum'],
    [{ items: { dependentRequired: { a: Array.from({ length: 1_001 }, String) } } }, 'items.dependentRequired'],
  ] as const
  for (const [schema, path] of wrong) {
    const result = compilePayloadSchema(schema)
    assert(!result.ok)
    assert.equal(result.path, path)
  }
  assert.deepEqual(compiled({ properties: { $ref: { type: 'string' } } })({ $ref: 'a name like any other' }), [])
})

test('a pattern that makes JavaScript backtrack for ever is matched in linear time', () => {
  const check = compiled({ type: 'string', pattern: '^(a+)+$' })
  assert.equal(check(`${'a'.repeat(50_000)}!`).length, 1)
  assert.deepEqual(check('aaa'), [])
  const both = compiled({ properties: { a: { pattern: '^a$' }, b: { pattern: '^b$' } } })
  assert.deepEqual(
    both({ a: 'a', b: 'a' }).map(({ path }) => path),
    ['b'],
    'each pattern is its own',
  )
  assert(!compilePayloadSchema({ pattern: '(?=a)' }).ok, 'look-ahead has no linear time')
})

test('no format backtracks on a hostile text', () => {
  const check = compiled({ format: 'url' })
  const start = process.cpuUsage()
  assert.equal(check(`http://${'a:@'.repeat(20_000)}`).length, 1)
  assert(process.cpuUsage(start).user < 1_000_000)
  assert.deepEqual(check('https://acme.example/a?b=c'), [])
})

test('patterns that RE2 writes out into long programs are refused', () => {
  assert(compilePayloadSchema({ pattern: '^[a-z]{1,64}$' }).ok)
  const long = compilePayloadSchema({
    allOf: Array.from({ length: 50 }, (_, index) => ({ pattern: `(a?){${index + 900}}` })),
  })
  assert(!long.ok)
  assert.match(long.message, /too long/)
})

test('a payload that its schema would look at for seconds is refused instead of checked', () => {
  const start = process.cpuUsage()
  const slowPattern = compiled({ items: { pattern: '(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[0-9]' } })
  assert.match(slowPattern(Array.from({ length: 40 }, () => 'a'.repeat(6_000)))[0]?.message ?? '', /too large/)
  assert.deepEqual(slowPattern(['a1']), [], 'the next payload has its own time')
  const long = compiled({ allOf: Array.from({ length: 200 }, (_, index) => ({ maxLength: 1_000_000 + index })) })
  assert.match(long('a'.repeat(10_000_000))[0]?.message ?? '', /too large/)
  const wide = compiled({ items: { enum: Array.from({ length: 900 }, (_, index) => index) } })
  assert.match(wide(Array.from({ length: 100_000 }, () => 899))[0]?.message ?? '', /too large/)
  assert.deepEqual(wide([899]), [])
  assert(process.cpuUsage(start).user < 3_000_000)
})

test('a large payload hears of its first fault only', () => {
  const check = compiled({ items: { allOf: Array.from({ length: 500 }, () => ({ type: 'string' })) } })
  assert.equal(check(Array.from({ length: 3_000 }, () => 0)).length, 1)
  assert.equal(check([0]).length, 100)
})

test('the examples of the built-in types satisfy their schemas here too', () => {
  for (const type of builtInEventTypes) assert.deepEqual(compiled(type.schema)(type.example), [], type.name)
})
