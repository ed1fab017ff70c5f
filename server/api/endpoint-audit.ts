import { changesBetween } from '../domain/audit-note.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'

/** How an endpoint is called in the audit log. */
export function endpointTarget({ id, description, url }: Pick<Endpoint, 'id' | 'description' | 'url'>) {
  return { type: 'endpoint', id: toTypeId(idPrefix.endpoint, id), name: description || new URL(url).host }
}

/** What a change made different, without anything that may be a secret. */
export function endpointChanges(before: Endpoint, after: Endpoint) {
  const changes = changesBetween(harmless(before), harmless(after))
  const secretive = ['url', 'headers', 'options'] as const
  for (const name of secretive) {
    if (changes[name] === undefined && JSON.stringify(before[name]) !== JSON.stringify(after[name])) {
      const same = harmless(after)[name]
      changes[name] = { before: same, after: same }
    }
  }
  return { changes }
}

/** As it was created. */
export function endpointSettings(endpoint: Endpoint) {
  const { stream, profile, url, types, filter, tags, headers, options } = harmless(endpoint)
  return { stream, profile, url, types, filter, tags, headers, options }
}

function harmless(endpoint: Endpoint) {
  const { batch } = endpoint
  return {
    url: maskedUrl(endpoint.url),
    description: endpoint.description,
    stream: endpoint.stream,
    profile: endpoint.profile,
    types: endpoint.types,
    filter: endpoint.filter,
    tags: endpoint.tags,
    serialize: endpoint.serialize,
    // Tokens stand in their values; which ones there are is no secret.
    headers: Object.keys(endpoint.headers),
    options: Object.keys(endpoint.options),
    timeout_seconds: endpoint.timeoutSeconds,
    retry_schedule_seconds: endpoint.retryScheduleSeconds,
    max_per_second: endpoint.maxPerSecond,
    max_in_flight: endpoint.maxInFlight,
    batch: batch && { max_events: batch.maxEvents, window_seconds: batch.windowSeconds },
  }
}

/** Many receivers take whoever knows the path or the query for the sender: they are as good as a password. */
function maskedUrl(text: string): string {
  const { origin, pathname, search } = new URL(text)
  return pathname === '/' && search === '' ? `${origin}/` : `${origin}/…`
}
