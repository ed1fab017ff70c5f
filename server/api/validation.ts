import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { TSchema } from 'typebox'
import { type Fault, Problem } from '../errors.ts'

/** Where the request is larger than this, only its first fault is told: a list of faults may outgrow the request. */
const tellEveryFaultBelowBytes = 262_144
const mostFaults = 100

type Part = 'query' | 'body'

/** Checks one part of a request against its schema. Throws a `validation_failed` problem that names every fault. */
export interface Validator {
  check(value: unknown, sizeBytes: number): void
  accepts(value: unknown): boolean
}

// Ajv generates code per schema, so one instance of each kind serves all routes. Text in a query string has no types,
// so numbers and lists are read out of it; a body says what it means and is never coerced.
const instances: Record<Part, { fast: Ajv2020; thorough: Ajv2020 }> = {
  query: { fast: create({ coerceTypes: 'array' }), thorough: create({ coerceTypes: 'array', allErrors: true }) },
  body: { fast: create({}), thorough: create({ allErrors: true }) },
}

function create(options: { coerceTypes?: 'array'; allErrors?: boolean }): Ajv2020 {
  const ajv = new Ajv2020({ ...options, strict: true, strictTypes: false, validateFormats: true, addUsedSchema: false })
  addFormats.default(ajv, ['date-time', 'uri', 'email'])
  return ajv
}

export function createValidator(part: Part, schema: TSchema): Validator {
  const { fast, thorough } = instances[part]
  const validate = fast.compile(schema)
  let explain: ValidateFunction | null = null
  return {
    accepts: (value) => validate(value) === true,
    check(value, sizeBytes) {
      if (validate(value)) return
      let errors = validate.errors ?? []
      if (sizeBytes <= tellEveryFaultBelowBytes) {
        explain ??= thorough.compile(schema)
        explain(value)
        errors = explain.errors ?? errors
      }
      throw invalid(toFaults(errors))
    },
  }
}

/** A 422 with these faults. */
export function invalid(faults: readonly Fault[]): Problem {
  const [first] = faults
  const detail =
    faults.length === 1 && first
      ? `${first.path === '' ? 'The request' : first.path} ${first.message}.`
      : `The request has ${faults.length} faults; see errors.`
  return new Problem('validation_failed', detail, { errors: faults })
}

function toFaults(errors: readonly ErrorObject[]): Fault[] {
  // Where a value may also be null, its own fault says enough; and a fault inside a branch says more than its branch.
  const told = errors.filter((error) => !(error.keyword === 'type' && error.params.type === 'null'))
  const inner = told.filter((error) => error.keyword !== 'anyOf')
  const faults = (inner.length > 0 ? inner : told).slice(0, mostFaults).map(toFault)
  const seen = new Set<string>()
  return faults.filter(({ path, message }) => {
    const key = `${path} ${message}`
    return !seen.has(key) && seen.add(key)
  })
}

function toFault(error: ErrorObject): Fault {
  const path = error.instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
  const below = (name: unknown): string => (path === '' ? String(name) : `${path}.${String(name)}`)
  const { params } = error
  switch (error.keyword) {
    case 'required':
      return { path: below(params.missingProperty), message: 'is required' }
    case 'additionalProperties':
      return { path: below(params.additionalProperty), message: 'is not a known field' }
    case 'type':
      return { path, message: `must be ${article(params.type)}` }
    case 'enum':
      return { path, message: `must be one of ${(params.allowedValues as unknown[]).map(String).join(', ')}` }
    case 'const':
      return { path, message: `must be ${String(params.allowedValue)}` }
    case 'minLength':
      return {
        path,
        message: params.limit === 1 ? 'must not be empty' : `must have at least ${params.limit} characters`,
      }
    case 'maxLength':
      return { path, message: `must have at most ${params.limit} characters` }
    case 'minItems':
      return { path, message: `must have at least ${params.limit} ${params.limit === 1 ? 'item' : 'items'}` }
    case 'maxItems':
      return { path, message: `must have at most ${params.limit} items` }
    case 'uniqueItems':
      return { path, message: 'must not repeat an item' }
    case 'minProperties':
      return { path, message: `must have at least ${params.limit === 1 ? 'one field' : `${params.limit} fields`}` }
    case 'maxProperties':
      return { path, message: `must have at most ${params.limit} fields` }
    case 'minimum':
      return { path, message: `must be at least ${params.limit}` }
    case 'maximum':
      return { path, message: `must be at most ${params.limit}` }
    case 'exclusiveMinimum':
      return { path, message: `must be greater than ${params.limit}` }
    case 'format':
      return { path, message: formats[String(params.format)] ?? `must be in the format ${params.format}` }
    default:
      return { path, message: error.message ?? 'is not valid' }
  }
}

const formats: Readonly<Record<string, string>> = {
  'date-time': 'must be a time in ISO 8601 with a time zone, such as 2026-01-15T10:30:00.000Z',
  uri: 'must be an absolute URL',
  email: 'must be an email address',
}

function article(type: unknown): string {
  const names = (Array.isArray(type) ? type : [type]).filter((name) => name !== 'null').map(String)
  return names.map((name) => (/^[aeio]/.test(name) ? `an ${name}` : `a ${name}`)).join(' or ')
}
