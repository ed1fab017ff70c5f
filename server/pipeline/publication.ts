import type { Event } from '../domain/event.ts'
import type { PlannedDelivery, PlannedPublication } from '../storage/accept.ts'
import type { Task } from './task.ts'

export interface NewEvent extends Event {
  /** The publisher chose the id. */
  readonly idGiven: boolean
}

/** One publish request: all of its events or none. */
export interface Publication {
  readonly workspaceId: string
  readonly events: readonly NewEvent[]
  /** What the data of each event means; absent where nobody has parsed it yet. Filters ask for it. */
  readonly data?: readonly unknown[]
  readonly idempotency: { readonly key: string; readonly bodyHash: Buffer } | null
  /** Renders the answer from the number of deliveries of each event, before the commit. */
  answer(deliveries: readonly number[]): string
}

const bytesPerEvent = 8_192

/**
 * Within one statement a repeated idempotency key would count as new twice, and a repeated event id would fail the whole
 * group, so the repetition waits for the next.
 */
export function splitRepeated<Waiting extends { readonly planned: PlannedPublication }>(
  group: readonly Waiting[],
): [Waiting[], Waiting[]] {
  const seen = new Set<string>()
  const now: Waiting[] = []
  const later: Waiting[] = []
  for (const waiting of group) {
    const { workspaceId, idempotency, events } = waiting.planned
    const names = idempotency ? [`${workspaceId} ${idempotency.key}`] : []
    for (const { event, idGiven } of events) if (idGiven) names.push(event.id)
    if (names.some((name) => seen.has(name))) later.push(waiting)
    else now.push(waiting)
    for (const name of names) seen.add(name)
  }
  return [now, later]
}

/** How much the publication takes in memory while it waits, about. */
export function dataBytes({ events }: PlannedPublication): number {
  return events.reduce((sum, { event }) => sum + event.data.length, 0)
}

/** What a publication costs the database, in events of one delivery with a small payload. */
export function weigh(planned: PlannedPublication): number {
  const rows = planned.events.reduce((sum, { deliveries }) => sum + Math.max(1, deliveries.length), 0)
  return rows + dataBytes(planned) / bytesPerEvent
}

/** A delivery as the accept statement stores it for this node. */
export function freshTask(event: Event, planned: PlannedDelivery, sequence: number, owner: number, now: Date): Task {
  return {
    event,
    delivery: {
      id: planned.id,
      eventId: event.id,
      endpointId: planned.endpointId,
      workspaceId: event.workspaceId,
      type: event.type,
      sequence,
      state: 'pending',
      owner,
      attemptCount: 0,
      cycleAttempts: 0,
      firstAttemptAt: null,
      nextAttemptAt: now,
      scheduledRetryAt: null,
      deadLetteredAt: null,
      deadLetterReason: null,
      createdAt: now,
      settledAt: null,
    },
  }
}
