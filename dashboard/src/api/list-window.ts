import { type InfiniteData, replaceEqualDeep } from '@tanstack/react-query'

// A list may have millions of rows. What was read is kept as a window of pages that follow one another: pages are added
// at one end and dropped at the other, and where those before it begin is remembered, so that one can go back.

/** Where a page begins. */
export interface PageStart {
  /** undefined: at the first row. */
  readonly cursor: string | undefined
  /** How many rows come before it. */
  readonly at: number
  readonly before: PageStart | null
}

export interface ListPage<Item> {
  readonly data: readonly Item[]
  readonly next_cursor: string | null
}

export type ListWindow<Item> = InfiniteData<ListPage<Item>, PageStart>

export const firstStart: PageStart = { cursor: undefined, at: 0, before: null }

/** Where the page after this one begins; undefined: it is the last. */
export function startAfter({ data, next_cursor: cursor }: ListPage<unknown>, start: PageStart): PageStart | undefined {
  if (cursor === null) return undefined
  // There is no way back to a page without rows.
  return { cursor, at: start.at + data.length, before: data.length === 0 ? start.before : start }
}

/** Where the page with this row begins, of that which begins at `start` and those that were read before it. */
export function startOf(row: number, start: PageStart): PageStart {
  let found = start
  while (found.before !== null && found.at > row) found = found.before
  return found
}

/**
 * The window with a page in front of it that was read again. Where that page ends elsewhere now, since there are new rows
 * or others match, what follows on it is not known: it takes the place of the window, which grows from there.
 */
export function prepend<Item>(window: ListWindow<Item>, page: ListPage<Item>, start: PageStart): ListWindow<Item> {
  const follows = page.next_cursor !== null && page.next_cursor === window.pageParams[0]?.cursor
  if (!follows) return { pages: [page], pageParams: [start] }
  return { pages: [page, ...window.pages], pageParams: [start, ...window.pageParams] }
}

/** The window without as many pages at this end as it can do without: `most` rows stay, or more. */
export function trim<Item>(window: ListWindow<Item>, end: 'first' | 'last', most: number): ListWindow<Item> {
  const { pages, pageParams } = window
  let rows = pages.reduce((sum, page) => sum + page.data.length, 0)
  let dropped = 0
  for (const { data } of end === 'first' ? pages : pages.toReversed()) {
    if (rows - data.length < most) break
    rows -= data.length
    dropped++
  }
  const [from, to] = end === 'first' ? [dropped, pages.length] : [0, pages.length - dropped]
  return dropped === 0 ? window : { pages: pages.slice(from, to), pageParams: pageParams.slice(from, to) }
}

/** The window with what is the same as before in it the same objects, page by page: the window moves along the list. */
export function share(before: ListWindow<unknown> | undefined, after: ListWindow<unknown>): ListWindow<unknown> {
  if (before === undefined) return after
  const known = new Map(before.pageParams.map(({ cursor }, index) => [cursor, before.pages[index]]))
  const pages = after.pages.map((page, index) => replaceEqualDeep(known.get(after.pageParams[index]?.cursor), page))
  const isSame = pages.length === before.pages.length && pages.every((page, index) => page === before.pages[index])
  return isSame ? before : { pages, pageParams: after.pageParams }
}
