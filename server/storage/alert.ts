import { type Alert, type AlertReason, type AlertState, sameTroubleMs } from '../domain/alert.ts'
import type { Queryable } from './database.ts'
import { type StoredFailures, toFailures } from './endpoint-health.ts'

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
  join endpoints e on e.id = t.endpoint_id and e.status <> 'deleted'
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

/**
 * Ends the alerts of active endpoints that had a success after the last trouble, and those of deleted ones.
 *
 * @returns those that ended
 */
export async function endAlerts(
  database: Queryable,
  now: Date,
): Promise<{ readonly id: string; readonly endpointId: string; readonly state: AlertState }[]> {
  const rows = await database.query<{ id: string; endpoint_id: string; state: AlertState }>(
    {
      name: 'end-alerts',
      text: `
with ended as materialized (
  select a.id, e.status = 'deleted' as deleted, h.last_success_at
  from alerts a join endpoints e on e.id = a.endpoint_id join endpoint_health h on h.endpoint_id = a.endpoint_id
  where a.state = 'open'
    and (e.status = 'deleted' or (e.status = 'active' and h.last_success_at > a.troubled_at))
  for update of a skip locked
)
update alerts a set
  state = case when ended.deleted then 'closed' else 'recovered' end::alert_state,
  ended_at = case when ended.deleted then $1 else ended.last_success_at end,
  untold = not ended.deleted
from ended where a.id = ended.id and a.state = 'open'
returning a.id, a.endpoint_id, a.state`,
    },
    [now],
  )
  return rows.map((row) => ({ id: row.id, endpointId: row.endpoint_id, state: row.state }))
}

/** Removes alerts that ended before the given time, and forgets to tell of those that ended before `untoldUntil`. */
export async function forgetAlerts(database: Queryable, before: Date, untoldUntil: Date): Promise<void> {
  await database.execute(
    {
      name: 'forget-alerts',
      text: `
with late as (
  update alerts set untold = false where untold and ended_at < $2 and ended_at >= $1
)
delete from alerts where ended_at < $1`,
    },
    [before, untoldUntil],
  )
}

/** An alert with what came of its mails. */
export interface AlertWithMails extends Alert {
  readonly mails: {
    readonly sent: number
    readonly waiting: number
    readonly lastSentAt: Date | null
    readonly lastFailure: { readonly at: Date; readonly address: string; readonly error: string } | null
  }
}

/** Columns of `alerts a`, for `toAlert`. */
export const alertColumns = `
  a.id, a.workspace_id, a.endpoint_id, a.state, a.reason, a.opened_at, a.ended_at, a.times_opened, a.dead_lettered,
  a.failures`

export interface AlertRow {
  id: string
  workspace_id: string
  endpoint_id: string
  state: AlertState
  reason: AlertReason
  opened_at: Date
  ended_at: Date | null
  times_opened: number
  dead_lettered: number
  failures: StoredFailures
}

export function toAlert(row: AlertRow): Alert {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    endpointId: row.endpoint_id,
    state: row.state,
    reason: row.reason,
    openedAt: row.opened_at,
    endedAt: row.ended_at,
    timesOpened: row.times_opened,
    deadLettered: row.dead_lettered,
    failures: toFailures(row.failures),
  }
}

interface AlertWithMailsRow extends AlertRow {
  mails_sent: number
  mails_waiting: number
  mail_sent_at: Date | null
  mail_failure: { at: string; address: string; error: string } | null
}

export interface AlertPage {
  readonly workspaceId: string
  /** null: of all. */
  readonly endpointId: string | null
  readonly state: AlertState | null
  readonly before: string | null
  readonly limit: number
}

/** A page of the workspace's alerts, newest first, after the id `before` (null: from the newest). */
export async function listAlerts(database: Queryable, page: AlertPage): Promise<AlertWithMails[]> {
  const { workspaceId, endpointId, state, before, limit } = page
  // In the text, since it says which index will do.
  const chosen = state === null ? '' : `and a.state = '${state}'`
  const rows = await database.query<AlertWithMailsRow>(
    {
      name: `list-alerts-${endpointId === null ? 'all' : 'endpoint'}-${state ?? 'all'}`,
      text: `
select ${alertColumns}, a.mails_sent, a.mail_sent_at, a.mail_failure,
  (select count(*) from alert_mails m where m.alert_id = a.id) as mails_waiting
from alerts a
where a.workspace_id = $1 and a.id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid) ${chosen}
  ${endpointId === null ? '' : 'and a.endpoint_id = $4'}
order by a.id desc limit $3`,
    },
    [workspaceId, before, limit, ...(endpointId === null ? [] : [endpointId])],
  )
  return rows.map((row) => ({
    ...toAlert(row),
    mails: {
      sent: row.mails_sent,
      waiting: row.mails_waiting,
      lastSentAt: row.mail_sent_at,
      lastFailure: row.mail_failure && { ...row.mail_failure, at: new Date(row.mail_failure.at) },
    },
  }))
}

/** The open alerts of these endpoints, by endpoint. */
export async function openAlertsOf(
  database: Queryable,
  endpointIds: readonly string[],
): Promise<ReadonlyMap<string, Alert>> {
  const rows = await database.query<AlertRow>(
    {
      name: 'open-alerts-of',
      text: `select ${alertColumns} from alerts a where a.endpoint_id = any($1::uuid[]) and a.state = 'open'`,
    },
    [endpointIds],
  )
  return new Map(rows.map((row) => [row.endpoint_id, toAlert(row)]))
}
