import { areEqual, Failure, type FilterSubject, isMap, nameOf, tooCostly } from './filter-value.ts'

/** An operator of two values, neither of which is a failure. */
export type Operator = (left: unknown, right: unknown, subject: FilterSubject) => unknown

export const comparisons: ReadonlyMap<string, Operator> = new Map([
  ['==', areEqual],
  ['!=', (left, right, subject) => !areEqual(left, right, subject)],
  ['<', ordered((order) => order < 0)],
  ['<=', ordered((order) => order <= 0)],
  ['>', ordered((order) => order > 0)],
  ['>=', ordered((order) => order >= 0)],
  ['in', isIn],
])

const divisionByZero = new Failure('division by zero')

export const arithmetic: ReadonlyMap<string, Operator> = new Map([
  ['+', add],
  ['-', numbers('-', (left, right) => left - right)],
  ['*', numbers('*', (left, right) => left * right)],
  ['/', numbers('/', (left, right) => (right === 0 ? divisionByZero : left / right))],
  ['%', numbers('%', (left, right) => (right === 0 ? divisionByZero : left % right))],
])

/** Of two whole numbers as they are written in an expression; those of an event are all doubles. */
export const wholeDivision: Operator = numbers('/', (left, right) =>
  right === 0 ? divisionByZero : Math.trunc(left / right),
)

function numbers(sign: string, calculate: (left: number, right: number) => unknown): Operator {
  return (left, right) =>
    typeof left === 'number' && typeof right === 'number' ? calculate(left, right) : clash(left, sign, right)
}

function clash(left: unknown, sign: string, right: unknown): Failure {
  return new Failure(`${nameOf(left)} ${sign} ${nameOf(right)} has no meaning`)
}

function ordered(holds: (order: number) => boolean): Operator {
  return (left, right, subject) => {
    if (typeof left === 'number' && typeof right === 'number') return holds(left - right)
    if (typeof left !== 'string' || typeof right !== 'string') {
      return new Failure(`cannot compare ${nameOf(left)} with ${nameOf(right)}`)
    }
    if (!subject.take(Math.min(left.length, right.length) >> 3)) return tooCostly
    return holds(left < right ? -1 : left === right ? 0 : 1)
  }
}

function isIn(value: unknown, container: unknown, subject: FilterSubject): unknown {
  if (Array.isArray(container)) {
    for (const item of container) {
      if (!subject.take(1)) return tooCostly
      if (areEqual(value, item, subject)) return true
    }
    return false
  }
  if (!isMap(container)) return new Failure(`nothing can be in ${nameOf(container)}`)
  return typeof value === 'string' ? Object.hasOwn(container, value) : false
}

function add(left: unknown, right: unknown, subject: FilterSubject): unknown {
  if (typeof left === 'number' && typeof right === 'number') return left + right
  // What is joined takes memory, so that it costs more than to read it.
  if (typeof left === 'string' && typeof right === 'string') {
    return subject.take((left.length + right.length) >> 1) ? left + right : tooCostly
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    return subject.take(left.length + right.length) ? [...left, ...right] : tooCostly
  }
  return clash(left, '+', right)
}
