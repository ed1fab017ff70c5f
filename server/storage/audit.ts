import type { AuditEntry } from '../domain/audit.ts'
import { anySegment, segmentBits } from '../domain/audit-search.ts'
import { type AuditRow, auditColumns, toAuditEntry } from './audit-row.ts'
import type { Queryable } from './database.ts'
import { cutSlice, plannedEachTime, type Slice } from './id-range.ts'

export interface AuditList {
  readonly since: Date | null
  readonly until: Date | null
  /** A tsquery of `searchQuery`; null: everything passes. */
  readonly query: string | null
  readonly limit: number
}

// How many segments one page looks at, each a look-up in the index; and how many entries where there is no index for it.
const mostSegments = 4_000
const mostRead = 10_000

const firstOf = (segment: string): string => `(${segment} << ${segmentBits})`

// Which segments to look at, newest first. The offset keeps the planner from joining in another order.
const segments = `
  select s.segment, c.number, c.purged_sequence
  from audit_segments s join audit_chains c on c.workspace_id = s.workspace_id
  where s.workspace_id = $1 and s.segment <= ($2::bigint >> ${segmentBits})
    and ($3::timestamptz is null or s.latest >= $3) and ($4::timestamptz is null or s.earliest < $4)
  order by s.segment desc limit ${mostSegments} offset 0`

const inTime = '($3::timestamptz is null or e.occurred_at >= $3) and ($4::timestamptz is null or e.occurred_at < $4)'

const listStatement = {
  name: 'list-audit-entries',
  text: `
select e.* from (${segments}) s cross join lateral (
  select ${auditColumns} from audit_entries e
  where e.workspace_id = $1 and e.sequence >= ${firstOf('s.segment')} and e.sequence < ${firstOf('(s.segment + 1)')}
    and e.sequence < $2 and e.sequence > s.purged_sequence and ${inTime}
  order by e.sequence desc limit $5
) e
limit $5`,
}

// The keys of the search say which workspace and which segment: another index could only be worse, so the conditions on
// its columns are written in a way that it does not serve.
const searchStatement = {
  name: 'search-audit-entries',
  text: `
select e.* from (${segments}) s cross join lateral (
  select ${auditColumns} from audit_entries e
  where e.search @@ replace($6, '${anySegment}', s.number || '.' || s.segment || '.')::tsquery
    and e.sequence + 0 < $2 and e.sequence + 0 > s.purged_sequence and ${inTime}
  order by e.sequence + 0 desc limit $5
) e
limit $5`,
}

// Elsewhere the list is read along with the index; here that would be once for each segment.
const readyStatement = { name: 'ready-audit-search', text: `select gin_clean_pending_list('audit_entries_search')` }

/** As many as there can be. */
const noEnd = Number.MAX_SAFE_INTEGER

/**
 * A page of the entries of a chain that pass, newest first.
 *
 * @param before the sequence of the last entry of the page before; null: from the newest
 * @returns `next`: the sequence where the next page goes on below, as text
 */
export async function listAudit(
  database: Queryable,
  workspaceId: string,
  list: AuditList & { readonly before: number | null },
): Promise<Slice<AuditEntry>> {
  const { query, limit } = list
  if (query === '') return { rows: [], next: null }
  const values = [workspaceId, list.before ?? noEnd, list.since, list.until, limit + 1]
  if (query !== null) await database.execute(readyStatement)
  const rows =
    query === null
      ? await database.query<AuditRow>(listStatement, values)
      : await database.query<AuditRow>(searchStatement, [...values, query])
  // Segment by segment they come in order; to say so in the statement would make it read all segments first.
  const entries = rows.map(toAuditEntry).sort((a, b) => b.sequence - a.sequence)
  const shown = entries.slice(0, limit)
  return { rows: shown, next: entries.length > limit ? String(shown.at(-1)?.sequence) : null }
}

const listAllStatement = {
  name: plannedEachTime,
  text: `
select ${auditColumns} from (select * from audit_entries where id < $1 order by id desc limit ${mostRead}) e
join audit_chains c on c.workspace_id = e.workspace_id
where ($2::timestamptz is null or e.occurred_at >= $2) and ($3::timestamptz is null or e.occurred_at < $3)
  and ($4::text is null or e.search
    @@ replace($4, '${anySegment}', c.number || '.' || (e.sequence >> ${segmentBits}) || '.')::tsquery)
order by e.id desc limit $5`,
}

const lastReadStatement = {
  name: plannedEachTime,
  text: `select id from audit_entries where id < $1 order by id desc offset ${mostRead - 1} limit 1`,
}

const highestId = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** A page of the entries of all chains that pass, newest first, after the id `before`. */
export async function listAllAudit(
  database: Queryable,
  list: AuditList & { readonly before: string | null },
): Promise<Slice<AuditEntry>> {
  if (list.query === '') return { rows: [], next: null }
  const before = list.before ?? highestId
  const values = [before, list.since, list.until, list.query, list.limit + 1]
  const rows = await database.query<AuditRow>(listAllStatement, values)
  return await cutSlice(rows.map(toAuditEntry), list.limit, async () => {
    const [last] = await database.query<{ id: string }>(lastReadStatement, [before])
    return last?.id ?? null
  })
}

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
