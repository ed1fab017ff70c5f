import { type FocusEvent, type KeyboardEvent, type RefObject, useLayoutEffect, useRef, useState } from 'react'
import { rowHeight } from './use-row-window.ts'

/**
 * Goes from row to row with the keyboard. Rows that are out of sight are not drawn: the focus is then with the table,
 * which knows the row that had it, and with the row again when it is drawn.
 *
 * @param count how many rows there are, those that are not drawn included
 */
export function useRowKeys(
  frame: RefObject<HTMLTableElement | null>,
  count: number,
  scrollTo: (index: number) => void,
) {
  const [focused, setFocused] = useState(0)
  const isInside = useRef(false)
  const wanted = useRef<number | null>(null)

  const moveFocus = () => {
    const row = wanted.current === null ? null : rowOf(frame.current, wanted.current)
    if (row) {
      wanted.current = null
      row.focus({ preventScroll: true })
    } else if (isInside.current && document.activeElement === document.body) {
      frame.current?.focus({ preventScroll: true })
    }
  }
  // After each rendering: rows come and go as one scrolls.
  useLayoutEffect(moveFocus)

  const goTo = (index: number) => {
    const row = Math.max(0, Math.min(count - 1, index))
    setFocused(row)
    wanted.current = row
    scrollTo(row)
    moveFocus()
  }
  return {
    /** The row that has the focus, or had it last. */
    focused,
    onFocus({ target }: FocusEvent) {
      isInside.current = true
      if (target instanceof HTMLElement && target.dataset.row !== undefined) setFocused(Number(target.dataset.row))
    },
    /** React tells it of rows that lose the focus, but not of those that are taken away with it. */
    onBlur() {
      isInside.current = false
      wanted.current = null
    },
    onKeyDown(event: KeyboardEvent, act: (index: number) => void) {
      const { target, currentTarget } = event
      // What is inside a row has keys of its own.
      const row = target instanceof HTMLElement ? target.dataset.row : undefined
      if ((row === undefined && target !== currentTarget) || event.ctrlKey || event.altKey || event.metaKey) return
      const page = Math.max(1, Math.floor(innerHeight / rowHeight) - 3)
      // New rows above may have moved it since it got the focus.
      const at = row === undefined ? focused : Number(row)
      const to = {
        ArrowDown: at + 1,
        ArrowUp: at - 1,
        PageDown: at + page,
        PageUp: at - page,
        Home: 0,
        End: count - 1,
      }[event.key]
      if (to !== undefined) goTo(to)
      else if (event.key === 'Enter') act(at)
      else return
      event.preventDefault()
    },
  }
}

function rowOf(table: HTMLTableElement | null, index: number): HTMLElement | null {
  return table?.querySelector<HTMLElement>(`[data-row="${index}"]`) ?? null
}
