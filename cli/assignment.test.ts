import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assign } from './assignment.ts'
import { UsageError } from './usage-error.ts'

test('fields are set at any depth, and what is not named stays', () => {
  const object = { value: 1, owner: { id: 'u_1' }, items: [{ price: 1 }] }
  const changed = assign(object, ['value=48000', 'owner.name=Ann', 'items.0.price=2', 'items.1=last', 'a.b.c=true'])
  assert.deepEqual(changed, {
    value: 48000,
    owner: { id: 'u_1', name: 'Ann' },
    items: [{ price: 2 }, 'last'],
    a: { b: { c: true } },
  })
  assert.deepEqual(object, { value: 1, owner: { id: 'u_1' }, items: [{ price: 1 }] }, 'the original is untouched')
})

test('a value is JSON where it reads as such, else text', () => {
  const values = ['a=1.5', 'b=null', 'c=[1,2]', 'd={"x":1}', 'e="1"', 'f=Ann Lee', 'g=', 'h=a=b', 'i=-']
  assert.deepEqual(assign({}, values), {
    ...{ a: 1.5, b: null, c: [1, 2], d: { x: 1 }, e: '1', f: 'Ann Lee', g: '', h: 'a=b', i: '-' },
  })
})

test('names of the prototype are names like any other', () => {
  const changed = assign({}, ['__proto__.polluted=1', 'constructor.prototype.polluted=1'])
  assert.equal(({} as Record<string, unknown>).polluted, undefined)
  assert.deepEqual(Object.keys(changed), ['__proto__', 'constructor'])
  assert.equal(JSON.stringify(changed), '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')
})

test('what cannot be set is refused, and said', () => {
  for (const [assignment, reason] of [
    ['value', /such as value=48000/],
    ['=1', /such as value=48000/],
    ['a..b=1', /such as value=48000/],
    ['value.x=1', /"value" is no object/],
    ['items.x=1', /"x" is no place in a list of 1/],
    ['items.5=1', /"5" is no place in a list of 1/],
  ] as const) {
    assert.throws(
      () => assign({ value: 1, items: [1] }, [assignment]),
      (error) => error instanceof UsageError && reason.test(error.message),
      assignment,
    )
  }
})
