import type { KnownError } from './attempt.ts'
import type { DeliveryState } from './delivery.ts'
import type { Stream } from './event.ts'

export type JobKind = 'redeliver' | 'replay_dead_letters'
export type JobState = 'running' | 'done' | 'canceled' | 'failed'

/** States from which bulk work begins a new cycle. What waits is about to be attempted anyway. */
export const settledStates = ['delivered', 'dead_letter', 'canceled'] as const satisfies readonly DeliveryState[]

export type SettledState = (typeof settledStates)[number]

/** Which deliveries a job begins anew. Tests, which stand outside the numbering, never are among them. */
export interface JobSelection {
  /** Null: those of all endpoints of the workspace that take any. */
  readonly endpointId: string | null
  /** Null: all between the times. */
  readonly deliveryIds: readonly string[] | null
  /** By the time of the event. */
  readonly since: Date | null
  readonly until: Date
  readonly states: readonly SettledState[]
  /** Type patterns; empty: all. */
  readonly types: readonly string[]
  /** What their last attempt failed with; null: whatever it was. */
  readonly lastError: KnownError | null
  readonly lastStatus: number | null
  /** Those of endpoints of this stream; null: of any. */
  readonly stream: Stream | null
}

/** Bulk work on the deliveries of a workspace that goes on until it is done, whichever node dies. */
export interface Job extends JobSelection {
  readonly id: string
  readonly workspaceId: string
  readonly kind: JobKind
  readonly state: JobState
  /** How many deliveries it has begun anew. */
  readonly done: number
  /** How many matched when it counted them, which it does first; null: it still counts. */
  readonly total: number | null
  /** Why it failed, for people. */
  readonly error: string | null
  readonly createdAt: Date
  readonly finishedAt: Date | null
}

/** Jobs of a workspace that run at the same time. */
export const mostRunningJobs = 10
