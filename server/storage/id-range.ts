import { uuidFloor } from '../domain/identifier.ts'

/** Ids from the lower bound up to but without the upper one. What holds these bounds reads the days between them only. */
export interface IdRange {
  readonly from: string
  readonly below: string
}

/** Which part of a list is wanted: newest first, `limit` rows from below the id `before` (null: from the newest). */
export interface Window {
  readonly since: Date | null
  readonly until: Date | null
  readonly before: string | null
  readonly limit: number
}

const lowest = '00000000-0000-0000-0000-000000000000'
const highest = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** The ids of a window, whose order is that of their texts. `until` is not part of it. */
export function rangeOf({ since, until, before }: Omit<Window, 'limit'>): IdRange {
  const end = until ? uuidFloor(until.getTime()) : highest
  return { from: since ? uuidFloor(since.getTime()) : lowest, below: earlier(before ?? highest, end) }
}

/** The ids that lie in both. */
export function overlap(a: IdRange, b: IdRange): IdRange {
  return { from: a.from === earlier(a.from, b.from) ? b.from : a.from, below: earlier(a.below, b.below) }
}

function earlier(a: string, b: string): string {
  return [a, b].sort()[0] as string
}

/** Every id of the millisecond in which this one was made: an event and all its deliveries lie there. */
export function sameMillisecond(id: string): IdRange {
  const prefix = id.slice(0, 13)
  return { from: `${prefix}-0000-0000-000000000000`, below: `${prefix}-ffff-ffff-ffffffffffff` }
}

/** Every id that begins with the first ten bytes of this one: the attempts of a delivery lie there. */
export function sameTenBytes(id: string): IdRange {
  const prefix = id.slice(0, 23)
  return { from: `${prefix}-000000000000`, below: `${prefix}-ffffffffffff` }
}

/**
 * Rows of a list, and where the next page goes on below; null: there is no more. With a filter that few rows pass, a
 * page has fewer rows than asked for although there is more: a request must not read a month of events for one row.
 */
export interface Slice<Row> {
  readonly rows: readonly Row[]
  readonly next: string | null
}

/**
 * Cuts a page.
 *
 * @param rows those that passed the filter, of which one more than the limit was asked for
 * @param lastRead gives the last id that was looked at, when reading stopped before the end of the range
 */
export async function cutSlice<Row extends { readonly id: string }>(
  rows: readonly Row[],
  limit: number,
  lastRead: () => Promise<string | null>,
): Promise<Slice<Row>> {
  if (rows.length <= limit) return { rows, next: await lastRead() }
  const shown = rows.slice(0, limit)
  return { rows: shown, next: shown.at(-1)?.id ?? null }
}
