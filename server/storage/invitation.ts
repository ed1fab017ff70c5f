import type { Role } from '../domain/role.ts'
import type { Queryable } from './database.ts'

/** What has come of the mail of an invitation. */
export interface InvitationMail {
  readonly state: 'waiting' | 'sent' | 'failed'
  /** When it was sent. */
  readonly sentAt: Date | null
  /** Why the last try failed. */
  readonly error: string | null
}

/** Somebody who was asked to join a workspace and has not done so yet. */
export interface Invitation {
  readonly id: string
  readonly workspaceId: string
  readonly email: string
  readonly role: Role
  readonly invitedBy: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

interface InvitationRow {
  readonly id: string
  readonly workspace_id: string
  readonly email: string
  readonly role: Role
  readonly invited_by: string
  readonly created_at: Date
  readonly expires_at: Date
}

const columns = 'id, workspace_id, email, role, invited_by, created_at, expires_at'

function toInvitation(row: InvitationRow): Invitation {
  const { id, workspace_id: workspaceId, email, role, invited_by: invitedBy } = row
  return { id, workspaceId, email, role, invitedBy, createdAt: row.created_at, expiresAt: row.expires_at }
}

/**
 * Stores an invitation in place of an earlier one to the same address, whose link ends.
 * False: the workspace has that many already.
 * @param tokenHash SHA-256 of the link's token
 */
export async function insertInvitation(
  db: Queryable,
  invitation: Invitation,
  tokenHash: Buffer,
  most: number,
): Promise<boolean> {
  const { id, workspaceId, email, role, invitedBy, createdAt, expiresAt } = invitation
  const stored = await db.execute(
    {
      name: 'insert-invitation',
      text: `insert into invitations (id, workspace_id, email, role, token_hash, invited_by, created_at, expires_at)
        select $1::uuid, $2::uuid, $3, $4::member_role, $5, $6, $7::timestamptz, $8::timestamptz
        where (select count(*) from invitations where workspace_id = $2::uuid) < $9
        on conflict (workspace_id, email) do update set id = excluded.id, role = excluded.role,
          token_hash = excluded.token_hash, invited_by = excluded.invited_by, created_at = excluded.created_at,
          expires_at = excluded.expires_at, mailed_at = null, mail_failure = null`,
    },
    [id, workspaceId, email, role, tokenHash, invitedBy, createdAt, expiresAt, most],
  )
  return stored > 0
}

interface ListedInvitationRow extends InvitationRow {
  readonly mailed_at: Date | null
  readonly mail_failure: { readonly error: string } | null
  readonly is_waiting: boolean
}

function toMail({ mailed_at: sentAt, mail_failure: failure, is_waiting: waits }: ListedInvitationRow) {
  if (!waits && !sentAt && !failure) return null
  return { state: waits ? 'waiting' : sentAt ? 'sent' : 'failed', sentAt, error: failure?.error ?? null } as const
}

/**
 * Those of a workspace, the newest first, up to `limit`. Expired ones too: whoever asks has the clock. A mail that is null
 * was never asked for.
 */
export async function listInvitations(
  db: Queryable,
  workspaceId: string,
  limit: number,
): Promise<(Invitation & { readonly mail: InvitationMail | null })[]> {
  const rows = await db.query<ListedInvitationRow>(
    {
      name: 'list-invitations',
      text: `select ${columns}, mailed_at, mail_failure,
          exists (select from people_mails m where m.invitation_id = invitations.id) as is_waiting
        from invitations where workspace_id = $1 order by id desc limit $2`,
    },
    [workspaceId, limit],
  )
  return rows.map((row) => ({ ...toInvitation(row), mail: toMail(row) }))
}

/** The invitation of a link, and the name of its workspace; null: the link is none, was used, or has expired. */
export async function findInvitation(
  db: Queryable,
  tokenHash: Buffer,
  now: Date,
): Promise<(Invitation & { readonly workspaceName: string }) | null> {
  const [row] = await db.query<InvitationRow & { workspace_name: string }>(
    {
      name: 'find-invitation',
      text: `select i.*, w.name as workspace_name from invitations i join workspaces w on w.id = i.workspace_id
        where i.token_hash = $1 and i.expires_at > $2`,
    },
    [tokenHash, now],
  )
  return row ? { ...toInvitation(row), workspaceName: row.workspace_name } : null
}

/** Takes the invitation of a link away, so that it is used once; null: there is none. */
export async function takeInvitation(db: Queryable, tokenHash: Buffer, now: Date): Promise<Invitation | null> {
  const [row] = await db.query<InvitationRow>(
    {
      name: 'take-invitation',
      text: `delete from invitations where token_hash = $1 and expires_at > $2 returning ${columns}`,
    },
    [tokenHash, now],
  )
  return row ? toInvitation(row) : null
}

/** Gives the invitation that was deleted; null: there is none. */
export async function deleteInvitation(db: Queryable, workspaceId: string, id: string): Promise<Invitation | null> {
  const [row] = await db.query<InvitationRow>(
    {
      name: 'delete-invitation',
      text: `delete from invitations where workspace_id = $1 and id = $2 returning ${columns}`,
    },
    [workspaceId, id],
  )
  return row ? toInvitation(row) : null
}
