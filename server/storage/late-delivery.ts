import type { Session } from './database.ts'

/** A delivery of an event that is stored already, to an endpoint that it did not go to when it was published. */
export interface LateDelivery {
  /** Derived from those of the event and the endpoint. */
  readonly id: string
  readonly eventId: string
  readonly endpointId: string
  readonly workspaceId: string
  readonly type: string
}

// The same row that accept locks before it numbers. In a statement of its own, so that the next one sees the delivery
// that somebody else may have added while this one waited.
const lockStatement = {
  name: 'lock-sequence',
  text: 'select endpoint_id from endpoint_sequences where endpoint_id = $1 for update',
}

const addStatement = {
  name: 'add-late-delivery',
  text: `
with added as (
  insert into deliveries
    (id, event_id, endpoint_id, workspace_id, type, sequence, state, next_attempt_at, created_at, ordered)
  select $1, $2, s.endpoint_id, $4, $5, s.last_sequence + 1, 'pending', $6, $6, e.serialize
  from endpoint_sequences s join endpoints e on e.id = s.endpoint_id
  where s.endpoint_id = $3 and e.workspace_id = $4 and e.status in ('active', 'paused')
  on conflict (id) do nothing
  returning endpoint_id
)
update endpoint_sequences set last_sequence = last_sequence + 1 where endpoint_id in (select endpoint_id from added)`,
}

/**
 * As part of a transaction, adds a delivery with the next sequence of its endpoint, due now and owned by nobody. Doing it again changes nothing.
 * Gives false when it exists already, or when the endpoint takes none (any more).
 */
export async function addLateDelivery(transaction: Session, delivery: LateDelivery, now: Date): Promise<boolean> {
  const { id, eventId, endpointId, workspaceId, type } = delivery
  await transaction.execute(lockStatement, [endpointId])
  return (await transaction.execute(addStatement, [id, eventId, endpointId, workspaceId, type, now])) > 0
}
