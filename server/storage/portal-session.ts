import type { PortalSession } from '../domain/portal-session.ts'
import type { Queryable } from './database.ts'

interface SessionRow {
  readonly id: string
  readonly workspace_id: string
  readonly actor_id: string | null
  readonly actor_name: string | null
  readonly expires_at: Date
  readonly created_at: Date
}

const columns = 'id, workspace_id, actor_id, actor_name, expires_at, created_at'

function toSession(row: SessionRow): PortalSession {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    actor: row.actor_id === null ? null : { id: row.actor_id, name: row.actor_name },
    expiresAt: row.expires_at,
    createdAt: row.created_at,
  }
}

const insert = {
  name: 'insert-portal-session',
  text: `insert into portal_sessions (id, workspace_id, hash, actor_id, actor_name, expires_at, created_at)
    values ($1, $2, $3, $4, $5, $6, $7)`,
}

/** @param hash SHA-256 of the token: the token itself is never stored */
export async function insertPortalSession(db: Queryable, session: PortalSession, hash: Buffer): Promise<void> {
  const { id, workspaceId, actor, expiresAt, createdAt } = session
  const values = [id, workspaceId, hash, actor?.id ?? null, actor?.name ?? null, expiresAt, createdAt]
  await db.execute(insert, values)
}

const findByHash = {
  name: 'find-portal-session-by-hash',
  text: `select ${columns} from portal_sessions where hash = $1`,
}

/** Gives expired ones too: whoever asks has the clock. */
export async function findPortalSessionByHash(db: Queryable, hash: Buffer): Promise<PortalSession | null> {
  const [row] = await db.query<SessionRow>(findByHash, [hash])
  return row ? toSession(row) : null
}

const list = {
  name: 'list-portal-sessions',
  text: `select ${columns} from portal_sessions
    where workspace_id = $1 and expires_at > $2 and ($3::uuid is null or id < $3) order by id desc limit $4`,
}

/** Those that are valid now, newest first. `before` is the last id of the page before. */
export async function listPortalSessions(
  db: Queryable,
  workspaceId: string,
  now: Date,
  page: { readonly before: string | null; readonly limit: number },
): Promise<PortalSession[]> {
  return (await db.query<SessionRow>(list, [workspaceId, now, page.before, page.limit])).map(toSession)
}

const remove = {
  name: 'delete-portal-session',
  text: `delete from portal_sessions where workspace_id = $1 and id = $2 returning ${columns}`,
}

/** Gives the session that was deleted; null: there is none. */
export async function deletePortalSession(
  db: Queryable,
  workspaceId: string,
  id: string,
): Promise<PortalSession | null> {
  const [row] = await db.query<SessionRow>(remove, [workspaceId, id])
  return row ? toSession(row) : null
}

const purge = { name: 'purge-portal-sessions', text: 'delete from portal_sessions where expires_at <= $1' }

/** Gives how many had expired. */
export async function purgePortalSessions(db: Queryable, now: Date): Promise<number> {
  return await db.execute(purge, [now])
}
