import type { Attempt } from '../domain/attempt.ts'
import { exampleAuditEvent } from '../domain/audit-event.ts'
import type { Delivery, Settlement } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import type { Event } from '../domain/event.ts'
import { exampleFor } from '../domain/event-type.ts'
import { deliveryId } from '../domain/identifier.ts'
import { isBatchProfile } from '../domain/profile.ts'
import type { Database } from '../storage/database.ts'
import { recordTest } from '../storage/record.ts'
import { recordBatchTest } from '../storage/record-batch.ts'
import type { Deliver } from './deliver.ts'
import type { Task } from './task.ts'

/** Sends a test as the endpoint is configured, by itself or as a batch of one, and stores what came of it. */
export async function sendTest(
  database: Database,
  deliver: Deliver,
  endpoint: Endpoint,
  { event, delivery }: Task,
): Promise<Attempt> {
  if (!isBatchProfile(endpoint.profile)) {
    const { attempt, endedAt } = await deliver.attempt(endpoint, delivery, event)
    await recordTest(database, event, { delivery, attempt, endedAt, settlement: settleTest(attempt) })
    return attempt
  }
  const { attempt, endedAt, outcomes } = await deliver.attemptBatch(endpoint, [{ event, delivery }])
  const settlement = settleTest(attempt)
  const carried = outcomes.map((judgement) => ({ delivery, judgement, settlement }))
  await recordBatchTest(database, event, { attempt, endedAt, carried })
  return attempt
}

/** Tests are not retried. */
function settleTest({ outcome, startedAt: firstAttemptAt }: Attempt): Settlement {
  const state = outcome === 'success' ? 'delivered' : 'canceled'
  return { state, cycleAttempts: 1, firstAttemptAt, nextAttemptAt: null, deadLetterReason: null }
}

/** A test is an event like any other, but outside the endpoint's numbering: a failed one must leave no gap. */
export function exampleSend(eventId: string, endpoint: Endpoint, type: string, owner: number, now: number): Task {
  const at = new Date(now)
  const { id: endpointId, workspaceId } = endpoint
  const event: Event =
    endpoint.stream === 'audit'
      ? exampleAuditEvent(eventId, endpoint, type, now)
      : {
          ...{ id: eventId, workspaceId, stream: 'events', type, tags: [], created: Math.floor(now / 1000) },
          ...{ milliseconds: 0, data: JSON.stringify(exampleFor(type)) },
        }
  const delivery: Delivery = {
    ...{ id: deliveryId(eventId, endpointId), eventId, endpointId, workspaceId, type, sequence: 0, owner },
    ...{ state: 'pending', attemptCount: 0, cycleAttempts: 0, firstAttemptAt: null, nextAttemptAt: null },
    ...{ scheduledRetryAt: null, deadLetteredAt: null, deadLetterReason: null, createdAt: at, settledAt: null },
  }
  return { event, delivery }
}
