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

export function fromClaimedRow(row: ClaimedRow): ClaimedDelivery {
  const delivery = toDelivery(row)
  const { eventId: id, workspaceId, type } = delivery
  return { delivery, event: { id, workspaceId, type, tags: row.tags, created: row.created, data: row.data } }
}
