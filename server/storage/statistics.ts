import { durationBounds } from '../domain/attempt-duration.ts'
import type { EndpointStatus } from '../domain/endpoint.ts'
import type { Counters } from '../domain/statistics.ts'
import { unpackDurations } from './counter.ts'
import type { Queryable } from './database.ts'

/** Whose backlog: of one endpoint, or of all that the workspace has. */
export interface Subject {
  readonly workspaceId: string
  readonly endpointId: string | null
}

interface CountersRow {
  endpoint_id: string
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

// For each endpoint and each time one look-up in the index: the history in between is never read.
const countersStatement = {
  name: 'counters-at',
  text: `
select subject.id as endpoint_id, b.number, c.*
from unnest($1::uuid[]) as subject (id) cross join unnest($2::timestamptz[]) with ordinality as b (at, number)
cross join lateral (
  (
    select succeeded, failed, delivered, dead_lettered, durations from endpoint_samples
    where endpoint_id = subject.id and at <= b.at order by at desc limit 1
  )
  union all
  select succeeded, failed, delivered, dead_lettered, durations from endpoint_health
  where endpoint_id = subject.id and b.at is null
) c`,
}

/**
 * How far the counters of each of these endpoints had come at each of these rising times, as far as samples tell; null,
 * as the last one: now. Before an endpoint's first sample they are zero.
 */
export async function countersAt(
  database: Queryable,
  endpointIds: readonly string[],
  times: readonly (Date | null)[],
): Promise<Counters[][]> {
  const rows = await database.query<CountersRow>(countersStatement, [endpointIds, times])
  const found = new Map(rows.map((row) => [`${row.endpoint_id} ${row.number}`, toCounters(row)]))
  return endpointIds.map((id) => times.map((_, index) => found.get(`${id} ${index + 1}`) ?? noCounters))
}

/** An endpoint as lists of figures name it. */
export interface NamedEndpoint {
  readonly id: string
  readonly url: string
  readonly description: string
  readonly status: Exclude<EndpointStatus, 'deleted'>
}

/** Those of these endpoints that the workspace has, in the order of the ids. */
export async function endpointsOf(
  database: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<NamedEndpoint[]> {
  return await database.query<NamedEndpoint>(
    {
      name: 'endpoints-of',
      text: `
select e.id, e.url, e.description, e.status from unnest($2::uuid[]) with ordinality as w (id, number)
join endpoints e on e.id = w.id
where e.workspace_id = $1 and e.status <> 'deleted' order by w.number`,
    },
    [workspaceId, ids],
  )
}

/**
 * The endpoints of the workspace where attempts have failed since the given time, as far as samples tell: those with the
 * most failures first, at most `limit`. For each endpoint it is one look-up.
 */
export async function failingEndpoints(
  database: Queryable,
  workspaceId: string,
  since: Date,
  limit: number,
): Promise<NamedEndpoint[]> {
  return await database.query<NamedEndpoint>(
    {
      name: 'failing-endpoints',
      text: `
select e.id, e.url, e.description, e.status from endpoints e join endpoint_health h on h.endpoint_id = e.id
left join lateral (
  select failed from endpoint_samples where endpoint_id = e.id and at <= $2 order by at desc limit 1
) s on true
where e.workspace_id = $1 and e.status <> 'deleted' and h.last_attempt_at > $2 and h.failed > coalesce(s.failed, 0)
order by h.failed - coalesce(s.failed, 0) desc, e.id limit $3`,
    },
    [workspaceId, since, limit],
  )
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

// Postgres sorts the endpoints anew for each day, so each is there once, not once for each node.
const countWaitingStatement = {
  name: 'count-waiting',
  text: `${waiting}
select count(*) as count, min(next_attempt_at) as oldest from (
  select next_attempt_at from deliveries
  where owner = any(array(select distinct owner from place)) and endpoint_id = any(array(select distinct endpoint_id from place))
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
