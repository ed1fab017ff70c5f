import type { StreamedEntry } from '../domain/audit-event.ts'
import type { Queryable, Session } from './database.ts'

/** How far the chain of a workspace has been streamed. */
export interface Cursor {
  readonly workspaceId: string
  readonly sequence: number
}

/** The workspaces whose chains have entries that are not streamed yet, and how many. */
export async function unstreamed(database: Queryable): Promise<{ workspaceId: string; entries: number }[]> {
  const rows = await database.query<{ workspace_id: string; entries: number }>({
    name: 'unstreamed-audit',
    text: `
select s.workspace_id, c.last_sequence - s.streamed_sequence as entries
from audit_streams s join audit_chains c on c.workspace_id = s.workspace_id
where c.last_sequence > s.streamed_sequence`,
  })
  return rows.map((row) => ({ workspaceId: row.workspace_id, entries: row.entries }))
}

/** A node that hangs in the middle must not keep the cursors from the others. */
export async function boundStreaming(transaction: Session): Promise<void> {
  await transaction.script(`set local idle_in_transaction_session_timeout = '10s'`)
}

/**
 * Locks the cursors of these workspaces until the transaction ends. One that another node has locked is left out, and
 * so is a workspace that has none.
 */
export async function lockCursors(transaction: Session, workspaceIds: readonly string[]): Promise<Cursor[]> {
  const rows = await transaction.query<{ workspace_id: string; streamed_sequence: number }>(
    {
      name: 'lock-audit-cursors',
      text: `
select workspace_id, streamed_sequence from audit_streams
where workspace_id = any($1::uuid[]) order by workspace_id for update skip locked`,
    },
    [workspaceIds],
  )
  return rows.map((row) => ({ workspaceId: row.workspace_id, sequence: row.streamed_sequence }))
}

/** Those of these workspaces that have a cursor. */
export async function streamingAmong(database: Queryable, workspaceIds: readonly string[]): Promise<string[]> {
  const rows = await database.query<{ workspace_id: string }>(
    {
      name: 'streaming-among',
      text: 'select workspace_id from audit_streams where workspace_id = any($1::uuid[])',
    },
    [workspaceIds],
  )
  return rows.map((row) => row.workspace_id)
}

interface EntryRow {
  workspace_id: string
  sequence: number
  id: string
  category: string
  action: string
  actor_type: string
  actor_id: string
  actor_name: string | null
  actor_ip: string | null
  target_type: string
  target_id: string
  target_name: string | null
  description: string
  metadata: string
  occurred_at: Date
  recorded_at: Date
  bytes: number
}

/** What is to be streamed next of one workspace, in the order of its chain. */
export interface Stretch {
  readonly entries: readonly (StreamedEntry & { readonly recordedAt: Date })[]
  /** There may be more. */
  readonly cut: boolean
}

/**
 * The entries behind each of these cursors, at most so many of each, and as many as have so many bytes together: one in
 * any case.
 */
export async function readStretches(
  transaction: Queryable,
  cursors: readonly Cursor[],
  most: { readonly entries: number; readonly bytes: number },
): Promise<ReadonlyMap<string, Stretch>> {
  const rows = await transaction.query<EntryRow>(
    {
      name: 'read-audit-stretches',
      text: `
select e.* from unnest($1::uuid[], $2::bigint[]) as c (workspace_id, sequence)
cross join lateral (
  select n.*, sum(octet_length(n.metadata) + octet_length(n.description)) over (order by n.sequence)::int as bytes from (
    select workspace_id, sequence, id, category, action, actor_type, actor_id, actor_name, actor_ip, target_type,
      target_id, target_name, description, metadata, occurred_at, recorded_at
    from audit_entries where workspace_id = c.workspace_id and sequence > c.sequence order by sequence limit $3
  ) n
) e
where e.bytes - octet_length(e.metadata) - octet_length(e.description) < $4
order by e.workspace_id, e.sequence`,
    },
    [cursors.map(({ workspaceId }) => workspaceId), cursors.map(({ sequence }) => sequence), most.entries, most.bytes],
  )
  const stretches = [...Map.groupBy(rows, (row) => row.workspace_id)].map(([workspaceId, own]) => {
    const cut = own.length === most.entries || (own.at(-1)?.bytes ?? 0) >= most.bytes
    return [workspaceId, { entries: own.map(toEntry), cut }] as const
  })
  return new Map(stretches)
}

function toEntry(row: EntryRow): StreamedEntry & { recordedAt: Date } {
  return {
    workspaceId: row.workspace_id,
    sequence: row.sequence,
    id: row.id,
    category: row.category,
    action: row.action,
    actor: { type: row.actor_type, id: row.actor_id, name: row.actor_name, ip: row.actor_ip },
    target: { type: row.target_type, id: row.target_id, name: row.target_name },
    description: row.description,
    metadata: row.metadata,
    occurredAt: row.occurred_at,
    recordedAt: row.recorded_at,
  }
}

/** Moves cursors on, in the transaction that locked them. */
export async function moveCursors(transaction: Session, cursors: readonly Cursor[]): Promise<void> {
  await transaction.execute(
    {
      name: 'move-audit-cursors',
      text: `
update audit_streams s set streamed_sequence = c.sequence from unnest($1::uuid[], $2::bigint[]) as c (workspace_id, sequence)
where s.workspace_id = any($1::uuid[]) and s.workspace_id = c.workspace_id`,
    },
    [cursors.map(({ workspaceId }) => workspaceId), cursors.map(({ sequence }) => sequence)],
  )
}
