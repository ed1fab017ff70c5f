import { Type } from 'typebox'
import { isStreamedTypeName } from '../domain/event-type.ts'
import { fromTypeId, type IdPrefix, idPrefix } from '../domain/identifier.ts'
import { compileTypePatterns } from '../domain/type-pattern.ts'
import { type Fault, Problem } from '../errors.ts'
import { invalid } from './validation.ts'

/** No control characters and no halves of surrogate pairs: text that Postgres can store and people can read. */
export const plainText = '^[^\\p{Cc}\\p{Cs}]*$'

/** The id in a path. What cannot be one is as unknown as one that is not stored. */
export function readId(prefix: IdPrefix, what: string, text: string): string {
  return fromTypeId(prefix, text) ?? notFound(what)
}

export function notFound(what: string): never {
  throw new Problem('not_found', `There is no ${what} with this id in this workspace.`)
}

/** The fields of a query that select by time. */
export const timeQuery = {
  since: Type.Optional(Type.String({ format: 'date-time', description: 'From this time on, ISO 8601.' })),
  until: Type.Optional(Type.String({ format: 'date-time', description: 'Before this time, ISO 8601.' })),
}

/** Reads the fields of a query that are more than text; `faults` says what is wrong with them, all at once. */
export class QueryReader {
  readonly #faults: Fault[] = []

  id(prefix: IdPrefix, path: string, text: string | undefined): string | null {
    if (text === undefined) return null
    const id = fromTypeId(prefix, text)
    if (id === null) this.#faults.push({ path, message: `must be an id that begins with ${prefix}_` })
    return id
  }

  /** The id of what a delivery carries: an event, or an entry of the audit log. */
  carried(path: string, text: string | undefined): string | null {
    if (text === undefined) return null
    const id = fromTypeId(idPrefix.event, text) ?? fromTypeId(idPrefix.auditEntry, text)
    if (id === null) this.#faults.push({ path, message: 'must be an id that begins with evt_ or aud_' })
    return id
  }

  time(path: string, text: string | undefined): Date | null {
    if (text === undefined) return null
    const time = Date.parse(text)
    // The format allows leap seconds, which have no place on the clock of the ids.
    if (Number.isNaN(time)) this.#faults.push({ path, message: 'must be a time without a leap second' })
    return new Date(Math.max(0, Number.isNaN(time) ? 0 : time))
  }

  type(path: string, text: string | undefined): string | null {
    if (text === undefined) return null
    if (!isStreamedTypeName(text)) this.#faults.push({ path, message: illegalType })
    return text
  }

  /** A type, or a pattern of types. */
  typePattern(path: string, text: string | undefined): string | null {
    if (text === undefined || !/[*{}]/.test(text)) return this.type(path, text)
    this.#faults.push(...judgeTypePatterns([text]).map(({ message }) => ({ path, message })))
    return text
  }

  /** Some of a closed list of words, joined by commas. */
  words<Word extends string>(path: string, text: string | undefined, known: readonly Word[]): Word[] | null {
    if (text === undefined) return null
    const wanted = text.split(',')
    const found = known.filter((word) => wanted.includes(word))
    if (found.length < new Set(wanted).size) {
      this.#faults.push({ path, message: `must be some of these, joined by commas: ${known.join(', ')}` })
    }
    return found
  }

  fault(path: string, message: string): void {
    this.#faults.push({ path, message })
  }

  /** Throws when anything was wrong. */
  finish(): void {
    if (this.#faults.length > 0) throw invalid(this.#faults)
  }
}

/** What is wrong with patterns of types, each under its number. */
export function judgeTypePatterns(types: readonly string[]): Fault[] {
  const compiled = compileTypePatterns(types)
  if (compiled.ok) return []
  return [{ path: `types.${compiled.index}`, message: `${compiled.reason} (at character ${compiled.position + 1})` }]
}

export const illegalType =
  'must be 1 to 8 segments of a-z, 0-9, _ and -, joined by dots, the first of which begins with a letter'
