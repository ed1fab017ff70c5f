import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { ListState } from '../api/use-list.ts'

/** That of a row whose cells have one line. */
export const rowHeight = 45
const barHeight = 56
/** So many rows before they are needed the next ones are asked for. */
const ahead = 50

export interface RowWindow {
  readonly frame: RefObject<HTMLTableElement | null>
  /** The rows to draw, by their number in the whole list; `start` and `end` are where they are below the first row of all. */
  readonly items: readonly { readonly index: number; readonly start: number; readonly end: number }[]
  /** Why the rows that are about to be in sight are not there. */
  readonly failureBefore: ListState<unknown>['failureBefore']
  /** Of all rows. */
  readonly height: number
  measure(element: Element | null): void
  scrollTo(index: number): void
}

/** Which rows of a list are in sight. Those that are about to be are read. */
export function useRowWindow<Row>(list: ListState<Row>, idOf: (row: Row) => string): RowWindow {
  const { rows, offset, hasMore, isLoadingMore, error, loadMore, goBackTo } = list
  const frame = useRef<HTMLTableElement>(null)
  const top = useTop(frame, rows.length > 0)
  const count = offset + rows.length
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is made anew when rows are, not with each step of scrolling
  const getItemKey = useCallback(
    (index: number) => {
      const row = rows[index]
      return row === undefined ? index : idOf(row)
    },
    [rows],
  )
  const virtualizer = useWindowVirtualizer({
    // Of the rows that are kept, so that a step costs the same however far down one is.
    count: rows.length,
    paddingStart: offset * rowHeight,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: top,
    // Below the bar that stays on top.
    scrollPaddingStart: barHeight,
    getItemKey,
  })
  const items = virtualizer.getVirtualItems()
  const isNearEnd = hasMore && !isLoadingMore && !error && (items.at(-1)?.index ?? 0) >= rows.length - ahead
  // biome-ignore lint/correctness/useExhaustiveDependencies: loadMore is made anew with each rendering
  useEffect(() => {
    if (isNearEnd && rows.length > 0) loadMore()
  }, [isNearEnd, count])
  const first = Math.max(0, Math.floor(((virtualizer.scrollOffset ?? 0) - top) / rowHeight))
  const isNearStart = offset > 0 && first < offset + ahead
  // biome-ignore lint/correctness/useExhaustiveDependencies: so is goBackTo
  useEffect(() => {
    if (isNearStart) goBackTo(first)
  }, [isNearStart, first, offset, rows])
  return {
    frame,
    failureBefore: isNearStart ? list.failureBefore : null,
    items: items.map(({ index, start, end }) => ({ index: offset + index, start: start - top, end: end - top })),
    height: virtualizer.getTotalSize(),
    measure: virtualizer.measureElement,
    scrollTo: (index) => {
      if (index >= offset) virtualizer.scrollToIndex(index - offset)
      else virtualizer.scrollToOffset(top + index * rowHeight - barHeight)
    },
  }
}

/** Where the first row begins in the page, which what stands above may move. */
function useTop(frame: RefObject<HTMLTableElement | null>, hasRows: boolean): number {
  const [top, setTop] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: there is no table before there are rows
  useLayoutEffect(() => {
    const head = frame.current?.tHead
    if (!head) return
    const read = () => setTop(Math.round(head.getBoundingClientRect().bottom + scrollY))
    read()
    const observer = new ResizeObserver(read)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [hasRows])
  return top
}
