export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject

export interface JsonObject {
  readonly [name: string]: JsonValue
}

/** A kind of event: `schema` is the JSON Schema (2020-12) of its `data`, and `example` a `data` that satisfies it. */
export interface EventType {
  readonly name: string
  readonly group: string
  readonly description: string
  readonly schema: JsonObject
  readonly example: JsonObject
}

type Schema = JsonObject

interface Fields {
  readonly [name: string]: Schema
}

interface Shape {
  readonly required: Fields
  readonly optional?: Fields
}

interface Identified extends Shape {
  readonly required: Fields & { readonly id: Schema }
}

export const id = (description: string): Schema => ({ type: 'string', minLength: 1, description })

/** Free text. Stages, priorities and the like are text too: every product has its own, so ours are only `examples`. */
export const text = (description: string, ...examples: readonly string[]): Schema =>
  examples.length === 0 ? { type: 'string', description } : { type: 'string', description, examples }

export const choice = (description: string, ...values: readonly string[]): Schema => ({
  type: 'string',
  enum: values,
  description,
})

const formatted =
  (format: string) =>
  (description: string): Schema => ({ type: 'string', format, description })

export const timestamp = formatted('date-time')
export const date = formatted('date')
export const email = formatted('email')
export const url = formatted('uri')
export const hostname = formatted('hostname')

export const amount = (description: string): Schema => ({
  type: 'number',
  description: `${description} In units of the currency (not cents), such as 48000 or 99.5.`,
})

export const currency: Schema = {
  type: 'string',
  pattern: '^[A-Z]{3}$',
  description: 'The currency of the amounts, as an ISO 4217 code.',
  examples: ['EUR', 'USD'],
}

export const count = (description: string): Schema => ({ type: 'integer', minimum: 0, description })
export const flag = (description: string): Schema => ({ type: 'boolean', description })
export const list = (description: string, items: Schema): Schema => ({ type: 'array', items, description })
export const listOfSome = (description: string, items: Schema): Schema => ({ ...list(description, items), minItems: 1 })

export const object = (description: string, shape: Shape): Schema => ({ description, ...objectSchema(shape) })

/** The record that something is attached to, whatever its kind. */
export const reference = (description: string): Schema =>
  object(description, {
    required: { type: text('The kind of the record.', 'deal', 'contact', 'company', 'ticket'), id: id('Its id.') },
  })

export const recordTimes: Fields = {
  created_at: timestamp('When the record was created.'),
  updated_at: timestamp('When the record last changed.'),
}

/** `shape` with more fields. A field that was optional and is now required may no longer be null. */
export function extend<S extends Shape>(shape: S, more: Partial<Shape>): S {
  return {
    ...shape,
    required: { ...shape.required, ...more.required },
    optional: { ...shape.optional, ...more.optional },
  }
}

/** `shape` with `previous`, the former values of what changed. The fields named in `always` are always among them. */
export function changed<S extends Identified>(shape: S, ...always: readonly string[]): S {
  const { id: _, ...fields } = nullable({ ...shape.optional, ...shape.required })
  const previous: Schema = {
    type: 'object',
    description: 'The former values of the fields that changed; null where there was none.',
    minProperties: 1,
    required: always,
    properties: fields,
    additionalProperties: true,
  }
  return extend(shape, { required: { previous } })
}

/** What is left of `shape` after a deletion. Only the id is sure: a product may not have kept the rest. */
export function deleted(shape: Identified): Shape {
  return {
    required: { id: shape.required.id, deleted_at: timestamp('When it was deleted.') },
    optional: { ...shape.required, ...shape.optional },
  }
}

/** An event type whose group is the part of its name before the dot, as for every built-in one. */
export function eventType(name: string, description: string, shape: Shape, example: JsonObject): EventType {
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', title: name, ...objectSchema(shape) }
  return { name, group: name.slice(0, name.indexOf('.')), description, schema, example }
}

function objectSchema({ required, optional = {} }: Shape): Schema {
  return {
    type: 'object',
    required: Object.keys(required),
    // The first spread puts what is required first for readers, the last one makes it win.
    properties: { ...required, ...nullable(optional), ...required },
    // Products add fields of their own.
    additionalProperties: true,
  }
}

// Many products send null for what they do not know, where others leave the field out.
function nullable(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, orNull(schema)]))
}

function orNull(schema: Schema): Schema {
  const { type, enum: values } = schema
  if (typeof type !== 'string') return schema
  return { ...schema, type: [type, 'null'], ...(Array.isArray(values) && { enum: [...values, null] }) }
}
