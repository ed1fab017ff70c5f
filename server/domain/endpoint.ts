import type { AttemptError } from './attempt.ts'
import type { Event } from './event.ts'
import type { BatchLimits, Profile } from './profile.ts'

export type EndpointStatus = 'active' | 'paused' | 'disabled' | 'deleted'
export type Stream = 'events' | 'audit'

/** A secret that was rotated away, and until when it still signs. */
export interface PreviousSecret {
  readonly secret: string
  readonly expiresAt: Date
}

/** A URL that a workspace registered, with what it wants and how it wants it. Secrets are in the clear: in memory only. */
export interface Endpoint {
  readonly id: string
  readonly workspaceId: string
  readonly url: string
  readonly description: string
  readonly stream: Stream
  readonly profile: Profile
  /** Type patterns; empty: all. */
  readonly types: readonly string[]
  /** A CEL expression; null: none. */
  readonly filter: string | null
  /** Any of them; empty: all. */
  readonly tags: readonly string[]
  readonly serialize: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly secret: string
  /** Each still signs beside the new one until it expires; the newest first. Expired ones may be among them. */
  readonly previousSecrets: readonly PreviousSecret[]
  readonly timeoutSeconds: number
  /** Seconds after the first attempt, rising. */
  readonly retryScheduleSeconds: readonly number[]
  readonly maxPerSecond: number | null
  readonly maxInFlight: number
  /** null: its profile sends one event per request. */
  readonly batch: BatchLimits | null
  readonly options: Readonly<Record<string, unknown>>
  /** The CLI that its requests travel to, by the hash of its id; the URL is then where that one sends them. null: none. */
  readonly tunnel: string | null
  readonly status: EndpointStatus
  /** Why it is not active, for people. */
  readonly statusReason: string | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** A failed attempt of an endpoint's deliveries, as it is remembered. */
export interface EndpointFailure {
  readonly at: Date
  readonly error: AttemptError | null
  /** The cause in words. */
  readonly detail: string | null
  readonly status: number | null
}

/** What the pipeline recorded last about an endpoint. */
export interface EndpointHealth {
  readonly lastAttemptAt: Date | null
  readonly lastState: string | null
  readonly lastStatus: number | null
  readonly lastSuccessAt: Date | null
  /** The last ones, the newest first; of equal ones in a row the last. */
  readonly failures: readonly EndpointFailure[]
}

/** Whether it needs one place of control: then one node at a time serves it, which holds its lease. */
export function needsLease({
  serialize,
  maxPerSecond,
  batch,
  tunnel,
}: Pick<Endpoint, 'serialize' | 'maxPerSecond' | 'batch' | 'tunnel'>): boolean {
  return serialize || maxPerSecond !== null || batch !== null || tunnel !== null
}

/** Paused endpoints get deliveries, which are held; disabled and deleted ones get none. */
export function takesEvents(endpoint: Pick<Endpoint, 'status'>): boolean {
  return endpoint.status === 'active' || endpoint.status === 'paused'
}

/** Whether an event passes an endpoint's list of tags. */
export function tagsMatch(wanted: readonly string[], event: Pick<Event, 'tags'>): boolean {
  return wanted.length === 0 || event.tags.some((tag) => wanted.includes(tag))
}
