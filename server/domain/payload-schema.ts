import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { RE2JS } from 're2js'

interface Fault {
  /** Dotted, from the root; empty: the root itself. */
  readonly path: string
  readonly message: string
}

/** Finds what a payload has against its type's schema. Empty: it fits. */
export type PayloadCheck = (data: unknown) => readonly Fault[]

export type CompiledSchema = { readonly ok: true; readonly check: PayloadCheck } | ({ readonly ok: false } & Fault)

const mostNodes = 1_000
const mostFaults = 100
/** Pairs of a part of the schema and a value up to which all faults are looked for, not only the first. */
const thoroughUpTo = 1_000_000
/** Pairs up to which a payload is checked at all: a tenth of a second. */
const checkedUpTo = 20_000_000
/** A character costs a length or a comparison little. */
const charactersPerValue = 64
/** Instructions of all regular expressions of a schema together: RE2 writes out `(a?){1000}`. */
const mostInstructions = 4_000
/** Instructions times characters that the patterns of a schema may take for one payload: a few tenths of a second. */
const mostPatternSteps = 4_000_000

// The schema comes from a tenant and runs in everybody's process, so its cost must be bounded by its length times the
// length of the payload. References to references double with every step, a comparison of all items with each other
// grows with the square, and a regular expression of JavaScript may take for ever; RE2's takes time in proportion to its
// length times that of the text.
const noReferences = 'references are not supported; write the schema out in place'
const refused: ReadonlyMap<string, string> = new Map([
  ['$ref', noReferences],
  ['$dynamicRef', noReferences],
  ['$recursiveRef', noReferences],
  ['uniqueItems', 'is not supported'],
])

/** Keywords whose value maps names to schemas, so that its names are no keywords. */
const namesToSchemas = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'])
/** Keywords whose value is data or names, each of which a payload may be compared with. */
const compared = new Set(['enum', 'const', 'required', 'dependentRequired'])
/** Keywords whose value is neither a schema nor costs anything. */
const notSchemas = new Set(['default', 'examples', 'example', 'type'])

/** The patterns of a schema would take too long for this payload. */
class TooManySteps extends Error {
  override readonly name = 'TooManySteps'
}

const tooLarge: readonly Fault[] = [{ path: '', message: "is too large to be checked against its type's schema" }]

/**
 * Compiles a JSON Schema (2020-12) for payloads. What is no schema, or one whose cost cannot be bounded, is refused
 * with the dotted path of the fault in the schema.
 */
export function compilePayloadSchema(schema: unknown): CompiledSchema {
  const { fault, nodes } = inspect(schema)
  if (fault !== null) return { ok: false, ...fault }
  try {
    // An instance per schema: Ajv remembers what it has compiled, and schemas come and go.
    const patterns = new Patterns()
    const validate = create(false, patterns).compile(schema as object)
    let thorough: ValidateFunction | null = null
    const find = (data: unknown): readonly Fault[] => {
      const pairs = countValues(data) * nodes
      if (pairs > checkedUpTo) return tooLarge
      if (validate(data)) return []
      // Faults can be as many as pairs of schema and value, so a large payload only hears of its first.
      if (pairs > thoroughUpTo) return explain(validate)
      thorough ??= create(true, patterns).compile(schema as object)
      patterns.begin()
      thorough(data)
      return explain(thorough)
    }
    const check: PayloadCheck = (data) => {
      patterns.begin()
      try {
        return find(data)
      } catch (error) {
        // Code that is made from a long schema may need more of the stack than there is.
        if (error instanceof TooManySteps || error instanceof RangeError) return tooLarge
        throw error
      }
    }
    return { ok: true, check }
  } catch (error) {
    return { ok: false, ...describe(schema, error) }
  }
}

/** The regular expressions of a schema: how much they are, and how much they have done for the present payload. */
class Patterns {
  readonly #compiled = new Map<string, RE2JS>()
  #instructions = 0
  #steps = 0

  begin(): void {
    this.#steps = 0
  }

  compile(pattern: string): { test: (text: string) => boolean } {
    let compiled = this.#compiled.get(pattern)
    if (compiled === undefined) {
      compiled = RE2JS.compile(RE2JS.translateRegExp(pattern))
      this.#compiled.set(pattern, compiled)
      this.#instructions += compiled.programSize()
      if (this.#instructions > mostInstructions) throw new Error('has patterns that are too long')
    }
    const expression = compiled
    const size = compiled.programSize()
    const test = (text: string): boolean => {
      this.#steps += size * text.length
      if (this.#steps > mostPatternSteps) throw new TooManySteps()
      return expression.matcher(text).find()
    }
    // Ajv tells patterns apart by their text.
    return Object.assign({ test }, { toString: () => pattern })
  }
}

function create(allErrors: boolean, patterns: Patterns): Ajv2020 {
  const regExp = Object.assign((pattern: string) => patterns.compile(pattern), { code: 'payloadPattern' })
  const ajv = new Ajv2020({ allErrors, strict: false, logger: false, addUsedSchema: false, code: { regExp } })
  addFormats.default(ajv)
  // The regular expression of this format takes the square of a hostile text's length: many seconds for 60 KB.
  ajv.addFormat('url', (text: string) => URL.canParse(text))
  return ajv
}

function explain(validate: ValidateFunction): Fault[] {
  return (validate.errors ?? []).slice(0, mostFaults).map((error: ErrorObject) => {
    const path = dotted(error.instancePath)
    const message = error.message ?? 'does not fit the schema'
    if (error.keyword !== 'required') return { path, message }
    const missing = String(error.params.missingProperty)
    return { path: path === '' ? missing : `${path}.${missing}`, message: 'is required' }
  })
}

function countValues(value: unknown): number {
  if (typeof value === 'string') return 1 + value.length / charactersPerValue
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, inner) => sum + countValues(inner), 1)
}

function dotted(pointer: string): string {
  return pointer.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
}

function describe(schema: unknown, error: unknown): Fault {
  const checker = create(false, new Patterns())
  if (checker.validateSchema(schema as object) === false) {
    const [first] = checker.errors ?? []
    if (first) return { path: dotted(first.instancePath), message: first.message ?? 'is not valid in a schema' }
  }
  return { path: '', message: error instanceof Error ? error.message : 'cannot be compiled' }
}

/** The first keyword that is refused, if there is one, and how many parts the schema has. */
function inspect(schema: unknown): { fault: Fault | null; nodes: number } {
  let nodes = 0
  const visit = (value: unknown, path: string, names: boolean): Fault | null => {
    if (typeof value !== 'object' || value === null) return null
    nodes += 1
    if (nodes > mostNodes) return { path: '', message: `has more than ${mostNodes} parts` }
    for (const [name, inner] of Object.entries(value)) {
      const at = path === '' ? name : `${path}.${name}`
      const keyword = !names && !Array.isArray(value)
      const reason = keyword ? refused.get(name) : undefined
      if (reason !== undefined && inner !== false) return { path: at, message: reason }
      if (keyword && notSchemas.has(name)) continue
      if (keyword && compared.has(name)) {
        nodes += Math.ceil(countValues(inner))
        if (nodes > mostNodes) return { path: at, message: `has more than ${mostNodes} parts` }
        continue
      }
      const found = visit(inner, at, keyword && namesToSchemas.has(name))
      if (found !== null) return found
    }
    return null
  }
  const fault = visit(schema, '', false)
  return { fault, nodes }
}
