import type { Role } from '../domain/role.ts'
import type { Workspace } from '../domain/workspace.ts'
import type { Queryable } from './database.ts'

/** Somebody who belongs to a workspace. */
export interface Member {
  readonly userId: string
  readonly name: string
  readonly email: string
  readonly role: Role
  readonly twoFactorEnabled: boolean
  readonly createdAt: Date
}

interface MemberRow {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: Role
  readonly two_factor: boolean
  readonly created_at: Date
}

const columns = `u.id, u.name, u.email, m.role, coalesce(u."twoFactorEnabled", false) as two_factor, m.created_at`

function toMember(row: MemberRow): Member {
  const { id, name, email, role, two_factor: twoFactorEnabled, created_at: createdAt } = row
  return { userId: id, name, email, role, twoFactorEnabled, createdAt }
}

/** The role that somebody has in a workspace; null: they are no member. */
export async function findRole(db: Queryable, workspaceId: string, userId: string): Promise<Role | null> {
  const [row] = await db.query<{ role: Role }>(
    { name: 'find-role', text: 'select role from members where workspace_id = $1 and user_id = $2' },
    [workspaceId, userId],
  )
  return row?.role ?? null
}

/** The members of a workspace by name, up to `limit`. */
export async function listMembers(db: Queryable, workspaceId: string, limit: number): Promise<Member[]> {
  const rows = await db.query<MemberRow>(
    {
      name: 'list-members',
      text: `select ${columns} from members m join sign_in."user" u on u.id = m.user_id
        where m.workspace_id = $1 order by u.name, u.id limit $2`,
    },
    [workspaceId, limit],
  )
  return rows.map(toMember)
}

/** A member, held until the transaction ends; null: there is none. */
export async function holdMember(db: Queryable, workspaceId: string, userId: string): Promise<Member | null> {
  const [row] = await db.query<MemberRow>(
    {
      name: 'hold-member',
      text: `select ${columns} from members m join sign_in."user" u on u.id = m.user_id
        where m.workspace_id = $1 and m.user_id = $2 for update of m`,
    },
    [workspaceId, userId],
  )
  return row ? toMember(row) : null
}

/** How many owners a workspace has. They stay so until the transaction ends, so that two cannot leave at once. */
export async function holdOwners(transaction: Queryable, workspaceId: string): Promise<number> {
  const [row] = await transaction.query<{ count: number }>(
    {
      name: 'hold-owners',
      text: `select count(*) as count from (
        select user_id from members where workspace_id = $1 and role = 'owner' order by user_id for update
      ) o`,
    },
    [workspaceId],
  )
  return row?.count ?? 0
}

/** Adds a member, or leaves one that there is as they are. Gives whether there is a new one. */
export async function insertMember(
  db: Queryable,
  { workspaceId, userId, role, now }: { workspaceId: string; userId: string; role: Role; now: Date },
): Promise<boolean> {
  const inserted = await db.execute(
    {
      name: 'insert-member',
      text: `insert into members (workspace_id, user_id, role, created_at) values ($1, $2, $3, $4)
        on conflict do nothing`,
    },
    [workspaceId, userId, role, now],
  )
  return inserted > 0
}

export async function setRole(db: Queryable, workspaceId: string, userId: string, role: Role): Promise<void> {
  await db.execute(
    { name: 'set-role', text: 'update members set role = $3 where workspace_id = $1 and user_id = $2' },
    [workspaceId, userId, role],
  )
}

export async function deleteMember(db: Queryable, workspaceId: string, userId: string): Promise<void> {
  await db.execute({ name: 'delete-member', text: 'delete from members where workspace_id = $1 and user_id = $2' }, [
    workspaceId,
    userId,
  ])
}

/** A workspace of somebody, and what they are in it. */
export interface Membership extends Pick<Workspace, 'id' | 'name' | 'slug'> {
  readonly role: Role
}

/** The workspaces that somebody is a member of, by name, up to `limit`. */
export async function membershipsOf(db: Queryable, userId: string, limit: number): Promise<Membership[]> {
  return await db.query<Membership>(
    {
      name: 'memberships-of',
      text: `select w.id, w.name, w.slug, m.role from members m join workspaces w on w.id = m.workspace_id
        where m.user_id = $1 order by w.name, w.id limit $2`,
    },
    [userId, limit],
  )
}
