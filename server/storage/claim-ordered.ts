import {
  type ClaimedDelivery,
  type ClaimedRow,
  claimedEventColumns,
  eventOfClaimed,
  fromClaimedRow,
} from './claimed-delivery.ts'
import type { Queryable } from './database.ts'

/** A serialized endpoint whose lease the node holds. */
export interface OrderedShare {
  readonly endpointId: string
  readonly epoch: number
  /** Deliveries at the most. */
  readonly share: number
}

// A delivery that waits for its retry is at the head of its line, and nothing passes it: not even a replay of an older
// event. Otherwise the lowest sequences come first. The lock on the lease makes a claim and a change of hands wait for
// each other; rows that somebody else has locked for a moment are waited for, since skipping them would break the order.
const claimStatement = {
  name: 'claim-ordered',
  text: `
with lease as materialized (
  select l.endpoint_id, w.share
  from unnest($1::uuid[], $2::bigint[], $3::int[]) as w (endpoint_id, epoch, share)
  join endpoint_leases l on l.endpoint_id = w.endpoint_id and l.epoch = w.epoch
  where l.endpoint_id = any($1::uuid[]) and l.node = $4
    and exists (select from nodes where id = $4 and dead_at is null)
  order by l.endpoint_id for share of l
),
head as materialized (
  select l.endpoint_id, l.share, h.id from lease l left join lateral (
    select id from deliveries
    where ordered and endpoint_id = l.endpoint_id and state = 'retrying' order by sequence limit 1
  ) h on true
),
locked_head as materialized (
  select id, owner, state, next_attempt_at from deliveries where id = any(array(select id from head)) for update
),
due as materialized (
  select id from locked_head where owner = 0 and state = 'retrying' and next_attempt_at <= $5
  union all
  select d.id from head cross join lateral (
    select id from deliveries
    where ordered and endpoint_id = head.endpoint_id and state = 'pending' and owner = 0
    order by sequence limit head.share for update
  ) d
  where head.id is null
),
claimed as (
  update deliveries d set owner = $4 where d.id = any(array(select id from due)) and d.owner = 0 returning d.*
)
select c.*, ${claimedEventColumns} from claimed c
${eventOfClaimed}
order by c.endpoint_id, c.sequence`,
}

/** Takes the next deliveries of serialized endpoints in order: the head that is due for its retry, or the next ones. */
export async function claimOrdered(
  database: Queryable,
  wanted: readonly OrderedShare[],
  node: number,
  now: Date,
): Promise<ClaimedDelivery[]> {
  const rows = await database.query<ClaimedRow>(claimStatement, [
    wanted.map(({ endpointId }) => endpointId),
    wanted.map(({ epoch }) => epoch),
    wanted.map(({ share }) => share),
    node,
    now,
  ])
  return rows.map(fromClaimedRow)
}

/**
 * When the next delivery of each of these serialized endpoints is or was due. Without an entry none waits, or the head is
 * in a node's hands.
 */
export async function nextDueInOrder(
  database: Queryable,
  endpointIds: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  const rows = await database.query<{ endpoint_id: string; next_attempt_at: Date }>(
    {
      name: 'next-due-in-order',
      text: `
select w.endpoint_id, coalesce(head.next_attempt_at, line.next_attempt_at) as next_attempt_at
from unnest($1::uuid[]) as w (endpoint_id)
left join lateral (
  select owner, next_attempt_at from deliveries
  where ordered and endpoint_id = w.endpoint_id and state = 'retrying' order by sequence limit 1
) head on true
left join lateral (
  select owner, next_attempt_at from deliveries
  where ordered and endpoint_id = w.endpoint_id and state = 'pending' and owner = 0 order by sequence limit 1
) line on true
where coalesce(head.owner, line.owner) = 0`,
    },
    [endpointIds],
  )
  return new Map(rows.map((row) => [row.endpoint_id, row.next_attempt_at]))
}
