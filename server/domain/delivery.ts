import type { Outcome } from './attempt.ts'
import type { EndpointStatus } from './endpoint.ts'
import { nextAttemptAt } from './retry-schedule.ts'

/** What is stored. */
export type DeliveryState = 'pending' | 'retrying' | 'delivered' | 'dead_letter' | 'canceled'

/** retries_exhausted: the last retry of its schedule failed. rejected: retrying could not mend it. */
export type DeadLetterReason = 'retries_exhausted' | 'rejected'

/** What is shown: `held` and `delivering` follow from the endpoint's status and from whether a node has it in hand. */
export type ShownState = DeliveryState | 'held' | 'delivering'

/** One event on its way to one endpoint. */
export interface Delivery {
  readonly id: string
  readonly eventId: string
  readonly endpointId: string
  readonly workspaceId: string
  readonly type: string
  /** 0: a test send, outside the numbering. */
  readonly sequence: number
  readonly state: DeliveryState
  /** The node that has it in memory; 0: nobody. */
  readonly owner: number
  /** All attempts ever made. */
  readonly attemptCount: number
  /** Attempts of this cycle that count against the retry schedule. */
  readonly cycleAttempts: number
  readonly firstAttemptAt: Date | null
  readonly nextAttemptAt: Date | null
  /** The retry that a replay in between must leave as it was. */
  readonly scheduledRetryAt: Date | null
  readonly deadLetteredAt: Date | null
  /** Of a dead letter; null also for one of a version that stored none. */
  readonly deadLetterReason: DeadLetterReason | null
  readonly createdAt: Date
  readonly settledAt: Date | null
}

/** The part of a delivery that its next state depends on. */
export type Progress = Pick<
  Delivery,
  'state' | 'attemptCount' | 'cycleAttempts' | 'firstAttemptAt' | 'nextAttemptAt' | 'scheduledRetryAt'
>

export interface Settlement {
  readonly state: DeliveryState
  readonly cycleAttempts: number
  readonly firstAttemptAt: Date
  readonly nextAttemptAt: Date | null
  /** Set if and only if the state is dead_letter. */
  readonly deadLetterReason: DeadLetterReason | null
}

export function isWaiting(state: DeliveryState): boolean {
  return state === 'pending' || state === 'retrying'
}

/** The state that people see. What waits for an endpoint that is gone counts as canceled before upkeep gets to it. */
export function shownState(delivery: Pick<Delivery, 'state' | 'owner'>, endpoint: EndpointStatus): ShownState {
  if (!isWaiting(delivery.state)) return delivery.state
  if (endpoint === 'deleted') return 'canceled'
  if (endpoint !== 'active') return 'held'
  return delivery.owner === 0 ? delivery.state : 'delivering'
}

/**
 * The transition that an attempt causes: waiting → delivered | retrying | dead_letter.
 *
 * An attempt that a person asked for between two retries (`scheduledRetryAt` is set) succeeds like any other, but its
 * failure spends no retry: the schedule goes on as if nothing had happened.
 *
 * @param random from 0 to 1, for the jitter
 */
export function settle(
  delivery: Progress,
  attempt: { outcome: Outcome; startedAt: Date; endedAt: Date; retryAfterSeconds: number | null },
  schedule: readonly number[],
  random: number,
): Settlement {
  const firstAttemptAt = delivery.firstAttemptAt ?? attempt.startedAt
  if (delivery.scheduledRetryAt !== null && attempt.outcome !== 'success') {
    const { cycleAttempts, scheduledRetryAt } = delivery
    return { state: 'retrying', cycleAttempts, firstAttemptAt, nextAttemptAt: scheduledRetryAt, deadLetterReason: null }
  }
  const cycleAttempts = delivery.cycleAttempts + 1
  const settled = { cycleAttempts, firstAttemptAt, nextAttemptAt: null, deadLetterReason: null }
  if (attempt.outcome === 'success') return { ...settled, state: 'delivered' }
  if (attempt.outcome === 'give_up') return { ...settled, state: 'dead_letter', deadLetterReason: 'rejected' }
  const due = nextAttemptAt({
    schedule,
    retriesDone: delivery.cycleAttempts,
    firstAttemptAt: firstAttemptAt.getTime(),
    now: attempt.endedAt.getTime(),
    retryAfterSeconds: attempt.retryAfterSeconds,
    random,
  })
  if (due === null) return { ...settled, state: 'dead_letter', deadLetterReason: 'retries_exhausted' }
  return { ...settled, state: 'retrying', nextAttemptAt: new Date(due) }
}

/**
 * The transition that an attempt causes whose outcome nobody knows, because the tunnel broke off before the answer: it
 * spends no retry, and is made again as soon as the tunnel is back, or when a retry was scheduled anyway.
 */
export function settleInterrupted(
  delivery: Progress,
  { startedAt, endedAt }: { readonly startedAt: Date; readonly endedAt: Date },
): Settlement {
  const { cycleAttempts, firstAttemptAt, scheduledRetryAt } = delivery
  return {
    state: 'retrying',
    cycleAttempts,
    firstAttemptAt: firstAttemptAt ?? startedAt,
    nextAttemptAt: scheduledRetryAt ?? endedAt,
    deadLetterReason: null,
  }
}

/**
 * The transition that a replay causes. A settled delivery begins a new cycle. One that waits for a retry is attempted
 * once more now and keeps its retry. One that is about to be attempted anyway stays as it is.
 */
export function replay(delivery: Progress, now: Date): Omit<Progress, 'attemptCount'> {
  if (!isWaiting(delivery.state)) {
    return { state: 'pending', cycleAttempts: 0, firstAttemptAt: null, nextAttemptAt: now, scheduledRetryAt: null }
  }
  const { attemptCount: _, ...unchanged } = delivery
  const waitsForRetry = delivery.nextAttemptAt !== null && delivery.nextAttemptAt > now
  if (!waitsForRetry || delivery.scheduledRetryAt !== null) return unchanged
  return { ...unchanged, nextAttemptAt: now, scheduledRetryAt: delivery.nextAttemptAt }
}
