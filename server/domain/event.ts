import { idPrefix, toTypeId } from './identifier.ts'

/** What an endpoint may get: the events that are published, or the entries of the audit log. */
export const streams = ['events', 'audit'] as const
export type Stream = (typeof streams)[number]

/** Something that happened in a workspace. Immutable once accepted. */
export interface Event {
  readonly id: string
  readonly workspaceId: string
  readonly stream: Stream
  readonly type: string
  readonly tags: readonly string[]
  /** Unix seconds, as it goes out. */
  readonly created: number
  /** Those of `created`; 0 in the stream of events, whose times are whole seconds. */
  readonly milliseconds: number
  /** The JSON text of `data` exactly as published: never parsed and printed again, so numbers keep their digits. */
  readonly data: string
}

/** The id of an event as it is shown. That of an audit entry is the entry's own. */
export function eventTypeId({ stream, id }: Pick<Event, 'stream' | 'id'>): string {
  return toTypeId(stream === 'audit' ? idPrefix.auditEntry : idPrefix.event, id)
}

/** The version of the body's layout that receivers see in `api_version`. */
export const apiVersion = '2026-01-15'

/** How deep a published body may nest. */
export const maxNestingDepth = 64
