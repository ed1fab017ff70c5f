import type { KnownError } from '../domain/attempt.ts'
import type { Stream } from '../domain/event.ts'
import type { Queryable } from './database.ts'
import { groupedError, groupedStatus } from './failure-condition.ts'
import { plannedEachTime, rangeOf } from './id-range.ts'
import { typeExpression } from './type-expression.ts'

/** Dead letters of one endpoint that failed alike. */
export interface DeadLetterGroup {
  readonly endpointId: string
  readonly lastError: KnownError
  /** Where the status of the response was the fault; else null. */
  readonly lastStatus: number | null
  readonly count: number
  readonly firstDeadLetteredAt: Date
  readonly lastDeadLetteredAt: Date
}

export interface DeadLetterSelection {
  readonly workspaceId: string
  readonly endpointId: string | null
  /** A type pattern; null: all. */
  readonly type: string | null
  /** By the time of the event. */
  readonly since: Date | null
  readonly until: Date | null
  /** null: whichever they are of. */
  readonly stream: Stream | null
  /** How long it may count, in milliseconds. One portion is counted in any case. */
  readonly patience: number
}

interface GroupRow {
  endpoint_id: string
  last_error: KnownError
  last_status: number | null
  count: number
  first_at: Date
  last_at: Date
}

type PortionRow = { last_id: string | null; looked_at: number } & (GroupRow | { endpoint_id: null })

const portionSize = 20_000

// All that it asks of a delivery is in the index of dead letters.
const portionStatement = {
  name: plannedEachTime,
  text: `
with portion as materialized (
  select id, endpoint_id, type, last_error, last_status, dead_lettered_at from deliveries
  where workspace_id = $1 and id >= $2 and id < $3 and state = 'dead_letter' order by id desc limit $4
)
select e.*, g.* from (
  select (select id from portion order by id limit 1) as last_id, (select count(*) from portion)::int as looked_at
) e left join (
  select endpoint_id, ${groupedError} as last_error, ${groupedStatus} as last_status, count(*) as count,
    min(dead_lettered_at) as first_at, max(dead_lettered_at) as last_at
  from portion
  where ($5::uuid is null or endpoint_id = $5) and ($6::text is null or type ~ $6)
    and ($7::text is null or endpoint_id = any(array(select id from endpoints where workspace_id = $1 and stream = $7)))
  group by 1, 2, 3
) g on true`,
}

/**
 * How many dead letters each endpoint has for each error, the largest group first. They are counted from the newest on
 * until the time is up.
 *
 * @param clock milliseconds, for `patience`
 * @returns `more`: there are older ones that were not counted
 */
export async function groupDeadLetters(
  database: Queryable,
  selection: DeadLetterSelection,
  clock: () => number,
): Promise<{ groups: DeadLetterGroup[]; more: boolean }> {
  const { workspaceId, endpointId, type, since, until, stream, patience } = selection
  const end = clock() + patience
  const groups = new Map<string, DeadLetterGroup>()
  const { from, below } = rangeOf({ since, until, before: null })
  const passing = [endpointId, type === null ? null : typeExpression([type]), stream]
  for (let next: string | null = below; next !== null; ) {
    const values = [workspaceId, from, next, portionSize, ...passing]
    const rows: PortionRow[] = await database.query<PortionRow>(portionStatement, values)
    for (const row of rows) if (row.endpoint_id !== null) add(groups, row)
    const { last_id: last = null, looked_at: lookedAt = 0 } = rows[0] ?? {}
    next = lookedAt < portionSize ? null : last
    if (next !== null && clock() >= end) return { groups: largestFirst(groups), more: true }
  }
  return { groups: largestFirst(groups), more: false }
}

function add(groups: Map<string, DeadLetterGroup>, row: GroupRow): void {
  const { endpoint_id: endpointId, last_error: lastError, last_status: lastStatus } = row
  const key = `${endpointId} ${lastError} ${lastStatus}`
  const known = groups.get(key)
  groups.set(key, {
    ...{ endpointId, lastError, lastStatus, count: row.count + (known?.count ?? 0) },
    firstDeadLetteredAt: known && known.firstDeadLetteredAt < row.first_at ? known.firstDeadLetteredAt : row.first_at,
    lastDeadLetteredAt: known && known.lastDeadLetteredAt > row.last_at ? known.lastDeadLetteredAt : row.last_at,
  })
}

function largestFirst(groups: ReadonlyMap<string, DeadLetterGroup>): DeadLetterGroup[] {
  return [...groups.values()].sort((a, b) => b.count - a.count)
}
