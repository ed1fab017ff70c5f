import type { AttemptError, LastAttempt } from '../domain/attempt.ts'
import type { DeadLetterReason, Delivery, DeliveryState } from '../domain/delivery.ts'

/** A row of the table deliveries. */
export interface DeliveryRow {
  id: string
  event_id: string
  endpoint_id: string
  workspace_id: string
  type: string
  sequence: number
  state: DeliveryState
  owner: number
  attempt_count: number
  cycle_attempts: number
  first_attempt_at: Date | null
  next_attempt_at: Date | null
  scheduled_retry_at: Date | null
  dead_lettered_at: Date | null
  dead_letter_reason: DeadLetterReason | null
  created_at: Date
  settled_at: Date | null
}

/** What a row of deliveries says about its last attempt. */
export interface LastAttemptRow {
  last_attempt_at: Date | null
  last_duration_ms: number | null
  last_status: number | null
  last_error: AttemptError | null
}

export function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    eventId: row.event_id,
    endpointId: row.endpoint_id,
    workspaceId: row.workspace_id,
    type: row.type,
    sequence: row.sequence,
    state: row.state,
    owner: row.owner,
    attemptCount: row.attempt_count,
    cycleAttempts: row.cycle_attempts,
    firstAttemptAt: row.first_attempt_at,
    nextAttemptAt: row.next_attempt_at,
    scheduledRetryAt: row.scheduled_retry_at,
    deadLetteredAt: row.dead_lettered_at,
    deadLetterReason: row.dead_letter_reason,
    createdAt: row.created_at,
    settledAt: row.settled_at,
  }
}

/** null: there was none, or a version made it that did not keep this. */
export function toLastAttempt(row: LastAttemptRow): LastAttempt | null {
  const { last_attempt_at: at, last_duration_ms: durationMs } = row
  if (at === null || durationMs === null) return null
  return { at, durationMs, status: row.last_status, error: row.last_error }
}
