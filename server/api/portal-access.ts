import type { Stream } from '../domain/event.ts'
import { fromTypeId, idPrefix } from '../domain/identifier.ts'
import { Problem } from '../errors.ts'
import type { Admission, Caller } from './access.ts'
import { notFound } from './field.ts'

/**
 * Whether a caller may see what is of this stream. The audit log is no part of the customer portal, so neither are the
 * endpoints that it is sent to and their deliveries: whoever could make such an endpoint could read all of it.
 */
export function seesStream(caller: Caller, stream: Stream): boolean {
  return caller.kind !== 'portal' || stream === 'events'
}

/** The only stream that the caller sees; null: they see all. */
export function streamSeenBy(caller: Caller): Stream | null {
  return seesStream(caller, 'audit') ? null : 'events'
}

/** Refuses to name the audit stream where it cannot be seen. */
export function requireStream(caller: Caller, stream: Stream): void {
  if (!seesStream(caller, stream)) throw new Problem('forbidden', 'The audit log is no part of the customer portal.')
}

/** For whoever does not see the audit stream, a path that names an endpoint of it leads nowhere, on any route. */
export function hideAuditStream({ caller, workspace }: Admission, { endpoint }: { readonly endpoint?: string }): void {
  if (caller.kind !== 'portal' || endpoint === undefined) return
  const id = fromTypeId(idPrefix.endpoint, endpoint)
  const named = workspace?.endpoints.find((each) => each.id === id)
  if (named && !seesStream(caller, named.stream)) notFound('endpoint')
}
