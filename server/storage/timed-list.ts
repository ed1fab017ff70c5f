import { timeOf, uuidFloor } from '../domain/identifier.ts'
import type { IdRange, Slice } from './id-range.ts'

// A list with a filter that few rows pass is looked through for as long as the patience lasts. The clock is looked at
// with each row: however much one costs, such as one whose text is searched, the page is over by one row at most.

export interface Patience {
  /** How many rows the page has at the most. */
  readonly limit: number
  /** How long it may look for them, in milliseconds. */
  readonly patience: number
}

/** A row that was looked at: one that passes, or one at which the time was up. */
export interface TimedRow {
  readonly id: string
  readonly passes: boolean
  readonly late: boolean
}

/** The columns `passes` and `late` of a row, in a statement whose outer part selects `where passes or late`. */
export function timedColumns(passes: string, patience: string): string {
  return `(${passes}) as passes,
    clock_timestamp() >= (select statement_timestamp() + ${patience}::float8 * interval '1 millisecond') as late`
}

const dayMs = 86_400_000

/**
 * A page of a list, newest first. It is cut when the time is up: then the next one goes on behind the last row that was
 * looked at, which is one at least.
 *
 * @param read gives of a range, newest first, the rows that pass until the time in milliseconds is up, and then those
 *   that follow, whether they pass or not: `most` in all
 * @param clock milliseconds
 */
export async function readInTime<Row extends TimedRow>(
  range: IdRange,
  { limit, patience }: Patience,
  clock: () => number,
  read: (range: IdRange, patience: number, most: number) => Promise<readonly Row[]>,
): Promise<Slice<Row>> {
  const until = clock() + patience
  const rows: Row[] = []
  for (const [index, part] of newestDayFirst(range, clock()).entries()) {
    const left = until - clock()
    if (index > 0 && left <= 0) return { rows, next: part.below }
    const found = await read(part, left, limit + 1 - rows.length)
    const late = found.findIndex((row) => row.late)
    const looked = late < 0 ? found : found.slice(0, late + 1)
    rows.push(...looked.filter(({ passes }) => passes))
    if (rows.length > limit) return { rows: rows.slice(0, limit), next: rows[limit - 1]?.id ?? null }
    if (late >= 0) return { rows, next: found[late]?.id ?? null }
  }
  return { rows, next: null }
}

/**
 * Most pages end on the day on which they begin. To plan a statement for all the days that are stored takes longer than to
 * read such a page, so the day is read by itself, and then what is older.
 */
function newestDayFirst(range: IdRange, now: number): IdRange[] {
  const newest = Math.min(timeOf(range.below) - 1, now)
  const day = uuidFloor(Math.max(0, Math.floor(newest / dayMs) * dayMs))
  if (day <= range.from || day >= range.below) return [range]
  return [
    { from: day, below: range.below },
    { from: range.from, below: day },
  ]
}
