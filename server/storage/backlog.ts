import type { Queryable } from './database.ts'

/** What waits to be attempted at an endpoint. */
export interface EndpointBacklog {
  readonly count: number
  /** There are more than were counted. */
  readonly more: boolean
  /** When the first of them was, or is, due to be attempted; null: none waits. */
  readonly oldestDueAt: Date | null
}

// Waiting deliveries are nobody's, or in the hands of a node. Each endpoint has its own descents into deliveries_waiting,
// and of its backlog no more entries are read than are counted.
const statement = {
  name: 'endpoint-backlogs',
  text: `
with owners as materialized (select array_agg(o.id) as ids from (select 0 as id union all select id from nodes) o)
select w.endpoint_id, c.count, f.oldest
from owners cross join unnest($1::uuid[]) as w (endpoint_id)
cross join lateral (
  select count(*) as count from (
    select from deliveries
    where owner = any(owners.ids) and endpoint_id = w.endpoint_id and state in ('pending', 'retrying')
    limit $2
  ) counted
) c
cross join lateral (
  select min(d.next_attempt_at) as oldest from unnest(owners.ids) as o (id) cross join lateral (
    select next_attempt_at from deliveries
    where owner = o.id and endpoint_id = w.endpoint_id and state in ('pending', 'retrying')
    order by next_attempt_at limit 1
  ) d
) f
where c.count > 0`,
}

/** The backlogs of these endpoints, each counted up to the limit, by endpoint; those where nothing waits are left out. */
export async function endpointBacklogs(
  database: Queryable,
  endpointIds: readonly string[],
  limit: number,
): Promise<ReadonlyMap<string, EndpointBacklog>> {
  const rows = await database.query<{ endpoint_id: string; count: number; oldest: Date | null }>(statement, [
    endpointIds,
    limit + 1,
  ])
  return new Map(
    rows.map(({ endpoint_id, count, oldest }) => [
      endpoint_id,
      { count: Math.min(count, limit), more: count > limit, oldestDueAt: oldest },
    ]),
  )
}
