import { type Endpoint, spans, tagsMatch, takesEvents } from '../domain/endpoint.ts'
import type { Event, Stream } from '../domain/event.ts'
import { type CompiledFilter, compileFilter } from '../domain/filter.ts'
import { FilterSubject } from '../domain/filter-value.ts'
import { compileTypePatterns } from '../domain/type-pattern.ts'

// Types come from publishers: without a bound, a publisher with ever new types would fill the memory.
const rememberedTypes = 1_000

interface Compiled {
  readonly endpoint: Endpoint
  matches(type: string): boolean
}

interface Candidates {
  readonly endpoints: readonly Endpoint[]
  /** All of them get each event of the type. */
  readonly plain: boolean
}

/** Which endpoints of a workspace an event of a stream goes to. Built once per version of the configuration. */
export class FanOut {
  /** Whether any endpoint takes events of the stream now. */
  readonly isWanted: boolean
  readonly #endpoints: readonly Compiled[]
  readonly #candidates: readonly Compiled[]
  readonly #byType = new Map<string, Candidates>()
  readonly #filters = new Map<string, CompiledFilter>()

  /** @param before the one of the version before, whose compiled filters are taken over */
  constructor(endpoints: readonly Endpoint[], stream: Stream, before?: FanOut) {
    this.#endpoints = endpoints
      .filter((endpoint) => endpoint.stream === stream)
      .map((endpoint) => ({ endpoint, matches: compile(endpoint) }))
    // Of an audit log, what was recorded before an endpoint was disabled still goes to it.
    this.#candidates = this.#endpoints.filter(({ endpoint }) => takesEvents(endpoint) || endpoint.auditSpan !== null)
    this.isWanted = this.#candidates.some(({ endpoint }) => takesEvents(endpoint))
    for (const { endpoint } of this.#candidates) {
      const { filter } = endpoint
      if (filter === null || this.#filters.has(filter)) continue
      const known = before === undefined ? undefined : before.#filters.get(filter)
      this.#filters.set(filter, known ?? compileFilter(filter))
    }
  }

  /** @param data what the text of the event's data means, for whom has parsed it already */
  plan(event: Omit<Event, 'workspaceId'>, data?: unknown): readonly Endpoint[] {
    const { endpoints, plain } = this.#candidatesFor(event.type)
    return plain ? endpoints : this.#select(endpoints, event, data)
  }

  /** The same for an entry of the audit log, by its sequence in the chain. */
  planEntry(event: Event, sequence: number): readonly Endpoint[] {
    const { endpoints, plain } = this.#candidatesFor(event.type)
    const spanning = endpoints.filter((endpoint) => spans(endpoint, sequence))
    return plain ? spanning : this.#select(spanning, event)
  }

  /** The endpoints whose types take this one, whatever their status, tags and filter. */
  listeners(type: string): readonly Endpoint[] {
    return this.#endpoints.filter(({ matches }) => matches(type)).map(({ endpoint }) => endpoint)
  }

  #select(endpoints: readonly Endpoint[], event: Omit<Event, 'workspaceId'>, data?: unknown): readonly Endpoint[] {
    let subject: FilterSubject | null = null
    return endpoints.filter(({ filter, tags }) => {
      if (!tagsMatch(tags, event)) return false
      if (filter === null) return true
      subject ??= new FilterSubject(event, data === undefined ? JSON.parse(event.data) : data)
      const compiled = this.#filters.get(filter)
      // One that does not compile is a row that nobody wrote through the API: it must not fail the publish.
      return compiled?.ok === true && compiled.matches(subject)
    })
  }

  #candidatesFor(type: string): Candidates {
    const known = this.#byType.get(type)
    if (known) return known
    const endpoints = this.#candidates.filter(({ matches }) => matches(type)).map(({ endpoint }) => endpoint)
    const plain = endpoints.every(({ tags, filter }) => tags.length === 0 && filter === null)
    if (this.#byType.size >= rememberedTypes) this.#byType.clear()
    const candidates = { endpoints, plain }
    this.#byType.set(type, candidates)
    return candidates
  }
}

function compile(endpoint: Endpoint): (type: string) => boolean {
  const compiled = compileTypePatterns(endpoint.types)
  if (compiled.ok) return compiled.matches
  // Patterns are checked when an endpoint is saved, so this is a row that nobody wrote through the API.
  throw new Error(`endpoint ${endpoint.id}: type pattern ${compiled.index}: ${compiled.reason}`)
}
