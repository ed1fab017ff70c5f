import type { ApiKey, KeyScope } from '../domain/api-key.ts'
import type { Queryable } from './database.ts'

interface KeyRow {
  readonly id: string
  readonly workspace_id: string
  readonly name: string
  readonly scopes: KeyScope[]
  readonly expires_at: Date | null
  readonly created_at: Date
}

const columns = 'id, workspace_id, name, scopes, expires_at, created_at'

function toKey(row: KeyRow): ApiKey {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    name: row.name,
    scopes: row.scopes,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
  }
}

const insert = {
  name: 'insert-key',
  text: `insert into api_keys (id, workspace_id, name, hash, scopes, expires_at, created_at)
    select $1::uuid, $2::uuid, $3, $4, $5, $6::timestamptz, $7::timestamptz
    where (select count(*) from api_keys where workspace_id = $2::uuid) < $8`,
}

/**
 * False: the workspace has that many keys already.
 * @param hash SHA-256 of the key's text: the text itself is never stored
 */
export async function insertKey(db: Queryable, key: ApiKey, hash: Buffer, most: number): Promise<boolean> {
  const { id, workspaceId, name, scopes, expiresAt, createdAt } = key
  return (await db.execute(insert, [id, workspaceId, name, hash, scopes, expiresAt, createdAt, most])) > 0
}

const findByHash = { name: 'find-key-by-hash', text: `select ${columns} from api_keys where hash = $1` }

/** Gives expired keys too: whoever asks has the clock. */
export async function findKeyByHash(db: Queryable, hash: Buffer): Promise<ApiKey | null> {
  const [row] = await db.query<KeyRow>(findByHash, [hash])
  return row ? toKey(row) : null
}

const list = {
  name: 'list-keys',
  text: `select ${columns} from api_keys where workspace_id = $1 and ($2::uuid is null or id < $2)
    order by id desc limit $3`,
}

/** Newest first. `before` is the last id of the page before. */
export async function listKeys(
  db: Queryable,
  workspaceId: string,
  page: { readonly before: string | null; readonly limit: number },
): Promise<ApiKey[]> {
  return (await db.query<KeyRow>(list, [workspaceId, page.before, page.limit])).map(toKey)
}

const remove = {
  name: 'delete-key',
  text: `delete from api_keys where workspace_id = $1 and id = $2 returning ${columns}`,
}

/** Gives the key that was deleted; null: there is none. */
export async function deleteKey(db: Queryable, workspaceId: string, id: string): Promise<ApiKey | null> {
  const [row] = await db.query<KeyRow>(remove, [workspaceId, id])
  return row ? toKey(row) : null
}
