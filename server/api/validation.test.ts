import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { Problem } from '../errors.ts'
import { choice, nullable } from './schema.ts'
import { createValidator } from './validation.ts'

const Schema = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    state: Type.Optional(choice(['on', 'off'])),
    limit: Type.Optional(nullable(Type.Integer({ minimum: 1 }))),
    at: Type.Optional(Type.String({ format: 'date-time' })),
    lines: Type.Optional(Type.Array(Type.Object({ sku: Type.String() }, { additionalProperties: false }))),
  },
  { additionalProperties: false },
)

function faultsOf(value: unknown, sizeBytes = 100): Record<string, string> {
  try {
    createValidator('body', Schema).check(value, sizeBytes)
  } catch (error) {
    assert(error instanceof Problem)
    assert.equal(error.code, 'validation_failed')
    return Object.fromEntries(error.errors.map(({ path, message }) => [path, message]))
  }
  return {}
}

test('what fits passes, null where it may be null', () => {
  assert.deepEqual(faultsOf({ name: 'a', limit: null, lines: [] }), {})
})

test('faults are told in words, with paths into the request', () => {
  assert.deepEqual(faultsOf({ name: '', state: 'maybe', limit: 'x', at: 'noon', lines: [{ sku: 'a' }, { x: 1 }] }), {
    name: 'must not be empty',
    state: 'must be one of on, off',
    limit: 'must be an integer',
    at: 'must be a time in ISO 8601 with a time zone, such as 2026-01-15T10:30:00.000Z',
    'lines.1.sku': 'is required',
    'lines.1.x': 'is not a known field',
  })
  assert.deepEqual(faultsOf([]), { '': 'must be an object' })
  assert.equal(faultsOf({ name: 5 }).name, 'must be a string', 'a body is not coerced')
})

test('a large request hears of its first fault only, and no list of faults is endless', () => {
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`x${index}`, 1]))
  assert.equal(Object.keys(faultsOf({ name: 'a', ...many })).length, 100)
  assert.equal(Object.keys(faultsOf({ name: 'a', ...many }, 10_000_000)).length, 1)
})
