import {
  type ClaimedDelivery,
  type ClaimedRow,
  claimedEventColumns,
  eventOfClaimed,
  fromClaimedRow,
} from './claimed-delivery.ts'
import type { Queryable } from './database.ts'

/** An endpoint that gets batches, and whose lease the node holds. */
export interface BatchShare {
  readonly endpointId: string
  readonly epoch: number
  readonly maxEvents: number
  /** How long the first delivery waits for more. */
  readonly windowSeconds: number
  /** Batches at the most. */
  readonly batches: number
}

/** What one claim brings at the most, divided between its endpoints; one delivery of each in any case. */
const claimedBytes = 32 * 1024 * 1024

// Reading a row costs this process as much as sending it, so what cannot be set while a delivery waits is left out.
const claimedColumns = `d.id, d.event_id, d.endpoint_id, d.workspace_id, d.type, d.sequence, d.state, d.owner,
    d.attempt_count, d.cycle_attempts, d.first_attempt_at, d.next_attempt_at, d.scheduled_retry_at, d.created_at`

// A delivery that is due for its retry has waited long enough, and takes along what waits for its first attempt. Only
// full batches are taken while the window of the first delivery is open. The lock on the lease makes a claim and a change
// of hands wait for each other. The ids' bounds spare the partitions that hold none of them. Not the number of deliveries
// bounds what comes into memory, but their size.
const claimStatement = {
  name: 'claim-batches',
  text: `
with lease as materialized (
  select l.endpoint_id, w.max_events, w.batches, $5::timestamptz - make_interval(secs => w.window) as opened_before
  from unnest($1::uuid[], $2::bigint[], $3::int[], $6::float8[], $7::int[])
    as w (endpoint_id, epoch, max_events, "window", batches)
  join endpoint_leases l on l.endpoint_id = w.endpoint_id and l.epoch = w.epoch
  where l.endpoint_id = any($1::uuid[]) and l.node = $4
    and exists (select from nodes where id = $4 and dead_at is null)
  order by l.endpoint_id for share of l
),
ready as materialized (
  select l.endpoint_id,
    case when bool_or(d.state = 'retrying' or d.next_attempt_at <= l.opened_before) then count(*)
      else count(*) / max(l.max_events) * max(l.max_events) end as deliveries
  from lease l cross join lateral (
    select state, next_attempt_at from deliveries
    where owner = 0 and endpoint_id = l.endpoint_id and next_attempt_at <= $5 and state in ('pending', 'retrying')
    order by next_attempt_at limit l.max_events * l.batches
  ) d
  group by l.endpoint_id
),
waiting as materialized (
  select d.* from ready cross join lateral (
    select id, event_id, endpoint_id, sequence, next_attempt_at from deliveries
    where owner = 0 and endpoint_id = ready.endpoint_id and next_attempt_at <= $5 and state in ('pending', 'retrying')
    order by next_attempt_at limit ready.deliveries for update skip locked
  ) d
),
due as materialized (
  select id from (
    select id, row_number() over line as number,
      sum((select octet_length(e.data) from events e where e.id = w.event_id)) over line as bytes
    from waiting w
    window line as (partition by endpoint_id order by next_attempt_at, sequence)
  ) sized
  where number = 1 or bytes <= $8
),
claimed as (
  update deliveries d set owner = $4
  where d.id = any(array(select id from due)) and d.owner = 0
    and d.id >= (select id from due order by id limit 1) and d.id <= (select id from due order by id desc limit 1)
  returning ${claimedColumns}
)
select c.*, ${claimedEventColumns} from claimed c
${eventOfClaimed}
order by c.endpoint_id, c.next_attempt_at, c.sequence`,
}

/** Takes the deliveries of batches that are ready: full, or with a delivery that has waited for its window or its retry. */
export async function claimBatches(
  database: Queryable,
  wanted: readonly BatchShare[],
  node: number,
  now: Date,
): Promise<ClaimedDelivery[]> {
  const rows = await database.query<ClaimedRow>(claimStatement, [
    wanted.map(({ endpointId }) => endpointId),
    wanted.map(({ epoch }) => epoch),
    wanted.map(({ maxEvents }) => maxEvents),
    node,
    now,
    wanted.map(({ windowSeconds }) => windowSeconds),
    wanted.map(({ batches }) => batches),
    Math.floor(claimedBytes / wanted.length),
  ])
  const unsettled = { dead_lettered_at: null, dead_letter_reason: null, settled_at: null }
  return rows.map((row) => fromClaimedRow({ ...row, ...unsettled }))
}

/** When the next batch of each of these endpoints is ready at the latest; without an entry: nothing waits. */
export async function nextBatchDue(
  database: Queryable,
  wanted: readonly Pick<BatchShare, 'endpointId' | 'windowSeconds'>[],
  now: Date,
): Promise<ReadonlyMap<string, Date>> {
  const rows = await database.query<{ endpoint_id: string; ready_at: Date }>(
    {
      name: 'next-batch-due',
      text: `
select w.endpoint_id, least(first.next_attempt_at + make_interval(secs => w.window), retry.next_attempt_at) as ready_at
from unnest($1::uuid[], $2::float8[]) as w (endpoint_id, "window")
left join lateral (
  select next_attempt_at from deliveries
  where owner = 0 and endpoint_id = w.endpoint_id and next_attempt_at <= $3 and state in ('pending', 'retrying')
  order by next_attempt_at limit 1
) first on true
left join lateral (
  select next_attempt_at from deliveries
  where owner = 0 and endpoint_id = w.endpoint_id and next_attempt_at > $3 and state in ('pending', 'retrying')
  order by next_attempt_at limit 1
) retry on true
where coalesce(first.next_attempt_at, retry.next_attempt_at) is not null`,
    },
    [wanted.map(({ endpointId }) => endpointId), wanted.map(({ windowSeconds }) => windowSeconds), now],
  )
  return new Map(rows.map((row) => [row.endpoint_id, row.ready_at]))
}
