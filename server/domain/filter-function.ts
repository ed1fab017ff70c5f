import { RE2JS } from 're2js'
import { Failure, type FilterSubject, isMap, keysOf, nameOf, tooCostly } from './filter-value.ts'

/** A function of the expressions: its receiver, if it has one, is its first argument. */
export interface FilterFunction {
  /** What it gives; the kinds of what it takes are seen when it runs. */
  readonly gives: 'bool' | 'int' | 'double' | 'string'
  readonly arity: number
  call(subject: FilterSubject, first: unknown, second: unknown): unknown
}

/** Above this length the search of the engine takes the product of both lengths where a text is chosen for that. */
const longestSimpleNeedle = 250

const size: FilterFunction = { gives: 'int', arity: 1, call: sizeOf }

/** Those that are called with the value in parentheses, as size(data.items). */
export const functions: ReadonlyMap<string, FilterFunction> = new Map([
  ['size', size],
  ['int', { gives: 'int', arity: 1, call: (_, value) => toInt(value) }],
  ['double', { gives: 'double', arity: 1, call: (_, value) => toDouble(value) }],
  ['string', { gives: 'string', arity: 1, call: (_, value) => toText(value) }],
])

/** Those that are called on a value, as data.name.startsWith("A"). Letters beyond ASCII stay as they are. */
export const methods: ReadonlyMap<string, FilterFunction> = new Map([
  ['size', size],
  ['contains', { gives: 'bool', arity: 2, call: texts(contains) }],
  ['startsWith', { gives: 'bool', arity: 2, call: texts(startsWith) }],
  ['endsWith', { gives: 'bool', arity: 2, call: texts(endsWith) }],
  [
    'lowerAscii',
    { gives: 'string', arity: 1, call: text((value) => value.replace(/[A-Z]+/g, (run) => run.toLowerCase())) },
  ],
  [
    'upperAscii',
    { gives: 'string', arity: 1, call: text((value) => value.replace(/[a-z]+/g, (run) => run.toUpperCase())) },
  ],
  ['trim', { gives: 'string', arity: 1, call: text((value) => value.trim()) }],
])

const longestPattern = 1_000
/** Instructions of RE2. What a match costs is bounded by their number times the length of the text. */
export const mostInstructions = 300

/**
 * A search for an RE2 pattern, and its size in instructions; or why there is none. RE2 takes linear time, where a
 * regular expression of JavaScript may take for ever.
 */
export function compilePattern(
  pattern: string,
): { ok: true; instructions: number; matches: FilterFunction['call'] } | { ok: false; reason: string } {
  if (pattern.length > longestPattern) return { ok: false, reason: `has more than ${longestPattern} characters` }
  try {
    const compiled = RE2JS.compile(pattern)
    const instructions = compiled.programSize()
    if (instructions > mostInstructions)
      return { ok: false, reason: 'is too large when its repetitions are written out' }
    const matches = text((value, subject) =>
      subject.take(value.length * instructions) ? compiled.test(value) : tooCostly,
    )
    return { ok: true, instructions, matches }
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : '' }
  }
}

function text(call: (value: string, subject: FilterSubject) => unknown): FilterFunction['call'] {
  return (subject, value) => {
    if (typeof value !== 'string') return new Failure(`expected a string, got ${nameOf(value)}`)
    // One step for each character: the slowest of these functions, with the most unfavourable text.
    return subject.take(value.length) ? call(value, subject) : tooCostly
  }
}

function texts(call: (value: string, other: string, subject: FilterSubject) => unknown): FilterFunction['call'] {
  return (subject, value, other) => {
    if (typeof value === 'string' && typeof other === 'string') return call(value, other, subject)
    return new Failure(`expected a string, got ${nameOf(typeof value === 'string' ? other : value)}`)
  }
}

function contains(value: string, other: string, subject: FilterSubject): unknown {
  if (other.length > value.length) return false
  const steps = other.length > longestSimpleNeedle ? value.length * other.length : value.length
  return subject.take(steps) ? value.includes(other) : tooCostly
}

function startsWith(value: string, other: string, subject: FilterSubject): unknown {
  return subject.take(other.length >> 3) ? value.startsWith(other) : tooCostly
}

function endsWith(value: string, other: string, subject: FilterSubject): unknown {
  return subject.take(other.length >> 3) ? value.endsWith(other) : tooCostly
}

function sizeOf(subject: FilterSubject, value: unknown): unknown {
  if (typeof value === 'string') return subject.take(value.length) ? countCharacters(value) : tooCostly
  if (Array.isArray(value)) return value.length
  if (!isMap(value)) return new Failure(`${nameOf(value)} has no size`)
  const keys = keysOf(value, subject)
  return keys instanceof Failure ? keys : keys.length
}

function countCharacters(value: string): number {
  let count = value.length
  for (let at = 0; at < value.length; at++) {
    if ((value.codePointAt(at) ?? 0) > 0xffff) {
      at++
      count--
    }
  }
  return count
}

function toInt(value: unknown): unknown {
  if (typeof value === 'number' && Number.isFinite(value)) return Math.trunc(value)
  if (typeof value === 'string' && /^[+-]?\d{1,19}$/.test(value)) return Number(value)
  return new Failure(`${nameOf(value)} is no whole number`)
}

function toDouble(value: unknown): unknown {
  if (typeof value === 'number') return value
  if (typeof value === 'string' && value.length <= 64 && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value)) {
    return Number(value)
  }
  return new Failure(`${nameOf(value)} is no number`)
}

function toText(value: unknown): unknown {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return new Failure(`${nameOf(value)} cannot become a string`)
}
