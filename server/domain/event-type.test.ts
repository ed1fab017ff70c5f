import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { builtInEventTypes, exampleFor, findBuiltIn, isEventTypeName, testEventType } from './event-type.ts'

const ajv = addFormats.default(new Ajv2020({ strict: true, allErrors: true }))
const validators = new Map(builtInEventTypes.map((type) => [type.name, ajv.compile(type.schema)]))

function accepts(name: string, data: unknown): boolean {
  const validate = validators.get(name)
  assert.ok(validate, name)
  return validate(data)
}

const catalog = {
  deal: 'created updated stage_changed closed_won closed_lost deleted',
  contact: 'created updated merged deleted',
  company: 'created updated merged deleted',
  activity: 'email call meeting',
  meeting: 'scheduled rescheduled completed canceled no_show',
  call: 'started completed missed recorded',
  task: 'created updated assigned completed overdue deleted',
  ticket: 'created updated assigned escalated resolved reopened closed deleted',
  subscription:
    'created updated activated renewed upgraded downgraded paused resumed canceled trial_ending payment_succeeded payment_failed',
  quote: 'created sent accepted declined expired',
  note: 'created updated deleted',
}

test('the built-in event types are those of the catalog, in its order and without duplicates', () => {
  const expected = Object.entries(catalog).flatMap(([group, verbs]) =>
    verbs.split(' ').map((verb) => ({ name: `${group}.${verb}`, group })),
  )
  assert.equal(expected.length, 60)
  assert.deepEqual(
    builtInEventTypes.map(({ name, group }) => ({ name, group })),
    expected,
  )
})

test('every built-in event type has a legal name and says in one sentence when it is sent', () => {
  for (const { name, description } of builtInEventTypes) {
    assert.ok(isEventTypeName(name), name)
    assert.match(description, /^Sent [^.]+\.$/, name)
  }
})

test('every schema accepts its example', () => {
  for (const { name, example } of builtInEventTypes) {
    assert.ok(accepts(name, example), `${name}: ${ajv.errorsText(validators.get(name)?.errors)}`)
  }
})

test('every field of every example is described, at any depth', () => {
  const closed = (schema: unknown): unknown => {
    if (Array.isArray(schema)) return schema.map(closed)
    if (typeof schema !== 'object' || schema === null) return schema
    const entries = Object.entries(schema).map(([key, value]) => [
      key,
      key === 'additionalProperties' ? false : closed(value),
    ])
    return Object.fromEntries(entries)
  }
  for (const { name, schema, example } of builtInEventTypes) {
    const validate = ajv.compile(closed(schema) as object)
    assert.ok(validate(example), `${name}: ${ajv.errorsText(validate.errors)}`)
  }
})

test('every schema refuses an empty object and a lack of any required field', () => {
  for (const { name, schema, example } of builtInEventTypes) {
    assert.equal(accepts(name, {}), false, name)
    assert.ok(Array.isArray(schema.required) && schema.required.includes('id'), name)
    for (const field of schema.required) {
      const rest = Object.fromEntries(Object.entries(example).filter(([key]) => key !== field))
      assert.equal(accepts(name, rest), false, `${name} without ${field}`)
    }
  }
})

test('every example survives JSON', () => {
  for (const { name, example, schema } of builtInEventTypes) {
    assert.deepEqual(JSON.parse(JSON.stringify(example)), example, name)
    assert.deepEqual(JSON.parse(JSON.stringify(schema)), schema, name)
  }
})

test('what changed comes with its former values, which differ from the present ones', () => {
  const changes = builtInEventTypes.filter(({ name }) => /\.updated$|_changed$|\.(up|down)graded$/.test(name))
  assert.equal(changes.length, 10)
  for (const { name, example } of changes) {
    const previous = example.previous as Record<string, unknown>
    for (const [field, former] of Object.entries(previous)) {
      assert.notEqual(former, undefined, name)
      assert.notDeepEqual(former, example[field], `${name}: ${field}`)
    }
    assert.equal(accepts(name, { ...example, previous: {} }), false, name)
  }
})

test('products may add fields, leave out or null what is optional, and say little', () => {
  assert.ok(accepts('deal.created', { id: 'deal_01', value: 48000, stage: 'qualified', note: 'Zürich – €' }))
  assert.ok(accepts('deal.created', { id: 'deal_01', value: 48000, stage: 'qualified', owner_id: null }))
  assert.ok(accepts('deal.deleted', { id: 'deal_01', deleted_at: '2026-04-01T08:00:00Z' }))
  assert.ok(accepts('deal.updated', { id: 'd', value: 1, stage: 's', previous: { custom: 'was here' } }))
})

test('values of the wrong type or format are refused', () => {
  const deal = { id: 'deal_01', value: 48000, stage: 'qualified' }
  assert.equal(accepts('deal.created', { ...deal, value: '48000' }), false)
  assert.equal(accepts('deal.created', { ...deal, stage: null }), false)
  assert.equal(accepts('deal.created', { ...deal, currency: 'euro' }), false)
  assert.equal(accepts('deal.created', { ...deal, expected_close_date: '31.03.2026' }), false)
  assert.equal(accepts('deal.stage_changed', { ...deal, previous: { value: 1 } }), false)
  assert.equal(accepts('contact.created', { id: 'contact_01', email: 'nobody' }), false)
  const assigned = { id: 'task_01', title: 'Call', assignee_id: 'usr_01', previous: { assignee_id: null } }
  assert.ok(accepts('task.assigned', assigned))
  assert.equal(accepts('task.assigned', { ...assigned, assignee_id: null }), false)
})

test('a built-in event type is found by its exact name only', () => {
  assert.equal(findBuiltIn('deal.created')?.group, 'deal')
  for (const name of ['deal', 'deal.*', 'Deal.created', 'constructor', '']) assert.equal(findBuiltIn(name), undefined)
})

test('a test event carries the example of its type, or a generic one', () => {
  assert.equal(exampleFor('deal.created').value, 48000)
  assert.equal(typeof exampleFor(testEventType).message, 'string')
  assert.deepEqual(exampleFor('shop.order_placed'), exampleFor(testEventType))
})

test('a type name is one to eight lower-case segments, at most 128 characters, beginning with a letter', () => {
  const legal = ['deal', 'a.b.c.d.e.f.g.h', 'pro.atmos.api_key.created', 'order-2.2026', 'a'.repeat(128), testEventType]
  for (const name of legal) assert.ok(isEventTypeName(name), name)
  const illegal = [
    '',
    'Deal.created',
    '1deal',
    '_deal',
    '.deal',
    'deal.',
    'deal..created',
    'deal.*',
    'deal.{a,b}',
    'a b',
  ]
  const more = ['a.b.c.d.e.f.g.h.i', 'a'.repeat(129), 'deal\n', 'dëal', 'a/b', `${'a.'.repeat(7)}${'b'.repeat(120)}`]
  for (const name of [...illegal, ...more]) assert.equal(isEventTypeName(name), false, name)
})
