import type { Queryable } from './database.ts'

/** A mail to somebody about an invitation or their account, that this node has taken to send it. */
export interface PeopleMail {
  readonly id: string
  /** Null: it is about their account. */
  readonly invitationId: string | null
  readonly address: string
  /** Subject, text and HTML as JSON. */
  readonly sealed: Buffer
  /** This one included. */
  readonly tries: number
  readonly queuedAt: Date
  /** Its link has ended by then. */
  readonly uselessAt: Date
}

interface PeopleMailRow {
  readonly id: string
  readonly invitation_id: string | null
  readonly address: string
  readonly sealed: Buffer
  readonly tries: number
  readonly queued_at: Date
  readonly useless_at: Date
}

/** Queues a mail, instead of one for the same invitation that still waits. */
export async function queuePeopleMail(
  transaction: Queryable,
  { id, invitationId, address, sealed, queuedAt, uselessAt }: Omit<PeopleMail, 'tries'>,
): Promise<void> {
  await transaction.execute(
    {
      name: 'queue-people-mail',
      text: `
with outdated as (
  delete from people_mails where invitation_id = $2
)
insert into people_mails (id, invitation_id, address, sealed, queued_at, useless_at, due_at)
values ($1, $2, $3, $4, $5, $6, $5)`,
    },
    [id, invitationId, address, sealed, queuedAt, uselessAt],
  )
}

/** Takes up to `limit` mails that are due. Nobody else takes them until `until`, when they are due again. */
export async function takePeopleMails(
  database: Queryable,
  now: Date,
  until: Date,
  limit: number,
): Promise<PeopleMail[]> {
  const rows = await database.query<PeopleMailRow>(
    {
      name: 'take-people-mails',
      text: `
update people_mails set tries = tries + 1, due_at = $2
where id = any(array(
  select id from people_mails where due_at <= $1 order by due_at limit $3 for update skip locked
))
returning *`,
    },
    [now, until, limit],
  )
  return rows.map((row) => ({
    ...{ id: row.id, invitationId: row.invitation_id, address: row.address, sealed: row.sealed, tries: row.tries },
    ...{ queuedAt: row.queued_at, uselessAt: row.useless_at },
  }))
}

/** When the next mail is due; null: none waits. */
export async function nextPeopleMailDue(database: Queryable): Promise<Date | null> {
  const [row] = await database.query<{ due_at: Date }>({
    name: 'next-people-mail-due',
    text: 'select due_at from people_mails order by due_at limit 1',
  })
  return row?.due_at ?? null
}

/** The mail was sent. */
export async function peopleMailSent(database: Queryable, { id, invitationId }: PeopleMail, now: Date): Promise<void> {
  await database.execute(
    {
      name: 'people-mail-sent',
      // The invitation first, as in every statement that touches both, or two of them might wait for each other.
      text: `
with told as (
  update invitations set mailed_at = $3, mail_failure = null where id = $2 returning id
)
delete from people_mails where id = $1 and (select count(*) from told) >= 0`,
    },
    [id, invitationId, now],
  )
}

/** The mail could not be sent, and is due again then; null: it is given up. */
export async function peopleMailFailed(
  database: Queryable,
  { id, invitationId, tries }: PeopleMail,
  { at, error, nextTry }: { readonly at: Date; readonly error: string; readonly nextTry: Date | null },
): Promise<void> {
  await database.execute(
    {
      name: 'people-mail-failed',
      text: `
with noted as (
  update invitations set mail_failure = $3::jsonb where id = $2 returning id
),
later as (
  update people_mails set due_at = $5
  where id = $1 and tries = $4 and $5::timestamptz is not null and (select count(*) from noted) >= 0
)
delete from people_mails
where id = $1 and tries = $4 and $5::timestamptz is null and (select count(*) from noted) >= 0`,
    },
    [id, invitationId, JSON.stringify({ at, error }), tries, nextTry],
  )
}

/** Gives a mail back that was taken, as if it had not been tried. */
export async function releasePeopleMail(database: Queryable, { id, tries }: PeopleMail, now: Date): Promise<void> {
  await database.execute(
    {
      name: 'release-people-mail',
      text: 'update people_mails set due_at = $3, tries = tries - 1 where id = $1 and tries = $2',
    },
    [id, tries, now],
  )
}
