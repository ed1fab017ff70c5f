type Schema = Readonly<Record<string, unknown>>

/** Where a JSON Schema holds others: by name, in a list, or as they are. */
const holders: Readonly<Record<string, 'map' | 'list' | 'one'>> = {
  ...{ properties: 'map', patternProperties: 'map' },
  ...{ anyOf: 'list', allOf: 'list' },
  ...{ items: 'one', additionalProperties: 'one' },
}

/** The schemas of an OpenAPI document that have a title: each stands there once, and is referred to by that name. */
export class NamedSchemas {
  readonly all: Record<string, unknown> = {}

  /** The schema as it stands in the document: every one in it that has a title is a reference. */
  refer(schema: object): Schema {
    const { title } = schema as { readonly title?: unknown }
    if (typeof title !== 'string') return this.#inner(schema as Schema)
    const inner = this.#inner(schema as Schema)
    const known = this.all[title]
    this.all[title] = known ?? inner
    if (known && JSON.stringify(known) !== JSON.stringify(inner)) {
      throw new Error(`two schemas have the title ${title}`)
    }
    return { $ref: `#/components/schemas/${title}` }
  }

  #inner(schema: Schema): Schema {
    return Object.fromEntries(Object.entries(schema).map(([keyword, value]) => [keyword, this.#value(keyword, value)]))
  }

  #value(keyword: string, value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    const holder = holders[keyword]
    if (holder === 'one') return this.refer(value)
    if (holder === 'list') return (value as object[]).map((part) => this.refer(part))
    if (holder !== 'map') return value
    return Object.fromEntries(
      Object.entries(value as Record<string, object>).map(([name, of]) => [name, this.refer(of)]),
    )
  }
}
