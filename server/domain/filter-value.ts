import { type Event, eventTypeId } from './event.ts'

/** Why an expression does not apply to an event. A value, since to throw it would cost more than all the rest. */
export class Failure {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

export const tooCostly = new Failure('it takes more work than a filter may')

/** About a millisecond: a step is what takes some ten nanoseconds. */
const mostSteps = 100_000
/** Of all filters together. */
const mostStepsPerEvent = 500_000
/** What a filter may use even when those before it have used up all: enough for any without loops and long texts. */
const leastSteps = 2_000
const fewKeys = 100

/** The members of an audit entry's data that have names of their own. */
const auditNames: ReadonlySet<string> = new Set(['actor', 'action', 'target', 'metadata'])

/** What the filters of a workspace are asked about: one event, with the work that may still be put into it. */
export class FilterSubject {
  readonly data: unknown
  readonly type: string
  readonly tags: readonly string[]
  /** Of large maps. */
  readonly keys = new Map<Members, readonly string[]>()
  /** Variables of the loops that an evaluation is in. */
  readonly variables: unknown[] = []
  /** Steps that the evaluation under way may still take; below zero it has come to its end, whatever it gives. */
  left = 0
  readonly #source: FilterSource
  readonly #object: string
  #remaining = mostStepsPerEvent
  #event: unknown = null

  /** @param data what the text of the event's data means, which is not parsed again */
  constructor(source: FilterSource, data: unknown) {
    this.#source = source
    this.data = data
    this.type = source.type
    this.tags = source.tags
    const dot = source.type.indexOf('.')
    this.#object = dot < 0 ? source.type : source.type.slice(0, dot)
  }

  /**
   * What a name means that depends on the stream; undefined: nothing. In an event of the events stream the part of its
   * type before the first dot is the data; an audit entry has the names of its parts.
   */
  named(name: string): unknown {
    if (this.#source.stream === 'events') return this.#object === name ? this.data : undefined
    return auditNames.has(name) && isMap(this.data) ? this.data[name] : undefined
  }

  get event(): unknown {
    const { type, created, tags } = this.#source
    this.#event ??= { id: eventTypeId(this.#source), type, created, tags, data: this.data }
    return this.#event
  }

  /** Does the work of one filter within what it and all filters of the event may take. */
  spend(work: (subject: FilterSubject) => unknown, steps: number): unknown {
    const allowance = Math.max(leastSteps, Math.min(mostSteps, this.#remaining))
    this.left = allowance - steps
    const result = work(this)
    this.#remaining -= allowance - Math.max(0, this.left)
    return this.left < 0 ? tooCostly : result
  }

  /** Whether so many steps were left. */
  take(steps: number): boolean {
    this.left -= steps
    return this.left >= 0
  }
}

type FilterSource = Pick<Event, 'id' | 'stream' | 'type' | 'tags' | 'created'>

export type Members = Readonly<Record<string, unknown>>

export function isMap(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a value is called, for people. */
export function nameOf(value: unknown): string {
  if (typeof value === 'string') return 'a string'
  if (typeof value === 'number') return 'a number'
  if (typeof value === 'boolean') return 'a bool'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : 'a map'
}

/** Equality of values as JSON has them; those of different types are not equal. Takes steps from the subject. */
export function areEqual(left: unknown, right: unknown, subject: FilterSubject): boolean {
  if (typeof left === 'string' && typeof right === 'string') {
    return left.length === right.length && subject.take(left.length >> 5) && left === right
  }
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return left === right
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false
    return left.every((item, index) => subject.take(1) && areEqual(item, right[index], subject))
  }
  return isMap(left) && isMap(right) && areEqualMaps(left, right, subject)
}

function areEqualMaps(left: Members, right: Members, subject: FilterSubject): boolean {
  const [keys, others] = [keysOf(left, subject), keysOf(right, subject)]
  if (keys instanceof Failure || others instanceof Failure || keys.length !== others.length) return false
  return keys.every((key) => subject.take(4) && Object.hasOwn(right, key) && areEqual(left[key], right[key], subject))
}

/**
 * To list the keys of a large map takes a quarter of the time that it took to parse it, and nothing stops it halfway, so
 * for one event it is done once.
 */
export function keysOf(map: Members, subject: FilterSubject): readonly string[] | Failure {
  const known = subject.keys.get(map)
  if (known) return known
  const keys = Object.keys(map)
  if (keys.length > fewKeys) subject.keys.set(map, keys)
  return subject.take(keys.length * 4) ? keys : tooCostly
}
