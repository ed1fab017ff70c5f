import { durationBounds } from '../domain/attempt-duration.ts'
import type { Counters } from '../domain/statistics.ts'
import { unpackDurations } from './counter.ts'
import type { Queryable } from './database.ts'

/** Whose statistics: of one endpoint, or of all that the workspace has, or had within the time. */
export interface Subject {
  readonly workspaceId: string
  readonly endpointId: string | null
}

interface CountersRow {
  number: number
  succeeded: number
  failed: number
  delivered: number
  dead_lettered: number
  durations: string
}

const noCounters: Counters = {
  ...{ succeeded: 0, failed: 0, delivered: 0, deadLettered: 0 },
  durations: durationBounds.map(() => 0),
}

// For each endpoint and each time one look-up in the index: the history in between is never read. An endpoint that was
// deleted before the first of the times has counted nothing since, but an attempt may have been under way.
const countersStatement = {
  name: 'counters-at',
  text: `
with subject as materialized (
  select e.id from endpoints e
  where e.workspace_id = $1 and ($2::uuid is null or e.id = $2)
    and (e.status <> 'deleted' or e.updated_at > $3::timestamptz - interval '1 hour')
)
select b.number, sum(c.succeeded)::bigint as succeeded, sum(c.failed)::bigint as failed,
  sum(c.delivered)::bigint as delivered, sum(c.dead_lettered)::bigint as dead_lettered, sum(c.durations) as durations
from unnest($4::timestamptz[]) with ordinality as b (at, number) cross join subject
cross join lateral (
  (
    select succeeded, failed, delivered, dead_lettered, durations from endpoint_samples
    where endpoint_id = subject.id and at <= b.at order by at desc limit 1
  )
  union all
  select succeeded, failed, delivered, dead_lettered, durations from endpoint_health
  where endpoint_id = subject.id and b.at is null
) c
group by b.number`,
}

/**
 * How far the counters had come at each of these rising times, as far as samples tell; null, as the last one: now.
 * Before an endpoint's first sample they are zero.
 */
export async function countersAt(
  database: Queryable,
  { workspaceId, endpointId }: Subject,
  times: readonly (Date | null)[],
): Promise<Counters[]> {
  const values = [workspaceId, endpointId, times[0], times]
  const rows = await database.query<CountersRow>(countersStatement, values)
  const byNumber = new Map(rows.map((row) => [row.number, toCounters(row)]))
  return times.map((_, index) => byNumber.get(index + 1) ?? noCounters)
}

function toCounters(row: CountersRow): Counters {
  const { succeeded, failed, delivered, dead_lettered: deadLettered } = row
  return { succeeded, failed, delivered, deadLettered, durations: unpackDurations(row.durations) }
}

export interface WaitingDeliveries {
  readonly count: number
  /** There are more than were counted. */
  readonly more: boolean
  /** The earliest time at which one of them was, or is, due to be attempted; null: none waits. */
  readonly oldestDueAt: Date | null
}

// Waiting deliveries are nobody's, or in the hands of a node: all of them are found through deliveries_waiting.
const waiting = `
with place as materialized (
  select e.id as endpoint_id, o.owner from endpoints e cross join (select 0 as owner union all select id from nodes) o
  where e.workspace_id = $1 and ($2::uuid is null or e.id = $2) and e.status <> 'deleted'
)`

const countWaitingStatement = {
  name: 'count-waiting',
  text: `${waiting}
select count(*) as count, min(next_attempt_at) as oldest from (
  select next_attempt_at from deliveries
  where owner = any(array(select distinct owner from place)) and endpoint_id = any(array(select endpoint_id from place))
    and state in ('pending', 'retrying')
  limit $3
) w`,
}

// Only for a backlog that was not counted to its end: a look-up for each endpoint, owner and day.
const oldestDueStatement = {
  name: 'oldest-due',
  text: `${waiting}
select min(d.next_attempt_at) as oldest from place cross join lateral (
  select next_attempt_at from deliveries
  where owner = place.owner and endpoint_id = place.endpoint_id and state in ('pending', 'retrying')
  order by next_attempt_at limit 1
) d`,
}

/** What waits to be attempted, counted up to the limit. */
export async function countWaiting(
  database: Queryable,
  { workspaceId, endpointId }: Subject,
  limit: number,
): Promise<WaitingDeliveries> {
  const values = [workspaceId, endpointId]
  const [row] = await database.query<{ count: number; oldest: Date | null }>(countWaitingStatement, [
    ...values,
    limit + 1,
  ])
  const { count = 0, oldest = null } = row ?? {}
  if (count <= limit) return { count, more: false, oldestDueAt: oldest }
  const [first] = await database.query<{ oldest: Date | null }>(oldestDueStatement, values)
  return { count: limit, more: true, oldestDueAt: first?.oldest ?? oldest }
}
