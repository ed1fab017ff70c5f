import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { NamedSchemas } from './named-schemas.ts'
import { nullable } from './schema.ts'

const Wheel = Type.Object({ spokes: Type.Integer() }, { title: 'Wheel' })

test('a schema with a title stands in the document once, and is referred to wherever it occurs', () => {
  const schemas = new NamedSchemas()
  const Bicycle = Type.Object(
    { front: Wheel, spare: Type.Optional(nullable(Wheel)), title: Type.String() },
    { title: 'Bicycle', examples: [{ title: 'Wheel' }] },
  )
  assert.deepEqual(schemas.refer(Bicycle), { $ref: '#/components/schemas/Bicycle' })
  assert.deepEqual(schemas.refer(Type.Array(Wheel)), { type: 'array', items: { $ref: '#/components/schemas/Wheel' } })
  assert.deepEqual(JSON.parse(JSON.stringify(schemas.all)), {
    Wheel: { type: 'object', required: ['spokes'], properties: { spokes: { type: 'integer' } }, title: 'Wheel' },
    Bicycle: {
      type: 'object',
      required: ['front', 'title'],
      properties: {
        front: { $ref: '#/components/schemas/Wheel' },
        spare: { anyOf: [{ $ref: '#/components/schemas/Wheel' }, { type: 'null' }] },
        title: { type: 'string' },
      },
      title: 'Bicycle',
      examples: [{ title: 'Wheel' }],
    },
  })
})

test('a schema without a title stays where it is', () => {
  const schemas = new NamedSchemas()
  const Wheels = Type.Record(Type.String(), Wheel)
  assert.match(JSON.stringify(schemas.refer(Wheels)), /"patternProperties":\{[^{]+\{"\$ref":/)
  assert.deepEqual(Object.keys(schemas.all), ['Wheel'])
})

test('two schemas of one title are refused', () => {
  const schemas = new NamedSchemas()
  schemas.refer(Wheel)
  schemas.refer(Type.Object({ spokes: Type.Integer() }, { title: 'Wheel' }))
  assert.throws(() => schemas.refer(Type.Object({ spokes: Type.String() }, { title: 'Wheel' })), /title Wheel/)
})
