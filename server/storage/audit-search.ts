import type { AuditEntry } from '../domain/audit.ts'
import { anySegment, segmentBits } from '../domain/audit-search.ts'
import { type AuditRow, auditColumns, toAuditEntry } from './audit-row.ts'
import { textColumn } from './column.ts'
import { plannedEachTime, type Queryable } from './database.ts'
import { cutSlice, type Slice } from './id-range.ts'

export interface AuditList {
  readonly since: Date | null
  readonly until: Date | null
  /** Those of `searchTerms`, all of which must hold; null: nothing can pass. */
  readonly terms: readonly string[] | null
  readonly limit: number
}

export interface ChainList extends AuditList {
  /** The sequence of the last entry of the page before; null: from the newest. */
  readonly before: number | null
  /** How long a page may look for entries, in milliseconds; then it is cut. One segment is looked at in any case. */
  readonly patience: number
}

// How many entries a page looks at where there is no index for it.
const mostRead = 10_000

const queryOf = (terms: string, chain: string, segment: string): string =>
  `replace(${terms}, '${anySegment}', ${chain} || '.' || ${segment} || '.')::tsquery`
const inTime = '($3::timestamptz is null or e.occurred_at >= $3) and ($4::timestamptz is null or e.occurred_at < $4)'

// Segments in which something may pass, newest first. The offset keeps the planner from joining in another order.
const segments = `
  select s.segment, c.number, c.purged_sequence
  from audit_segments s join audit_chains c on c.workspace_id = s.workspace_id
  where s.workspace_id = $1 and s.segment <= (($2::bigint - 1) >> ${segmentBits})
    and ($3::timestamptz is null or s.latest >= $3) and ($4::timestamptz is null or s.earliest < $4)
  order by s.segment desc offset 0`

// Looks at one segment after the other until the page is full or the time is up: then the segments that are left come
// as rows without an entry, which fill the page.
const pageOf = (more: string, entries: string): string => `
select s.segment, e.* from (
  select *, row_number() over () > 1
      and clock_timestamp() >= statement_timestamp() + $6::int * interval '1 millisecond' as late,
    ${queryOf('$7::text', 'number', 'segment')} as checked${more}
  from (${segments}) s
) s left join lateral (
  select ${auditColumns} from audit_entries e where not s.late and (s.checked is null or e.search @@ s.checked)
    and ${inTime} and ${entries} desc limit $5
) e on true
where s.late or e.sequence is not null
limit $5`

const inSegment = `e.workspace_id = $1 and e.sequence >= (s.segment << ${segmentBits})
  and e.sequence < least($2, (s.segment + 1) << ${segmentBits}) and e.sequence > s.purged_sequence`

const walkStatement = { name: 'walk-audit-entries', text: pageOf('', `${inSegment} order by e.sequence`) }

// The keys of the search say which workspace and which segment: another index could only be worse, so the conditions on
// its columns are written in a way that it does not serve.
const searchStatement = {
  name: 'search-audit-entries',
  text: pageOf(
    `, ${queryOf('$8::text', 'number', 'segment')} as sought`,
    `e.search @@ s.sought and e.sequence + 0 < $2 and e.sequence + 0 > s.purged_sequence order by e.sequence + 0`,
  ),
}

// Elsewhere the list is read along with the index; here that would be once for each segment.
const readyStatement = { name: 'ready-audit-search', text: `select gin_clean_pending_list('audit_entries_search')` }

/** As many as there can be. */
const noEnd = Number.MAX_SAFE_INTEGER

type PageRow = (AuditRow | { readonly sequence: null }) & { readonly segment: number }

/**
 * A page of the entries of a chain that pass, newest first. It may be short, even empty, although there is more: where
 * common words hardly ever meet, the page is cut and the next one goes on.
 *
 * @returns `next`: the sequence where the next page goes on below, as text
 */
export async function listAudit(database: Queryable, workspaceId: string, list: ChainList): Promise<Slice<AuditEntry>> {
  const { terms, limit, patience } = list
  if (terms === null) return { rows: [], next: null }
  const range = [workspaceId, list.before ?? noEnd, list.since, list.until]
  const { sought, checked } = await divide(database, range, terms)
  const page = [...range, limit + 1, patience, checked.join(' & ') || null]
  if (sought.length > 0) await database.execute(readyStatement)
  const rows =
    sought.length === 0
      ? await database.query<PageRow>(walkStatement, page)
      : await database.query<PageRow>(searchStatement, [...page, sought.join(' & ')])
  const found = rows.filter((row): row is AuditRow & { segment: number } => row.sequence !== null)
  // Segment by segment they come in order; to say so in the statement would make it read all segments first.
  const entries = found.map(toAuditEntry).sort((a, b) => b.sequence - a.sequence)
  const shown = entries.slice(0, limit)
  if (entries.length > limit) return { rows: shown, next: String(shown.at(-1)?.sequence) }
  const left = rows.find(({ sequence }) => sequence === null)
  return { rows: shown, next: left ? String((left.segment + 1) * 2 ** segmentBits) : null }
}

const sampled = 256

// How many of the newest entries have each of the terms.
const sampleStatement = {
  name: 'sample-audit-terms',
  text: `
select sum(e.count)::int as count, sum(e.total)::int as total
from (${segments} limit 2) s
cross join lateral (
  select place, ${queryOf('term', 's.number', 's.segment')} as query
  from unnest($5::text[]) with ordinality as u (term, place) offset 0
) t
cross join lateral (
  select count(*) filter (where e.search @@ t.query and ${inTime}) as count, count(*) as total
  from (select search, occurred_at from audit_entries e where ${inSegment} order by e.sequence desc limit ${sampled}) e
) e
group by t.place order by t.place`,
}

// What a page costs, counted in entries that are looked at, is the same both ways where about a tenth of them passes.
const commonShare = 0.1
const muchMoreCommon = 20

/**
 * Which terms are sought in the index, and which are checked on the entries that it gives. To read the places of all
 * entries that have a common word costs more than to look at the few that have a rare one. Where much of what there is
 * passes, none is sought: the page is found faster by looking at one entry after the other.
 */
async function divide(
  database: Queryable,
  range: readonly unknown[],
  terms: readonly string[],
): Promise<{ sought: readonly string[]; checked: readonly string[] }> {
  if (terms.length === 0) return { sought: [], checked: [] }
  const values = [...range, textColumn([...terms, terms.join(' & ')])]
  const counts = await database.query<{ count: number; total: number }>(sampleStatement, values)
  const all = counts.pop()
  if (!all || all.count >= all.total * commonShare) return { sought: [], checked: terms }
  const most = muchMoreCommon * Math.max(1, Math.min(...counts.map(({ count }) => count)))
  const isSought = (_: string, index: number) => (counts[index]?.count ?? 0) <= most
  return { sought: terms.filter(isSought), checked: terms.filter((term, index) => !isSought(term, index)) }
}

const listAllStatement = {
  name: plannedEachTime,
  text: `
select ${auditColumns} from (select * from audit_entries where id < $1 order by id desc limit ${mostRead}) e
join audit_chains c on c.workspace_id = e.workspace_id
where ($2::timestamptz is null or e.occurred_at >= $2) and ($3::timestamptz is null or e.occurred_at < $3)
  and ($4::text is null or e.search @@ ${queryOf('$4', 'c.number', `(e.sequence >> ${segmentBits})`)})
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
  if (list.terms === null) return { rows: [], next: null }
  const before = list.before ?? highestId
  const values = [before, list.since, list.until, list.terms.join(' & ') || null, list.limit + 1]
  const rows = await database.query<AuditRow>(listAllStatement, values)
  return await cutSlice(rows.map(toAuditEntry), list.limit, async () => {
    const [last] = await database.query<{ id: string }>(lastReadStatement, [before])
    return last?.id ?? null
  })
}
