import { type Static, Type } from 'typebox'
import type { LastAttempt } from '../domain/attempt.ts'
import { shownState } from '../domain/delivery.ts'
import { eventTypeId } from '../domain/event.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import type { StoredDelivery } from '../storage/delivery.ts'
import { Duration, ErrorCode } from './attempt-answer.ts'
import { choice, nullable, Time } from './schema.ts'

export const deliveryStates = [
  'pending',
  'held',
  'delivering',
  'delivered',
  'retrying',
  'dead_letter',
  'canceled',
] as const

const DeliveryState = choice(
  deliveryStates,
  'held: its endpoint is paused or disabled. delivering: a node has it in hand.',
)

export const DeliveryAnswer = Type.Object(
  {
    id: Type.String({ examples: ['dlv_01h455vb4pex5vsknk084sn02q'] }),
    event: Type.String({
      examples: ['evt_01h455vb4pex5vsknk084sn02q'],
      description: 'At an endpoint of the audit stream the id of the entry: aud_….',
    }),
    endpoint: Type.String({ examples: ['ep_01h455vb4pex5vsknk084sn02q'] }),
    type: Type.String(),
    sequence: Type.Integer({ description: 'Rises by one per endpoint; 0: a test, outside the numbering.' }),
    state: DeliveryState,
    attempt_count: Type.Integer(),
    last_attempt: nullable(
      Type.Object(
        {
          at: Time,
          duration_ms: Duration,
          status: nullable(Type.Integer(), { description: 'Of the response; null: there was none.' }),
          error: ErrorCode,
        },
        { title: 'LastAttempt' },
      ),
      { description: 'null: there was none, or a version made it that did not keep it here.' },
    ),
    next_attempt_at: nullable(Time),
    dead_lettered_at: nullable(Time),
    dead_letter_reason: nullable(choice(['retries_exhausted', 'rejected']), {
      description:
        'Why it is a dead letter: its last retry failed, or the endpoint refused it in a way that retrying cannot mend. Null for what is none, and for dead letters of versions that did not store it.',
    }),
    created_at: Time,
    settled_at: nullable(Time),
  },
  { title: 'Delivery' },
)

export function showDelivery(delivery: StoredDelivery): Static<typeof DeliveryAnswer> {
  return {
    id: toTypeId(idPrefix.delivery, delivery.id),
    event: eventTypeId({ stream: delivery.stream, id: delivery.eventId }),
    endpoint: toTypeId(idPrefix.endpoint, delivery.endpointId),
    type: delivery.type,
    sequence: delivery.sequence,
    state: shownState(delivery, delivery.endpointStatus),
    attempt_count: delivery.attemptCount,
    last_attempt: showLastAttempt(delivery.lastAttempt),
    next_attempt_at: time(delivery.nextAttemptAt),
    dead_lettered_at: time(delivery.deadLetteredAt),
    dead_letter_reason: delivery.deadLetterReason,
    created_at: delivery.createdAt.toISOString(),
    settled_at: time(delivery.settledAt),
  }
}

function showLastAttempt(attempt: LastAttempt | null) {
  if (attempt === null) return null
  const { at, durationMs, status, error } = attempt
  return { at: at.toISOString(), duration_ms: durationMs, status, error }
}

function time(date: Date | null): string | null {
  return date?.toISOString() ?? null
}
