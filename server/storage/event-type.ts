import type { Queryable } from './database.ts'

/** A type that a workspace added to the catalog. */
export interface StoredEventType {
  readonly name: string
  readonly group: string
  readonly description: string
  /** JSON Schema 2020-12; null: any data. */
  readonly schema: unknown
  /** The JSON text as it was sent, so that long numbers keep their digits; null: none. */
  readonly example: string | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

interface TypeRow {
  readonly name: string
  readonly group_name: string
  readonly description: string
  readonly schema: string | null
  readonly example: string | null
  readonly created_at: Date
  readonly updated_at: Date
}

const columns = 'name, group_name, description, schema, example, created_at, updated_at'

function toType(row: TypeRow): StoredEventType {
  return {
    name: row.name,
    group: row.group_name,
    description: row.description,
    schema: row.schema === null ? null : JSON.parse(row.schema),
    example: row.example,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function toText(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value)
}

const insert = {
  name: 'insert-event-type',
  text: `insert into event_types (workspace_id, ${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict do nothing`,
}

/** False: the workspace has a type of this name. */
export async function insertEventType(db: Queryable, workspaceId: string, type: StoredEventType): Promise<boolean> {
  const { name, group, description, schema, example, createdAt, updatedAt } = type
  const values = [workspaceId, name, group, description, toText(schema), example, createdAt, updatedAt]
  return (await db.execute(insert, values)) > 0
}

const list = {
  name: 'list-event-types',
  text: `select ${columns} from event_types where workspace_id = $1 order by name`,
}

/** By name. A workspace has hundreds at most, and the pipeline needs all of them. */
export async function listEventTypes(db: Queryable, workspaceId: string): Promise<StoredEventType[]> {
  return (await db.query<TypeRow>(list, [workspaceId])).map(toType)
}

const measure = {
  name: 'measure-event-types',
  text: `select count(*)::int as count,
    coalesce(sum(coalesce(octet_length(schema), 0) + coalesce(octet_length(example), 0)), 0)::int as bytes
    from event_types where workspace_id = $1`,
}

/** How many types of its own a workspace has, and how many bytes their schemas and examples have as JSON. */
export async function measureEventTypes(
  transaction: Queryable,
  workspaceId: string,
): Promise<{ readonly count: number; readonly bytes: number }> {
  const [row] = await transaction.query<{ count: number; bytes: number }>(measure, [workspaceId])
  return row ?? { count: 0, bytes: 0 }
}

const find = {
  name: 'find-event-type-for-update',
  text: `select ${columns} from event_types where workspace_id = $1 and name = $2 for update`,
}

/** Locks the row, so that of two changes at once neither is lost. */
export async function lockEventType(
  transaction: Queryable,
  workspaceId: string,
  name: string,
): Promise<StoredEventType | null> {
  const [row] = await transaction.query<TypeRow>(find, [workspaceId, name])
  return row ? toType(row) : null
}

const update = {
  name: 'update-event-type',
  text: `update event_types set group_name = $3, description = $4, schema = $5, example = $6, updated_at = $7
    where workspace_id = $1 and name = $2`,
}

export async function updateEventType(db: Queryable, workspaceId: string, type: StoredEventType): Promise<void> {
  const { name, group, description, schema, example, updatedAt } = type
  await db.execute(update, [workspaceId, name, group, description, toText(schema), example, updatedAt])
}

const remove = { name: 'delete-event-type', text: 'delete from event_types where workspace_id = $1 and name = $2' }

export async function deleteEventType(db: Queryable, workspaceId: string, name: string): Promise<boolean> {
  return (await db.execute(remove, [workspaceId, name])) > 0
}
