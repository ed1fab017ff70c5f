import type { AuditEntry } from '../domain/audit.ts'
import { type AuditRow, auditColumns, toAuditEntry } from './audit-row.ts'
import type { Queryable } from './database.ts'

/** The entry; null when the chain has none of this id. */
export async function findAudit(database: Queryable, workspaceId: string, id: string): Promise<AuditEntry | null> {
  const [row] = await database.query<AuditRow>(
    {
      name: 'find-audit-entry',
      text: `select ${auditColumns} from audit_entries e where e.id = $1 and e.workspace_id = $2`,
    },
    [id, workspaceId],
  )
  return row ? toAuditEntry(row) : null
}

/** Entries of a chain in its order, those after the given sequence first: what is read by whoever follows a chain. */
export async function readAudit(
  database: Queryable,
  workspaceId: string,
  range: { readonly after: number; readonly upTo: number; readonly limit: number },
): Promise<AuditEntry[]> {
  const rows = await database.query<AuditRow>(
    {
      name: 'read-audit-entries',
      text: `
select ${auditColumns} from audit_entries e
where e.workspace_id = $1 and e.sequence > $2 and e.sequence <= $3 order by e.sequence limit $4`,
    },
    [workspaceId, range.after, range.upTo, range.limit],
  )
  return rows.map(toAuditEntry)
}

export interface AuditChain {
  /** Of the newest entry; 0: there was none so far. */
  readonly lastSequence: number
  readonly lastHash: string | null
  /** Entries up to here are gone, or about to go. */
  readonly purgedSequence: number
}

/** Where a chain stands; null: it has no entry yet. */
export async function findAuditChain(database: Queryable, workspaceId: string): Promise<AuditChain | null> {
  const [row] = await database.query<{ last_sequence: number; last_hash: Buffer | null; purged_sequence: number }>(
    {
      name: 'find-audit-chain',
      text: 'select last_sequence, last_hash, purged_sequence from audit_chains where workspace_id = $1',
    },
    [workspaceId],
  )
  if (!row) return null
  const lastHash = row.last_hash?.toString('hex') ?? null
  return { lastSequence: row.last_sequence, lastHash, purgedSequence: row.purged_sequence }
}
