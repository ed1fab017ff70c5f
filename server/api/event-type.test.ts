import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtInEventTypes } from '../domain/event-type.ts'
import { startTestServer } from '../testing/server.ts'

test('a workspace begins with the built-in types and adds its own', async (t) => {
  const { request, createWorkspace } = await startTestServer(t)
  const path = `${(await createWorkspace()).path}/event-types`
  const begin = await request('GET', path)
  assert.deepEqual(
    begin.json.data.map(({ name }: { name: string }) => name),
    builtInEventTypes.map(({ name }) => name),
  )
  const schema = { type: 'object', required: ['total'], properties: { total: { type: 'number' } } }
  const body = { name: 'invoice.sent', description: 'An invoice went out.', schema, example: { total: 5 } }
  const made = await request('POST', path, { body })
  assert.equal(made.status, 201)
  assert.equal(made.json.group, 'invoice')
  assert.deepEqual((await request('GET', `${path}/invoice.sent`)).json, made.json)
  assert.equal((await request('POST', path, { body })).status, 409)

  const changed = await request('PATCH', `${path}/invoice.sent`, { body: { description: 'New', schema: null } })
  assert.equal(changed.json.description, 'New')
  assert.equal(changed.json.schema, null)
  assert.deepEqual(changed.json.example, { total: 5 })
  assert.equal((await request('DELETE', `${path}/invoice.sent`)).status, 204)
  assert.equal((await request('GET', `${path}/invoice.sent`)).status, 404)
  assert.equal((await request('DELETE', `${path}/invoice.sent`)).status, 404)
})

test('an example keeps every digit that was sent', async (t) => {
  const { request, createWorkspace } = await startTestServer(t)
  const path = `${(await createWorkspace()).path}/event-types`
  const example = '{"total": 12345678901234567890, "rate": 1.10}'
  const schema = '{"properties": {"total": {"type": "number"}}}'
  const made = await request('POST', path, {
    body: `{"name": "invoice.sent", "description": "", "example": ${example}, "schema": ${schema}}`,
  })
  assert.equal(made.status, 201, made.text)
  const changed = await request('PATCH', `${path}/invoice.sent`, { body: { description: 'Sent.' } })
  const [listed, shown] = [await request('GET', path), await request('GET', `${path}/invoice.sent`)]
  for (const { text } of [made, changed, listed, shown]) assert(text.includes(`"example":${example}}`), text)
  const other = '{"total": 0.1000}'
  const again = await request('PATCH', `${path}/invoice.sent`, { body: `{"example": ${other}}` })
  assert(again.text.includes(`"example":${other}}`), again.text)
  const none = await request('PATCH', `${path}/invoice.sent`, { body: '{"example": null}' })
  assert.equal(none.json.example, null)
})

test('a schema that cannot be used is refused with the place, and so is an example that does not fit', async (t) => {
  const { request, createWorkspace } = await startTestServer(t)
  const path = `${(await createWorkspace()).path}/event-types`
  const pathsOf = async (more: object) => {
    const answer = await request('POST', path, { body: { name: 'a.b', description: '', ...more } })
    assert.equal(answer.status, 422, answer.text)
    return answer.json.errors.map((fault: { path: string }) => fault.path)
  }
  assert.deepEqual(await pathsOf({ schema: { properties: { a: { type: 'strng' } } } }), ['schema.properties.a.type'])
  assert.deepEqual(await pathsOf({ schema: { $ref: 'https://example.com/schema' } }), ['schema.$ref'])
  assert.deepEqual(await pathsOf({ schema: { required: ['a', 'b'] }, example: {} }), ['example.a', 'example.b'])
  assert.deepEqual(await pathsOf({ name: 'Not a name' }), ['name'])
})

test('the built-in types cannot be changed', async (t) => {
  const { request, createWorkspace } = await startTestServer(t)
  const path = `${(await createWorkspace()).path}/event-types`
  assert.equal((await request('PATCH', `${path}/deal.created`, { body: { description: 'x' } })).status, 409)
  assert.equal((await request('DELETE', `${path}/deal.created`)).status, 409)
  assert.equal((await request('POST', path, { body: { name: 'deal.created', description: 'x' } })).status, 409)
})

test('the types of a workspace are bounded in number and size, also when they come at once', async (t) => {
  const { request, createWorkspace } = await startTestServer(t)
  const path = `${(await createWorkspace()).path}/event-types`
  const example = { text: 'x'.repeat(200_000) }
  const create = (index: number, more: object) =>
    request('POST', path, { body: { name: `large.n${index}`, description: '', ...more } })
  const answers = await Promise.all(Array.from({ length: 15 }, (_, index) => create(index, { example })))
  assert.equal(answers.filter(({ status }) => status === 201).length, 10)
  assert.equal(answers.filter(({ status }) => status === 409).length, 5)
  const small = answers.length
  assert.equal((await create(small, {})).status, 201)
  assert.equal((await request('PATCH', `${path}/large.n${small}`, { body: { example } })).status, 409)
  assert.equal((await request('GET', `${path}/large.n${small}`)).json.example, null)
})
