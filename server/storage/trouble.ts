import { type AlertReason, type AlertState, sameTroubleMs } from '../domain/alert.ts'
import type { Queryable } from './database.ts'

/** An endpoint with dead letters that no alert knows of. */
export interface NewDeadLetters {
  readonly endpointId: string
  /** How many it has had in all. */
  readonly deadLettered: number
}

/** Up to `limit` endpoints that have dead letters which alerts do not know of. A read of as many index entries. */
export async function findDeadLetters(database: Queryable, limit: number): Promise<NewDeadLetters[]> {
  const rows = await database.query<{ endpoint_id: string; dead_lettered: number }>(
    {
      name: 'find-dead-letters',
      text: `
select endpoint_id, dead_lettered from endpoint_health where dead_lettered > noticed_dead_lettered
order by endpoint_id limit $1`,
    },
    [limit],
  )
  return rows.map((row) => ({ endpointId: row.endpoint_id, deadLettered: row.dead_lettered }))
}

/** Alerts know of these dead letters. A statement of its own, so that recordings wait for nothing else than it. */
export async function markNoticed(database: Queryable, noticed: readonly NewDeadLetters[]): Promise<void> {
  await database.execute(
    {
      name: 'mark-noticed',
      text: `
with locked as materialized (
  select endpoint_id from endpoint_health where endpoint_id = any($1::uuid[]) order by endpoint_id for update
)
update endpoint_health h set noticed_dead_lettered = greatest(h.noticed_dead_lettered, n.dead_lettered)
from locked join unnest($1::uuid[], $2::bigint[]) as n (endpoint_id, dead_lettered) using (endpoint_id)
where h.endpoint_id = any($1::uuid[]) and h.endpoint_id = locked.endpoint_id`,
    },
    [noticed.map(({ endpointId }) => endpointId), noticed.map(({ deadLettered }) => deadLettered)],
  )
}

/** Trouble of an endpoint. */
export interface Trouble {
  /** Of the alert, should a new one begin. */
  readonly alertId: string
  readonly endpointId: string
  readonly reason: AlertReason
  /** How many dead letters the endpoint has had in all; null: as many as alerts know of. */
  readonly deadLettered: number | null
}

export interface OpenedAlert {
  readonly id: string
  readonly endpointId: string
  readonly reason: AlertReason
}

// Whoever develops at the other end of a tunnel sees its failures: they are noticed, and nothing comes of it.
//
// What is told twice, since a process died or two nodes looked at the same time, changes nothing: an alert knows up to
// which of its endpoint's dead letters it has counted. Of two nodes that open one at once, the unique index lets one; the
// other's row is then added to it like any other trouble.
const openStatement = {
  name: 'open-alerts',
  text: `
with trouble as materialized (
  select t.alert_id, t.endpoint_id, e.workspace_id, t.reason, t.reason <> 'dead_letters' as paused, h.failures,
    coalesce((h.failures -> 0 ->> 'at')::timestamptz, $5) as troubled_at,
    coalesce(t.dead_lettered, h.noticed_dead_lettered) as counted_to,
    l.id as last_id, greatest(l.counted_to, h.noticed_dead_lettered) as counted_from
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[]) as t (alert_id, endpoint_id, reason, dead_lettered)
  join endpoints e on e.id = t.endpoint_id and e.status <> 'deleted' and e.tunnel is null
  join endpoint_health h on h.endpoint_id = t.endpoint_id
  left join lateral (
    select id, counted_to from alerts where endpoint_id = t.endpoint_id order by id desc limit 1
  ) l on true
  where e.id = any($2::uuid[]) and h.endpoint_id = any($2::uuid[])
),
news as materialized (
  select * from trouble where paused or counted_to > counted_from
),
again as materialized (
  select a.id from alerts a join news n on n.last_id = a.id
  where a.id = any(array(select last_id from news)) and a.state = 'recovered'
    and greatest(a.ended_at, a.mailed_at) > $6
  order by a.id for update of a
),
reopened as (
  update alerts a set
    state = 'open', ended_at = null, times_opened = a.times_opened + 1, reason = n.reason, failures = n.failures,
    troubled_at = greatest(a.troubled_at, n.troubled_at), untold = true,
    dead_lettered = a.dead_lettered + greatest(n.counted_to - a.counted_to, 0),
    counted_to = greatest(a.counted_to, n.counted_to)
  from again join news n on n.last_id = again.id
  where a.id = again.id and a.state = 'recovered'
  returning a.id, a.endpoint_id, a.reason
),
opened as (
  insert into alerts as a (id, workspace_id, endpoint_id, reason, opened_at, troubled_at, dead_lettered, counted_to,
    failures)
  select alert_id, workspace_id, endpoint_id, reason, troubled_at, troubled_at, greatest(counted_to - counted_from, 0),
    greatest(counted_to, counted_from), failures
  from news where endpoint_id not in (select endpoint_id from reopened) order by endpoint_id
  on conflict (endpoint_id) where state = 'open' do update set
    reason = case when excluded.reason = 'dead_letters' then a.reason else excluded.reason end,
    failures = excluded.failures, troubled_at = greatest(a.troubled_at, excluded.troubled_at), untold = true,
    dead_lettered = a.dead_lettered + greatest(excluded.counted_to - a.counted_to, 0),
    counted_to = greatest(a.counted_to, excluded.counted_to)
  where excluded.counted_to > a.counted_to or excluded.reason <> 'dead_letters'
  returning a.id, a.endpoint_id, a.reason, xmax = 0 as new
)
select id, endpoint_id, reason from reopened
union all
select id, endpoint_id, reason from opened where new`,
}

/**
 * Opens an alert for each endpoint in trouble, adds to the one that is open, or goes on with one that ended lately.
 * Deleted endpoints are left out.
 *
 * @returns the alerts that were not open before
 */
export async function openAlerts(database: Queryable, troubles: readonly Trouble[], now: Date): Promise<OpenedAlert[]> {
  const rows = await database.query<{ id: string; endpoint_id: string; reason: AlertReason }>(openStatement, [
    troubles.map(({ alertId }) => alertId),
    troubles.map(({ endpointId }) => endpointId),
    troubles.map(({ reason }) => reason),
    troubles.map(({ deadLettered }) => deadLettered),
    now,
    new Date(now.getTime() - sameTroubleMs),
  ])
  return rows.map((row) => ({ id: row.id, endpointId: row.endpoint_id, reason: row.reason }))
}

export interface EndedAlerts {
  readonly ended: readonly { readonly id: string; readonly endpointId: string; readonly state: AlertState }[]
  /** Where to go on; null: that was all. */
  readonly next: string | null
}

// By hops of the index of open alerts: what one look costs is bounded, however many endpoints were left for dead.
const endStatement = {
  name: 'end-alerts',
  text: `
with looked as materialized (
  select id, endpoint_id, troubled_at from alerts
  where state = 'open' and endpoint_id > coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid)
  order by endpoint_id limit $3
),
over as materialized (
  select a.id, e.status = 'deleted' as deleted, h.last_success_at
  from looked l join endpoints e on e.id = l.endpoint_id join endpoint_health h on h.endpoint_id = l.endpoint_id
  join alerts a on a.id = l.id
  where a.state = 'open'
    and (e.status = 'deleted' or (e.status = 'active' and h.last_success_at > a.troubled_at))
  for update of a skip locked
),
ended as (
  update alerts a set
    state = case when over.deleted then 'closed' else 'recovered' end::alert_state,
    ended_at = case when over.deleted then $1 else over.last_success_at end,
    untold = not over.deleted
  from over where a.id = over.id and a.state = 'open'
  returning a.id, a.endpoint_id, a.state
)
select ended.*, l.endpoint_id as looked_to, (select count(*) from looked) as looked
from (select endpoint_id from looked order by endpoint_id desc limit 1) l left join ended on true`,
}

/**
 * Ends the alerts of active endpoints that had a success after the last trouble, and those of deleted ones.
 *
 * @param after where the look before came to; null: from the beginning
 * @param limit how many open alerts are looked at
 */
export async function endAlerts(
  database: Queryable,
  now: Date,
  after: string | null,
  limit: number,
): Promise<EndedAlerts> {
  const rows = await database.query<{
    id: string | null
    endpoint_id: string
    state: AlertState
    looked_to: string
    looked: number
  }>(endStatement, [now, after, limit])
  const [last] = rows
  return {
    ended: rows.flatMap(({ id, endpoint_id: endpointId, state }) => (id === null ? [] : [{ id, endpointId, state }])),
    next: last && last.looked === limit ? last.looked_to : null,
  }
}
