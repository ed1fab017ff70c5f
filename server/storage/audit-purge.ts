import type { AuditEntry } from '../domain/audit.ts'
import { segmentBits } from '../domain/audit-search.ts'
import { type AuditRow, auditColumns, toAuditEntry } from './audit-row.ts'
import type { Database, Queryable } from './database.ts'

/** A chain whose oldest entries are older than they are kept. */
export interface PurgeableChain {
  readonly workspaceId: string
  readonly retentionDays: number
  readonly purgedSequence: number
  readonly lastSequence: number
  /** The workspace is there; of a deleted one nothing is recorded any more. */
  readonly alive: boolean
}

/**
 * Chains with an entry that was recorded longer ago than it is kept. Those that were purged after `purgedBefore` are left
 * for the next day. What waits to be streamed is not given as part of a chain: it has to be read once more.
 */
export async function purgeableChains(
  database: Queryable,
  now: Date,
  purgedBefore: Date,
  otherwiseDays: number,
): Promise<PurgeableChain[]> {
  const rows = await database.query<{
    workspace_id: string
    days: number
    purged_sequence: number
    last_sequence: number
    alive: boolean
  }>(
    {
      name: 'purgeable-audit-chains',
      text: `
select c.workspace_id, coalesce(w.audit_retention_days, $3) as days, c.purged_sequence,
  coalesce(s.streamed_sequence, c.last_sequence) as last_sequence, w.id is not null as alive
from audit_chains c left join workspaces w on w.id = c.workspace_id
left join audit_streams s on s.workspace_id = c.workspace_id
join audit_entries e on e.workspace_id = c.workspace_id and e.sequence = c.purged_sequence + 1
where e.recorded_at < $1::timestamptz - make_interval(days => coalesce(w.audit_retention_days, $3))
  and (c.purged_at is null or c.purged_at < $2)`,
    },
    [now, purgedBefore, otherwiseDays],
  )
  return rows.map((row) => ({
    workspaceId: row.workspace_id,
    retentionDays: row.days,
    purgedSequence: row.purged_sequence,
    lastSequence: row.last_sequence,
    alive: row.alive,
  }))
}

const entryStatement = {
  name: 'audit-entry-by-sequence',
  text: `select ${auditColumns} from audit_entries e where e.workspace_id = $1 and e.sequence = $2`,
}

/** The newest entry of a chain that was recorded before this time; null: there is none. */
export async function lastRecordedBefore(
  database: Queryable,
  {
    workspaceId,
    purgedSequence,
    lastSequence,
  }: Pick<PurgeableChain, 'workspaceId' | 'purgedSequence' | 'lastSequence'>,
  before: Date,
): Promise<AuditEntry | null> {
  let found: AuditRow | null = null
  // Times of recording never go back along a chain, so that halving finds the place among any number of entries.
  let low = purgedSequence + 1
  let high = lastSequence
  while (low <= high) {
    const middle = Math.floor((low + high) / 2)
    const [row] = await database.query<AuditRow>(entryStatement, [workspaceId, middle])
    if (row && row.recorded_at < before) {
      found = row
      low = middle + 1
    } else high = middle - 1
  }
  return found && toAuditEntry(found)
}

/**
 * Marks the entries of a chain up to this sequence as purged, if nobody else has purged it since; they are out of sight
 * with the commit, and `deletePurged` removes them.
 */
export async function markPurged(
  transaction: Queryable,
  chain: Pick<PurgeableChain, 'workspaceId' | 'purgedSequence'>,
  sequence: number,
  now: Date,
): Promise<boolean> {
  const touched = await transaction.execute(
    {
      name: 'mark-audit-purged',
      text: `
update audit_chains set purged_sequence = $3, purged_at = $4 where workspace_id = $1 and purged_sequence = $2`,
    },
    [chain.workspaceId, chain.purgedSequence, sequence, now],
  )
  return touched > 0
}

/** Chains of which purged entries are still there. */
export async function chainsToClear(database: Queryable): Promise<string[]> {
  const rows = await database.query<{ workspace_id: string }>({
    name: 'audit-chains-to-clear',
    text: `
select c.workspace_id from audit_chains c
where c.purged_sequence > 0 and exists (
  select from audit_entries e where e.workspace_id = c.workspace_id and e.sequence <= c.purged_sequence
)`,
  })
  return rows.map(({ workspace_id }) => workspace_id)
}

const allowStatement = { name: 'allow-audit-purge', text: `select set_config('atlas.audit_purge', 'on', true)` }

const deleteStatement = {
  name: 'delete-audit-entries',
  text: `
delete from audit_entries where workspace_id = $1 and sequence in (
  select e.sequence from audit_entries e join audit_chains c on c.workspace_id = e.workspace_id
  where e.workspace_id = $1 and e.sequence <= c.purged_sequence order by e.sequence limit $2
)`,
}

const forgetStatement = {
  name: 'forget-audit-segments',
  text: `
with chain as (select purged_sequence from audit_chains where workspace_id = $1),
checkpoint as (
  delete from audit_checkpoints where workspace_id = $1 and sequence < (select purged_sequence from chain)
)
delete from audit_segments
where workspace_id = $1 and ((segment + 1) << ${segmentBits}) - 1 <= (select purged_sequence from chain)`,
}

/**
 * Removes up to that many purged entries of a chain in a transaction of its own, and gives how many; with the last of
 * them go the checkpoints before the one that the rest of the chain is verified from.
 */
export async function deletePurged(database: Database, workspaceId: string, most: number): Promise<number> {
  return await database.transaction(async (transaction) => {
    await transaction.execute(allowStatement)
    const deleted = await transaction.execute(deleteStatement, [workspaceId, most])
    if (deleted < most) await transaction.execute(forgetStatement, [workspaceId])
    return deleted
  })
}
