import type { Delivery } from '../domain/delivery.ts'
import type { Event } from '../domain/event.ts'
import { type DeliveryRow, toDelivery } from './delivery-row.ts'

/** A delivery in a node's hands, with the event that it carries. */
export interface ClaimedDelivery {
  readonly delivery: Delivery
  readonly event: Event
}

/** What the claims select: a row of the table deliveries, and of its event. */
export interface ClaimedRow extends DeliveryRow {
  tags: string[]
  created: number
  data: string
}

/**
 * Joins each row of `claimed c` with its event `e`. A look-up for each, which `offset 0` keeps the planner from undoing:
 * it believes that a claim brings three rows, and would compare each of 2,000 with each of 2,000.
 */
export const eventOfClaimed = `
cross join lateral (select tags, created, data from events where id = c.event_id offset 0) e`

export function fromClaimedRow(row: ClaimedRow): ClaimedDelivery {
  const delivery = toDelivery(row)
  const { eventId: id, workspaceId, type } = delivery
  return { delivery, event: { id, workspaceId, type, tags: row.tags, created: row.created, data: row.data } }
}
