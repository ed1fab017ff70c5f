import { Failure, type FilterSubject, isMap, keysOf, nameOf, tooCostly } from './filter-value.ts'

/** A part of an expression, ready to be asked: its value for an event, or a Failure. */
export type Evaluate = (subject: FilterSubject) => unknown

/** A loop over the items of a list, or the keys of a map. */
export interface Loop {
  readonly items: Evaluate
  /** Where the variable is kept. */
  readonly slot: number
  /** Steps of one round. */
  readonly steps: number
}

const notBoolean = new Failure('the condition of a loop is neither true nor false')

/**
 * `all` ends at the first false, `exists` at the first true. Until then rounds that fail are passed over, as the
 * language has it: the round that decides may follow.
 */
export function quantify({ items, slot, steps }: Loop, decides: boolean, condition: Evaluate): Evaluate {
  return (subject) => {
    const rounds = itemsOf(items(subject), subject)
    if (rounds instanceof Failure) return rounds
    let failure: Failure | null = null
    for (const item of rounds) {
      if (!subject.take(steps)) return tooCostly
      subject.variables[slot] = item
      const given = condition(subject)
      if (given === decides) return decides
      if (given !== !decides) failure ??= given instanceof Failure ? given : notBoolean
    }
    return failure ?? !decides
  }
}

/** The items that the condition holds for, each as `transform` gives it. The first failure ends it. */
export function select({ items, slot, steps }: Loop, condition: Evaluate | null, transform: Evaluate | null): Evaluate {
  return (subject) => {
    const rounds = itemsOf(items(subject), subject)
    if (rounds instanceof Failure) return rounds
    const selected: unknown[] = []
    for (const item of rounds) {
      if (!subject.take(steps)) return tooCostly
      subject.variables[slot] = item
      const holds = condition === null || condition(subject)
      if (holds === false) continue
      if (holds !== true) return holds instanceof Failure ? holds : notBoolean
      const value = transform === null ? item : transform(subject)
      if (value instanceof Failure) return value
      selected.push(value)
    }
    return selected
  }
}

function itemsOf(value: unknown, subject: FilterSubject): readonly unknown[] | Failure {
  if (Array.isArray(value) || value instanceof Failure) return value
  if (subject.left < 0) return tooCostly
  return isMap(value) ? keysOf(value, subject) : new Failure(`cannot loop over ${nameOf(value)}`)
}
