import type { Delivery } from '../domain/delivery.ts'
import type { Event, Stream } from '../domain/event.ts'
import { type DeliveryRow, toDelivery } from './delivery-row.ts'

/** A delivery in a node's hands, with the event that it carries. */
export interface ClaimedDelivery {
  readonly delivery: Delivery
  readonly event: Event
}

/** What the claims select: a row of the table deliveries, and of its event. */
export interface ClaimedRow extends DeliveryRow {
  /** null: none. */
  tags: string[] | null
  created: number
  data: string
  /** null: events. */
  stream: Stream | null
  /** null: 0. */
  milliseconds: number | null
}

/**
 * Joins each row of `claimed c` with its event `e`. A look-up for each, which `offset 0` keeps the planner from undoing:
 * it believes that a claim brings three rows, and would compare each of 2,000 with each of 2,000.
 */
export const eventOfClaimed = `
cross join lateral (select tags, created, data, stream, milliseconds from events where id = c.event_id offset 0) e`

/** The columns of that event; what is the same for most is left out, since reading a row costs as much as sending it. */
export const claimedEventColumns = `nullif(e.tags, '{}') as tags, e.created, e.data,
  nullif(e.stream, 'events') as stream, nullif(e.milliseconds, 0) as milliseconds`

export function fromClaimedRow(row: ClaimedRow): ClaimedDelivery {
  const delivery = toDelivery(row)
  const { eventId: id, workspaceId, type } = delivery
  const { created, data, tags, stream, milliseconds } = row
  const told = { tags: tags ?? [], stream: stream ?? 'events', milliseconds: milliseconds ?? 0 }
  return { delivery, event: { id, workspaceId, type, created, data, ...told } }
}
