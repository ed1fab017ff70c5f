import { type AuditEntry, auditEntryId, genesisHash, type NewAuditEntry } from '../domain/audit.ts'
import { hashEntry } from '../domain/audit-chain.ts'
import { searchKeys, segmentBits } from '../domain/audit-search.ts'
import { packTexts, plainColumn, textColumn, timeColumn } from './column.ts'
import type { Session } from './database.ts'

/** The end of a chain as whoever has its lock finds it. */
interface ChainEnd {
  readonly number: number
  readonly last_sequence: number
  readonly last_hash: Buffer | null
  readonly last_recorded_at: Date | null
}

const lockStatement = {
  name: 'lock-audit-chain',
  text: `
select number, last_sequence, last_hash, last_recorded_at from audit_chains where workspace_id = $1 for update`,
}

const openStatement = {
  name: 'open-audit-chain',
  text: 'insert into audit_chains (workspace_id) values ($1) on conflict do nothing',
}

// One statement for any number of entries. The hashes are made outside, since a chain cannot be hashed in parallel.
const appendStatement = {
  name: 'append-audit-entries',
  text: `
with entry as (
  select * from unnest($2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::text[], $13::text[], $14::int[], $15::int[], $16::timestamptz[], $17::text[],
    $18::text[], $19::text[], $20::text[])
    as e (sequence, id, category, action, actor_type, actor_id, actor_name, actor_ip, target_type, target_id,
      target_name, description, metadata_offset, metadata_length, occurred_at, recorded_by, previous_hash, hash, search)
),
stored as (
  insert into audit_entries (workspace_id, sequence, id, category, action, actor_type, actor_id, actor_name, actor_ip,
    target_type, target_id, target_name, description, metadata, occurred_at, recorded_at, recorded_by, previous_hash,
    hash, search)
  select $1, sequence, id, category, action, actor_type, actor_id, actor_name, actor_ip, target_type, target_id,
    target_name, description, convert_from(substring($21::bytea from metadata_offset for metadata_length), 'UTF8'),
    occurred_at, $22, recorded_by, decode(previous_hash, 'hex'), decode(hash, 'hex'), array_to_tsvector(search::text[])
  from entry
),
segment as (
  insert into audit_segments as s (workspace_id, segment, earliest, latest)
  select $1, sequence >> ${segmentBits}, min(occurred_at), max(occurred_at) from entry group by 2
  on conflict (workspace_id, segment) do update
    set earliest = least(s.earliest, excluded.earliest), latest = greatest(s.latest, excluded.latest)
)
update audit_chains set last_sequence = $23, last_hash = decode($24, 'hex'), last_recorded_at = $22
where workspace_id = $1`,
}

/**
 * Appends entries to a chain as part of a transaction, and gives them as they are stored. The end of the chain stays
 * locked until the commit: this comes last in a transaction, and a transaction appends to one chain only.
 *
 * @param workspaceId whose chain; `operatorChain` for what belongs to no workspace
 * @param now is when they are recorded; never before the entry before them, whatever the clocks of the nodes say
 */
export async function appendAudit(
  transaction: Session,
  workspaceId: string,
  entries: readonly NewAuditEntry[],
  now: Date,
): Promise<AuditEntry[]> {
  const end = await lockChain(transaction, workspaceId)
  const recordedAt = end.last_recorded_at !== null && end.last_recorded_at > now ? end.last_recorded_at : now
  const chained: AuditEntry[] = []
  let previousHash = end.last_hash?.toString('hex') ?? genesisHash
  for (const entry of entries) {
    const sequence = end.last_sequence + chained.length + 1
    const id = auditEntryId(workspaceId, sequence, recordedAt)
    const occurredAt = entry.occurredAt ?? recordedAt
    const unhashed = { ...entry, workspaceId, sequence, id, occurredAt, recordedAt, previousHash }
    previousHash = hashEntry(unhashed)
    chained.push({ ...unhashed, hash: previousHash })
  }
  if (chained.length > 0) await transaction.execute(appendStatement, columns(workspaceId, end.number, chained))
  return chained
}

/** Nobody else appends to the chain until this transaction ends. A chain that is not there yet is opened. */
export async function lockChain(transaction: Session, workspaceId: string): Promise<ChainEnd> {
  const [known] = await transaction.query<ChainEnd>(lockStatement, [workspaceId])
  if (known) return known
  await transaction.execute(openStatement, [workspaceId])
  const [opened] = await transaction.query<ChainEnd>(lockStatement, [workspaceId])
  if (!opened) throw new Error('the chain that was opened is not there')
  return opened
}

function columns(workspaceId: string, chain: number, entries: readonly AuditEntry[]): unknown[] {
  const last = entries.at(-1) as AuditEntry
  const metadata = packTexts(entries.map((entry) => entry.metadata))
  return [
    workspaceId,
    plainColumn(entries.map(({ sequence }) => sequence)),
    plainColumn(entries.map(({ id }) => id)),
    plainColumn(entries.map(({ category }) => category)),
    plainColumn(entries.map(({ action }) => action)),
    textColumn(entries.map(({ actor }) => actor.type)),
    textColumn(entries.map(({ actor }) => actor.id)),
    textColumn(entries.map(({ actor }) => actor.name)),
    textColumn(entries.map(({ actor }) => actor.ip)),
    textColumn(entries.map(({ target }) => target.type)),
    textColumn(entries.map(({ target }) => target.id)),
    textColumn(entries.map(({ target }) => target.name)),
    textColumn(entries.map(({ description }) => description)),
    plainColumn(metadata.offsets),
    plainColumn(metadata.lengths),
    timeColumn(entries.map(({ occurredAt }) => occurredAt)),
    textColumn(entries.map(({ recordedBy }) => recordedBy)),
    plainColumn(entries.map(({ previousHash }) => previousHash)),
    plainColumn(entries.map(({ hash }) => hash)),
    textColumn(entries.map((entry) => textColumn(keysOf(entry, chain)))),
    metadata.bytes,
    last.recordedAt,
    last.sequence,
    last.hash,
  ]
}

function keysOf(entry: AuditEntry, chain: number): string[] {
  const beginning = `${chain}.${Math.floor(entry.sequence / 2 ** segmentBits)}.`
  return searchKeys(entry).map((key) => beginning + key)
}
