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

/** Where the page with this row begins, of those that were read before or at `start`. */
export function startOf(row: number, start: PageStart): PageStart {
  let found = start
  while (found.before !== null && found.at > row) found = found.before
  return found
}

/** How many rows come before the window. */
export function offsetOf(window: ListWindow<unknown> | undefined): number {
  return window?.pageParams[0]?.at ?? 0
}

/**
 * The window without pages that are of no use: those without rows, but for the last one, and as many at this end as it
 * can do without when `most` rows are to stay.
 */
export function tidy<Item>(window: ListWindow<Item>, end: 'first' | 'last', most: number): ListWindow<Item> {
  const all = window.pages.map((page, index) => ({ page, start: window.pageParams[index] as PageStart }))
  const kept = all.filter(({ page }, index) => page.data.length > 0 || index === all.length - 1)
  let rows = kept.reduce((sum, { page }) => sum + page.data.length, 0)
  const canGo = () => {
    const size = (end === 'first' ? kept[0] : kept.at(-1))?.page.data.length ?? 0
    return size > 0 && rows - size >= most
  }
  while (canGo()) rows -= (end === 'first' ? kept.shift() : kept.pop())?.page.data.length ?? 0
  if (kept.length === all.length) return window
  return { pages: kept.map(({ page }) => page), pageParams: kept.map(({ start }) => start) }
}

/** The window with what is the same as before in it the same objects, page by page: the window moves along the list. */
export function share(before: ListWindow<unknown> | undefined, after: ListWindow<unknown>): ListWindow<unknown> {
  if (before === undefined) return after
  const known = new Map(before.pageParams.map(({ cursor }, index) => [cursor, before.pages[index]]))
  const pages = after.pages.map((page, index) => replaceEqualDeep(known.get(after.pageParams[index]?.cursor), page))
  const isSame = pages.length === before.pages.length && pages.every((page, index) => page === before.pages[index])
  return isSame ? before : { pages, pageParams: after.pageParams }
}
