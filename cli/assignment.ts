import { UsageError } from './usage-error.ts'

type Container = Record<string, unknown> | unknown[]

/**
 * Sets what `a.b=c` says in a copy of a JSON object. Where there is nothing yet, objects are made; numbers are places in
 * a list. The value is JSON if it reads as such, else text.
 */
export function assign(
  object: Readonly<Record<string, unknown>>,
  assignments: readonly string[],
): Record<string, unknown> {
  const copy = structuredClone(object) as Record<string, unknown>
  for (const assignment of assignments) assignOne(copy, assignment)
  return copy
}

function assignOne(root: Record<string, unknown>, assignment: string): void {
  const at = assignment.indexOf('=')
  const path = assignment.slice(0, at).split('.')
  if (at < 1 || path.includes('')) {
    throw new UsageError(`--set takes a field and a value, such as value=48000 or owner.name=Ann, not "${assignment}"`)
  }
  const name = path.pop() ?? ''
  let place: Container = root
  for (const step of path) place = stepInto(place, step, assignment)
  put(place, name, readValue(assignment.slice(at + 1)), assignment)
}

function stepInto(place: Container, step: string, assignment: string): Container {
  const inner = Object.hasOwn(place, step) ? (place as Record<string, unknown>)[step] : undefined
  if (typeof inner === 'object' && inner !== null) return inner as Container
  if (inner !== undefined && inner !== null) {
    throw new UsageError(`--set ${assignment}: "${step}" is no object, so there is nothing inside of it`)
  }
  const made = {}
  put(place, step, made, assignment)
  return made
}

function put(place: Container, name: string, value: unknown, assignment: string): void {
  if (Array.isArray(place) && !(/^\d+$/.test(name) && Number(name) <= place.length)) {
    throw new UsageError(`--set ${assignment}: "${name}" is no place in a list of ${place.length}`)
  }
  // Not a plain assignment: __proto__ is a name like any other.
  Object.defineProperty(place, name, { value, writable: true, enumerable: true, configurable: true })
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
