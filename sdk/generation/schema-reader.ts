import type { Field, ObjectType, Shape } from './model.ts'
import { pascalCase } from './words.ts'

/** As much of JSON Schema as the API and the catalog use. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
}

const simple: Readonly<Record<string, Shape>> = {
  string: { kind: 'text' },
  integer: { kind: 'integer' },
  number: { kind: 'number' },
  boolean: { kind: 'flag' },
}

/** Reads schemas, and collects a named type for every object that occurs in them. */
export class SchemaReader {
  readonly types = new Map<string, ObjectType>()

  /** Adds the type of an object's schema, and those within it, which are named after it and their field. */
  addType(name: string, schema: Schema, sent: boolean): void {
    if (this.types.has(name)) throw new Error(`two types have the name ${name}`)
    const [base = {}, own = {}, ...more] = schema.allOf ?? [{}, schema]
    if (more.length > 0 || (schema.allOf && base.$ref === undefined)) {
      throw new Error(`${name}: allOf must be a reference and an object`)
    }
    // Before its fields are read, so that it stands before what is in it.
    const fields: Field[] = []
    const description = schema.description ?? null
    this.types.set(name, {
      name,
      description,
      base: base.$ref === undefined ? null : referred(base.$ref),
      fields,
      sent,
    })
    const { properties = {}, required = [] } = own
    for (const [field, of] of Object.entries(properties)) {
      const shape = this.shape(of, name + pascalCase(field), sent)
      fields.push({ name: field, shape, required: required.includes(field), description: of.description ?? null })
    }
  }

  /** @param name of a type, should the schema be an object's */
  shape(schema: Schema, name: string, sent: boolean): Shape {
    if (schema.$ref !== undefined) return { kind: 'named', name: referred(schema.$ref) }
    if (schema.anyOf) return this.#union(schema.anyOf, name, sent)
    if (Array.isArray(schema.type)) return this.#listed(schema, schema.type, name, sent)
    if (schema.const !== undefined) return choice([schema.const])
    if (schema.enum) return choice(schema.enum)
    if (schema.type === undefined) return { kind: 'any' }
    if (schema.type === 'array') return { kind: 'list', of: this.shape(schema.items ?? {}, name, sent) }
    if (schema.type === 'object') return this.#object(schema, name, sent)
    if (schema.format === 'date-time') return { kind: 'time' }
    const shape = simple[schema.type as string]
    if (!shape) throw new Error(`${name}: there is no type ${JSON.stringify(schema.type)}`)
    return shape
  }

  #object(schema: Schema, name: string, sent: boolean): Shape {
    const [of] = Object.values(schema.patternProperties ?? {})
    if (of) return { kind: 'map', of: this.shape(of, name, sent) }
    if (Object.keys(schema.properties ?? {}).length === 0) return { kind: 'object' }
    this.addType(name, schema, sent)
    return { kind: 'named', name }
  }

  /** Several schemas are one or null; whatever else there is may be anything. */
  #union(parts: readonly Schema[], name: string, sent: boolean): Shape {
    const others = parts.filter(({ type }) => type !== 'null')
    const [only, second] = others
    const shape: Shape = only && !second ? this.shape(only, name, sent) : { kind: 'any' }
    return others.length === parts.length || shape.kind === 'any' ? shape : { kind: 'nullable', of: shape }
  }

  #listed(schema: Schema, types: readonly string[], name: string, sent: boolean): Shape {
    const values = schema.enum?.filter((value) => value !== null)
    const parts = types.map((type) => ({ ...schema, type, ...(values && type !== 'null' && { enum: values }) }))
    return this.#union(parts, name, sent)
  }
}

function referred(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1)
}

function choice(values: readonly unknown[]): Shape {
  const texts = values.filter((value) => typeof value === 'string')
  if (texts.length !== values.length) throw new Error(`not texts: ${JSON.stringify(values)}`)
  return { kind: 'choice', values: texts }
}
