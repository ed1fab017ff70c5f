import { builtInEventTypes, exampleFor, testEventType } from '../../server/domain/event-type.ts'
import type { ObjectType } from './model.ts'
import { type Schema, SchemaReader } from './schema-reader.ts'
import { pascalCase } from './words.ts'

/** An event type of the catalog, and what its data is called. */
export interface CatalogEvent {
  /** Such as `deal.created`. */
  readonly type: string
  /** Such as `DealCreated`. */
  readonly name: string
  readonly dataType: string
  readonly description: string
}

export interface Catalog {
  readonly events: readonly CatalogEvent[]
  readonly types: readonly ObjectType[]
}

/** @param suffix of the names of data types, where that of the event is wanted for something else */
export function readCatalog(suffix: string): Catalog {
  const reader = new SchemaReader()
  const events = catalogTypes().map(({ name: type, description, schema }) => {
    const name = pascalCase(type)
    reader.addType(name + suffix, { ...schema, description: `The data of \`${type}\`.` }, false)
    return { type, name, dataType: name + suffix, description }
  })
  return { events, types: [...reader.types.values()] }
}

function catalogTypes(): readonly { name: string; description: string; schema: Schema }[] {
  const built = builtInEventTypes.map(({ name, description, schema }) => ({
    name,
    description,
    schema: schema as Schema,
  }))
  // Not in the catalog, but what a receiver gets first of all.
  const fields = Object.keys(exampleFor(testEventType))
  const properties = Object.fromEntries(fields.map((field) => [field, { type: 'string' }]))
  const description = 'Sent by the test of an endpoint, unless another type was asked for.'
  return [...built, { name: testEventType, description, schema: { type: 'object', properties, required: fields } }]
}
