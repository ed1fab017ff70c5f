import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nestingDepth, sliceMember, sliceMembersOfArray } from './json-text.ts'

/** A piece of JSON text, and how deep it is nested. */
interface Written {
  readonly text: string
  readonly depth: number
}

const space = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\r'), maxLength: 3 }),
)
const characters = fc.string({
  unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', ' ', 'a', 'ü', '€', '\n', '\u2028'),
})

/** A string literal with some of its characters escaped although they need not be. */
const literalOf = (value: string) =>
  fc.array(fc.boolean(), { minLength: value.length, maxLength: value.length }).map((escaped) => {
    const unit = (character: string, index: number) =>
      escaped[index]
        ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
        : JSON.stringify(character).slice(1, -1)
    return `"${value.split('').map(unit).join('')}"`
  })

const names = ['data', 'events', 'dat', 'data2', '', '__proto__', 'constructor', 'a"b', 'Ünïcode']
const key = fc.oneof(fc.constantFrom(...names), characters).chain(literalOf)
const number = fc.constantFrom('0', '-0', '1.10', '12345678901234567890', '1e400', '-1.5E-3', '0.1000')

const { value } = fc.letrec<{ value: Written; array: Written; object: Written }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .oneof(number, characters.chain(literalOf), fc.constantFrom('true', 'false', 'null'))
      .map((text) => ({ text, depth: 0 })),
    tie('array'),
    tie('object'),
  ),
  array: fc.array(fc.tuple(space, tie('value'), space), { maxLength: 4 }).map((parts) => ({
    text: `[${parts.map(([before, part, after]) => before + part.text + after).join(',')}]`,
    depth: 1 + Math.max(0, ...parts.map(([, part]) => part.depth)),
  })),
  object: fc.array(fc.tuple(space, key, space, space, tie('value'), space), { maxLength: 5 }).map((parts) => ({
    text: `{${parts.map(([a, name, b, c, part, d]) => `${a + name + b}:${c}${part.text}${d}`).join(',')}}`,
    depth: 1 + Math.max(0, ...parts.map((part) => part[4].depth)),
  })),
}))

/** Members in random order, with white space, some of them several times; the texts are those of the last ones. */
const objectWith = (name: string, member: fc.Arbitrary<Written>) =>
  fc
    .array(
      fc.tuple(
        fc.oneof(
          fc.tuple(literalOf(name), member, fc.constant(true)),
          fc.tuple(
            key.filter((literal) => JSON.parse(literal) !== name),
            value,
            fc.constant(false),
          ),
        ),
        fc.tuple(space, space, space, space),
      ),
      { maxLength: 6 },
    )
    .map((members) => ({
      text: `{${members.map(([[k, v], [a, b, c, d]]) => `${a}${k}${b}:${c}${v.text}${d}`).join(',')}}`,
      depth: 1 + Math.max(0, ...members.map(([[, v]]) => v.depth)),
      last: members.findLast(([[, , named]]) => named)?.[0][1] ?? null,
    }))

test('the member is cut out exactly as it was written, and is the one that JSON.parse takes', () => {
  fc.assert(
    fc.property(space, objectWith('data', value), space, (before, object, after) => {
      const json = before + object.text + after
      const cut = sliceMember(json, 'data')
      assert.equal(cut, object.last?.text ?? null)
      assert.deepEqual(cut === null ? undefined : JSON.parse(cut), JSON.parse(json).data)
    }),
    { numRuns: 500 },
  )
})

test('the members of the elements of an array are cut out alike', () => {
  const element = fc.oneof(
    objectWith('data', value),
    value.filter(({ text }) => !text.startsWith('{')).map((other) => ({ ...other, last: null })),
  )
  const array = fc.array(fc.tuple(space, element, space), { maxLength: 5 }).map((parts) => ({
    text: `[${parts.map(([a, part, b]) => a + part.text + b).join(',')}${parts.length === 0 ? ' ' : ''}]`,
    depth: 1 + Math.max(0, ...parts.map(([, part]) => part.depth)),
    elements: parts.map(([, part]) => part.last?.text ?? null),
  }))
  const scalar = value.filter(({ text }) => !text.startsWith('[')).map((other) => ({ ...other, elements: [] }))
  fc.assert(
    fc.property(space, objectWith('events', fc.oneof(array, scalar)), space, (before, object, after) => {
      const cut = sliceMembersOfArray(before + object.text + after, 'events', 'data')
      const last = object.last as { elements: (string | null)[] } | null
      assert.deepEqual(cut, last?.elements ?? [])
      const { events } = JSON.parse(object.text)
      const parsed = Array.isArray(events) ? events.map((one) => one?.data) : []
      assert.deepEqual(
        cut.map((text) => (text === null ? undefined : JSON.parse(text))),
        parsed,
      )
    }),
    { numRuns: 500 },
  )
})

test('the depth is that of the deepest object or array', () => {
  fc.assert(fc.property(value, ({ text, depth }) => assert.equal(nestingDepth(text), depth)))
  assert.equal(nestingDepth('1'), 0)
  assert.equal(nestingDepth('"[[["'), 0)
  assert.equal(nestingDepth('{"a":[[]],"\\"[[[[":{}}'), 3)
  assert.equal(nestingDepth('['.repeat(100_000)), 100_000)
})

test('numbers that JSON.parse would round, and text around them, stay as they are', () => {
  const json = '{"type":"deal.created","data":{"n": 12345678901234567890, "price":1.10 }}'
  assert.equal(sliceMember(json, 'data'), '{"n": 12345678901234567890, "price":1.10 }')
  assert.equal(sliceMember('{"data":1.10}', 'data'), '1.10')
  assert.equal(sliceMember('{"d\\u0061ta":1,"dat\\u0061":2}', 'data'), '2')
})

test('what is no object has no members', () => {
  for (const json of ['1', '"data"', '[{"data":1}]', 'null', '{}', ' { } ']) {
    assert.equal(sliceMember(json, 'data'), null, json)
    assert.deepEqual(sliceMembersOfArray(json, 'events', 'data'), [], json)
  }
})

test('a member of a member is not taken for one', () => {
  assert.equal(sliceMember('{"a":{"data":1},"b":[{"data":2}],"c":"\\"data\\":3"}', 'data'), null)
})

/** Runs all three on text that need not be JSON. */
function cutAll(text: string): void {
  for (const cut of [() => sliceMember(text, 'data'), () => sliceMembersOfArray(text, 'events', 'data')]) {
    try {
      cut()
    } catch (error) {
      assert.ok(error instanceof SyntaxError)
    }
  }
  assert.ok(nestingDepth(text) >= 0)
}

test('any text at all comes to an end', () => {
  const pieces = fc.array(
    fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', ' ', '"data"', '"events"', '1', 'a\\'),
    { maxLength: 20 },
  )
  const text = fc.oneof(
    pieces.map((all) => all.join('')),
    pieces.map((all) => `{"events":[{"data":${all.join('')}`),
    fc.string(),
  )
  fc.assert(fc.property(text, cutAll), { numRuns: 2000 })
})

test('text made to be slow takes time in proportion to its length only', () => {
  const length = 200_000
  const hostile = ['\\"', '\\\\', '"",', '[', '{"a":', ' ', '"data":1,'].flatMap((piece) => {
    const long = piece.repeat(length / piece.length)
    return [`{"data":"${long}"}`, `{"events":[{"data":${long}`, `{${long}`, `{"events":[${long}`]
  })
  const start = process.cpuUsage()
  for (const json of hostile) cutAll(json)
  // A scan that starts over at each quote would take minutes.
  assert.ok(process.cpuUsage(start).user < 10_000_000)
})
