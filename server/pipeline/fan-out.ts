import { type Endpoint, tagsMatch, takesEvents } from '../domain/endpoint.ts'
import type { Event } from '../domain/event.ts'
import { compileTypePatterns } from '../domain/type-pattern.ts'

// Types come from publishers: without a bound, a publisher with ever new types would fill the memory.
const rememberedTypes = 1_000

/** Which endpoints of a workspace an event goes to. Built once per version of the configuration. */
export class FanOut {
  readonly #candidates: readonly { endpoint: Endpoint; matches: (type: string) => boolean }[]
  readonly #byType = new Map<string, readonly Endpoint[]>()

  constructor(endpoints: readonly Endpoint[]) {
    this.#candidates = endpoints
      .filter((endpoint) => takesEvents(endpoint) && endpoint.stream === 'events')
      .map((endpoint) => ({ endpoint, matches: compile(endpoint) }))
  }

  plan(event: Pick<Event, 'type' | 'tags'>): readonly Endpoint[] {
    const byType = this.#endpointsFor(event.type)
    if (byType.every((endpoint) => endpoint.tags.length === 0)) return byType
    return byType.filter((endpoint) => tagsMatch(endpoint.tags, event))
  }

  #endpointsFor(type: string): readonly Endpoint[] {
    const known = this.#byType.get(type)
    if (known) return known
    const endpoints = this.#candidates.filter(({ matches }) => matches(type)).map(({ endpoint }) => endpoint)
    if (this.#byType.size >= rememberedTypes) this.#byType.clear()
    this.#byType.set(type, endpoints)
    return endpoints
  }
}

function compile(endpoint: Endpoint): (type: string) => boolean {
  const compiled = compileTypePatterns(endpoint.types)
  if (compiled.ok) return compiled.matches
  // Patterns are checked when an endpoint is saved, so this is a row that nobody wrote through the API.
  throw new Error(`endpoint ${endpoint.id}: type pattern ${compiled.index}: ${compiled.reason}`)
}
