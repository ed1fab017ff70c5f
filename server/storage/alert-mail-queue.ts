import type { MailText } from '../domain/mail-layout.ts'
import type { Queryable } from './database.ts'

/** A mail that this node has taken to send it. */
export interface QueuedMail extends MailText {
  readonly id: string
  readonly alertId: string
  readonly address: string
  readonly deadLettered: number
  /** This one included. */
  readonly tries: number
  readonly queuedAt: Date
}

interface MailRow {
  id: string
  alert_id: string
  address: string
  subject: string
  body_text: string
  body_html: string
  dead_lettered: number
  tries: number
  queued_at: Date
}

/** Takes up to `limit` mails that are due. Nobody else takes them until `until`, when they are due again. */
export async function takeMails(database: Queryable, now: Date, until: Date, limit: number): Promise<QueuedMail[]> {
  const rows = await database.query<MailRow>(
    {
      name: 'take-mails',
      text: `
update alert_mails set tries = tries + 1, due_at = $2
where id = any(array(
  select id from alert_mails where due_at <= $1 order by due_at limit $3 for update skip locked
))
returning *`,
    },
    [now, until, limit],
  )
  return rows.map((row) => ({
    ...{ id: row.id, alertId: row.alert_id, address: row.address, deadLettered: row.dead_lettered },
    ...{ subject: row.subject, text: row.body_text, html: row.body_html, tries: row.tries, queuedAt: row.queued_at },
  }))
}

/** When the next mail is due; null: none waits. */
export async function nextMailDue(database: Queryable): Promise<Date | null> {
  const [row] = await database.query<{ due_at: Date }>({
    name: 'next-mail-due',
    text: 'select due_at from alert_mails order by due_at limit 1',
  })
  return row?.due_at ?? null
}

/** The mail was sent. */
export async function mailSent(database: Queryable, mail: QueuedMail, now: Date): Promise<void> {
  await database.execute(
    {
      name: 'mail-sent',
      // The alert first, as in every statement that touches both, or two of them might wait for each other.
      text: `
with told as (
  update alerts set mails_sent = mails_sent + 1, mail_sent_at = $3,
    told_dead_lettered = greatest(told_dead_lettered, $4)
  where id = $2
  returning id
)
delete from alert_mails m using told where m.id = $1`,
    },
    [mail.id, mail.alertId, now, mail.deadLettered],
  )
}

/** The mail could not be sent, and is due again then; null: it is given up. */
export async function mailFailed(
  database: Queryable,
  mail: QueuedMail,
  failure: { readonly at: Date; readonly error: string; readonly nextTry: Date | null },
): Promise<void> {
  const { at, error, nextTry } = failure
  await database.execute(
    {
      name: 'mail-failed',
      text: `
with noted as (
  update alerts set mail_failure = $3::jsonb where id = $2 returning id
),
later as (
  update alert_mails m set due_at = $5 from noted where m.id = $1 and m.tries = $4 and $5::timestamptz is not null
)
delete from alert_mails m using noted where m.id = $1 and m.tries = $4 and $5::timestamptz is null`,
    },
    [mail.id, mail.alertId, JSON.stringify({ at, address: mail.address, error }), mail.tries, nextTry],
  )
}

/** Gives a mail back that was taken, as if it had not been tried. */
export async function releaseMail(database: Queryable, { id, tries }: QueuedMail, now: Date): Promise<void> {
  await database.execute(
    {
      name: 'release-mail',
      text: 'update alert_mails set due_at = $3, tries = tries - 1 where id = $1 and tries = $2',
    },
    [id, tries, now],
  )
}
