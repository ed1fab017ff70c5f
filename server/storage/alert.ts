import type { Alert, AlertReason, AlertState } from '../domain/alert.ts'
import type { Queryable } from './database.ts'
import { type StoredFailures, toFailures } from './endpoint-health.ts'

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
