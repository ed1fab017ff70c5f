import { type Alert, type AlertState, mailPauseMs, mostAlertsMailed, newsLastsMs, settlingMs } from '../domain/alert.ts'
import type { EndpointStatus } from '../domain/endpoint.ts'
import type { MailText } from '../domain/mail-layout.ts'
import { type AlertRow, alertColumns, toAlert } from './alert.ts'
import type { Queryable } from './database.ts'

/** An alert that a mail is due for, with what the mail says. */
export interface AlertToTell {
  readonly alert: Alert
  /** What the mail before said; null: there was none. */
  readonly mailedState: AlertState | null
  readonly mailedAt: Date | null
  /** How many dead letters the last mail that was sent has told of, and when it was; null: none was. */
  readonly told: { readonly at: Date; readonly deadLettered: number } | null
  readonly addresses: readonly string[]
  readonly workspace: { readonly name: string }
  readonly endpoint: {
    readonly url: string
    readonly description: string
    readonly status: EndpointStatus
    readonly lastSuccessAt: Date | null
  }
}

interface AlertToTellRow extends AlertRow {
  mailed_state: AlertState | null
  mailed_at: Date | null
  mail_sent_at: Date | null
  told_dead_lettered: number
  alert_emails: string[]
  workspace_name: string
  url: string
  description: string
  status: EndpointStatus
  last_success_at: Date | null
}

/**
 * Up to `limit` alerts that a mail is due for: about trouble once in the time of `mailPauseMs`, about a recovery that
 * was not told yet at once. A workspace with many alerts at once is told of some, and of the others later.
 */
export async function alertsToTell(database: Queryable, now: Date, limit: number): Promise<AlertToTell[]> {
  const ago = (milliseconds: number) => new Date(now.getTime() - milliseconds)
  const rows = await database.query<AlertToTellRow>(
    {
      name: 'alerts-to-tell',
      text: `
with due as materialized (
  select a.id, a.workspace_id, r.recovered,
    row_number() over (partition by a.workspace_id, r.recovered order by a.id) as number
  from alerts a join workspaces w on w.id = a.workspace_id
  cross join lateral (select a.state = 'recovered' and a.mailed_state is not distinct from 'open' as recovered) r
  where a.untold and cardinality(w.alert_emails) > 0
    and case
      when a.mailed_at is null then a.opened_at <= $2 and (a.state = 'open' or a.ended_at > $3)
      else r.recovered or a.mailed_at <= $1
    end
)
select ${alertColumns}, a.mailed_state, a.mailed_at, a.mail_sent_at, a.told_dead_lettered, w.alert_emails,
  w.name as workspace_name, e.url, e.description, e.status, h.last_success_at
from due join alerts a on a.id = due.id join workspaces w on w.id = due.workspace_id
join endpoints e on e.id = a.endpoint_id join endpoint_health h on h.endpoint_id = a.endpoint_id
where due.recovered or due.number + (
    select count(*) from alerts o where o.workspace_id = due.workspace_id and o.mailed_at > $1
  ) <= $4
order by a.id limit $5`,
    },
    [ago(mailPauseMs), ago(settlingMs), ago(newsLastsMs), mostAlertsMailed, limit],
  )
  return rows.map((row) => ({
    alert: toAlert(row),
    mailedState: row.mailed_state,
    mailedAt: row.mailed_at,
    told: row.mail_sent_at && { at: row.mail_sent_at, deadLettered: row.told_dead_lettered },
    addresses: row.alert_emails,
    workspace: { name: row.workspace_name },
    endpoint: {
      ...{ url: row.url, description: row.description, status: row.status, lastSuccessAt: row.last_success_at },
    },
  }))
}

const queueStatement = {
  name: 'queue-mails',
  text: `
with told as (
  update alerts set untold = false, mailed_state = state, mailed_at = case when $7 then $8 else mailed_at end
  where id = $1 and untold and state = $2::alert_state and reason = $3 and dead_lettered = $4 and times_opened = $5
    and mailed_at is not distinct from $6
  returning id
),
outdated as (
  delete from alert_mails m using told where m.alert_id = told.id
)
insert into alert_mails (id, alert_id, address, subject, body_text, body_html, dead_lettered, queued_at, due_at)
select m.id, told.id, m.address, $9, $10, $11, $4, $8, $8
from told cross join unnest($12::uuid[], $13::text[]) as m (id, address)`,
}

/**
 * Queues a mail about an alert for each of the addresses, instead of mails about it that still wait: it tells what they
 * would have told. Does nothing if something about the alert has changed meanwhile, or another node was first.
 *
 * @param ids one for each address
 * @param startsPause whether the next mail about the endpoint's trouble waits for its time from now on
 * @returns how many were queued
 */
export async function queueMails(
  database: Queryable,
  { alert, mailedAt, addresses }: AlertToTell,
  mail: MailText,
  ids: readonly string[],
  startsPause: boolean,
  now: Date,
): Promise<number> {
  const { id, state, reason, deadLettered, timesOpened } = alert
  return await database.execute(queueStatement, [
    ...[id, state, reason, deadLettered, timesOpened, mailedAt, startsPause, now],
    ...[mail.subject, mail.text, mail.html, ids, addresses],
  ])
}
