import { type Static, Type } from 'typebox'
import { invalid } from './validation.ts'

/** How long a page may look for what few rows pass. Of ten million it is to be answered within 50 ms: this is half of it. */
export const patience = 25

/** What the description of such a list says. */
export const shortPages =
  'A page may hold fewer entries than asked for, even none, while next_cursor says that there are more: what few entries pass is searched for during a short time, and the next page goes on from there.'

/** The fields of a list's query that every list has. */
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'How many to answer with at most.' }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 100, description: 'The `next_cursor` of the page before.' })),
}

type PageQuery = { readonly [Name in keyof typeof pageQuery]?: Static<(typeof pageQuery)[Name]> | undefined }

export interface Page {
  readonly limit: number
  /** The last id of the page before; null: from the newest. */
  readonly before: string | null
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export function readPage(query: PageQuery): Page {
  const limit = query.limit ?? 50
  if (query.cursor === undefined) return { limit, before: null }
  const before = Buffer.from(query.cursor, 'base64url').toString('latin1')
  if (!uuid.test(before)) throw invalid([{ path: 'cursor', message: 'must be the next_cursor of a page' }])
  return { limit, before }
}

/**
 * The answer of a list.
 * @param rows newest first, of which one more than the limit was asked for, so that the last page is known to be it
 */
export function writePage<Row extends { readonly id: string }>(
  rows: readonly Row[],
  page: Page,
  show: (row: Row) => unknown,
): { data: unknown[]; next_cursor: string | null } {
  const shown = rows.slice(0, page.limit)
  const last = rows.length > page.limit ? shown.at(-1) : undefined
  return { data: shown.map(show), next_cursor: last ? toCursor(last.id) : null }
}

/** The answer of a list that its storage has cut already: with a filter, a page may be short although more follow. */
export function writeSlice<Row>(
  slice: { readonly rows: readonly Row[]; readonly next: string | null },
  show: (row: Row) => unknown,
): { data: unknown[]; next_cursor: string | null } {
  return { data: slice.rows.map(show), next_cursor: slice.next === null ? null : toCursor(slice.next) }
}

function toCursor(id: string): string {
  return Buffer.from(id, 'latin1').toString('base64url')
}

/** The schema of a list's answer. */
export function pageOf<Item extends import('typebox').TSchema>(item: Item) {
  return Type.Object({
    data: Type.Array(item),
    next_cursor: Type.Union([Type.String(), Type.Null()], { description: 'null on the last page.' }),
  })
}
