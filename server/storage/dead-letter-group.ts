import type { KnownError } from '../domain/attempt.ts'
import type { Stream } from '../domain/event.ts'
import { plannedEachTime, type Queryable } from './database.ts'
import { groupedError, groupedStatus } from './failure-condition.ts'
import { rangeOf } from './id-range.ts'
import { typeOrExpression } from './type-expression.ts'

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
  /** The last one of a whole portion; null: there were no more. */
  last_id: string | null
}

const portionSize = 20_000

const range = `workspace_id = $1 and id >= $2 and id < $3 and state = 'dead_letter'`

// All that it asks of a delivery is in the index of dead letters. What does not pass is counted too, as none of its group.
const portionStatement = {
  name: plannedEachTime,
  text: `
select endpoint_id, ${groupedError} as last_error, ${groupedStatus} as last_status, count(*) filter (where passes) as count,
  min(dead_lettered_at) filter (where passes) as first_at, max(dead_lettered_at) filter (where passes) as last_at,
  (select id from deliveries where ${range} order by id desc offset $4 - 1 limit 1) as last_id
from (
  select endpoint_id, last_error, last_status, dead_lettered_at, ($5::uuid is null or endpoint_id = $5)
    and ($6::text is null or type = $6) and ($8::text is null or type ~ $8)
    and ($7::text is null or endpoint_id = any(array(select id from endpoints where workspace_id = $1 and stream = $7)))
    as passes
  from deliveries where ${range} order by id desc limit $4
) d
group by 1, 2, 3`,
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
  const [name, expression] = typeOrExpression(type)
  const passing = [endpointId, name, stream, expression]
  for (let next: string | null = below; next !== null; ) {
    const values = [workspaceId, from, next, portionSize, ...passing]
    const rows: GroupRow[] = await database.query<GroupRow>(portionStatement, values)
    for (const row of rows) if (row.count > 0) add(groups, row)
    next = rows[0]?.last_id ?? null
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
