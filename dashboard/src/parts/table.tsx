import { type ColumnDef, type RowData, tableFeatures, useTable } from '@tanstack/react-table'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import clsx from 'clsx'
import { ChevronRight } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import type { ListState } from '../api/use-list.ts'
import { Button } from './button.tsx'
import { Failure } from './failure.tsx'
import { Skeleton } from './skeleton.tsx'

const features = tableFeatures({})
const rowHeight = 45
const skeletonRows = 8

export interface Column<Row extends RowData> {
  readonly id: string
  readonly title: string
  cell(row: Row): ReactNode
  /** Tailwind classes for both the head and the cells: a width, and from which width of the screen on it is shown. */
  readonly className?: string
}

export interface TableProps<Row extends RowData> {
  /** For screen readers. */
  readonly label: string
  readonly list: ListState<Row>
  readonly columns: readonly Column<Row>[]
  idOf(row: Row): string
  /** Enter on a row, or a click. */
  open?(row: Row): void
  /** What a row opens to, below itself, instead. */
  details?(row: Row): ReactNode
  /** Shown when there are no rows. */
  readonly empty: ReactNode
}

/**
 * Rows of a list, of which only those in sight are drawn, so a hundred thousand scroll as smoothly as ten. Arrow keys,
 * Home and End go from row to row. The next page is read when the end comes near.
 */
export function Table<Row extends RowData>({
  label,
  list,
  columns: given,
  idOf,
  open,
  details,
  empty,
}: TableProps<Row>) {
  const frame = useRef<HTMLTableElement>(null)
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set())
  const [focused, setFocused] = useState(0)
  const { rows, hasMore, isLoading, isLoadingMore, error } = list
  const toggle = (row: Row) =>
    setOpened((before) => {
      const after = new Set(before)
      if (!after.delete(idOf(row))) after.add(idOf(row))
      return after
    })
  const act = details ? toggle : open
  const columns = details ? [toggleColumn(opened, toggle, idOf), ...given] : given
  const definitions = useMemo(() => given.map(({ id }): ColumnDef<typeof features, Row> => ({ id })), [given])
  const table = useTable({
    features,
    data: rows,
    columns: definitions,
    getRowId: idOf,
  })
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: frame.current?.tBodies[0]?.offsetTop ?? 0,
    getItemKey: (index) => {
      const row = rows[index]
      return row === undefined ? index : idOf(row)
    },
  })
  const items = virtualizer.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  const isNearEnd = hasMore && !isLoadingMore && !error && rows.length > 0 && last >= rows.length - 20
  const { loadMore } = list
  // biome-ignore lint/correctness/useExhaustiveDependencies: loadMore is made anew with each rendering
  useEffect(() => {
    if (isNearEnd) loadMore()
  }, [isNearEnd, rows.length])

  if (isLoading) return <TableSkeleton label={label} columns={columns} />
  if (error && rows.length === 0) return <Failure error={error} retry={list.retry} />
  if (rows.length === 0 && !hasMore && !isLoadingMore) return <>{empty}</>

  const focusRow = (index: number) => {
    const wanted = Math.max(0, Math.min(rows.length - 1, index))
    setFocused(wanted)
    virtualizer.scrollToIndex(wanted)
    const focus = () => frame.current?.querySelector<HTMLElement>(`[data-row="${wanted}"]`)?.focus()
    focus()
    // One that was out of sight is drawn by then.
    requestAnimationFrame(focus)
  }
  const onKeyDown = (event: KeyboardEvent, index: number) => {
    if (event.target !== event.currentTarget) return
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 }[event.key]
    const row = rows[index]
    if (to !== undefined) focusRow(to)
    else if (event.key === 'Enter' && row !== undefined) act?.(row)
    else return
    event.preventDefault()
  }

  const models = table.getRowModel().rows
  const before = items[0] ? items[0].start - virtualizer.options.scrollMargin : 0
  const after = virtualizer.getTotalSize() - ((items.at(-1)?.end ?? 0) - virtualizer.options.scrollMargin)
  return (
    <div className="min-w-0">
      <table
        ref={frame}
        aria-label={label}
        aria-rowcount={hasMore ? -1 : rows.length + 1}
        className="w-full border-collapse text-left"
      >
        <Head columns={columns} />
        {before > 0 && <Spacer height={before} />}
        {items.map(({ index }) => {
          const row = models[index]?.original
          if (row === undefined) return null
          const id = idOf(row)
          return (
            // A row and what it has opened to are measured together.
            <tbody key={id} data-index={index} ref={virtualizer.measureElement}>
              <tr
                data-row={index}
                aria-rowindex={index + 2}
                tabIndex={index === focused || (index === items[0]?.index && !inSight(items, focused)) ? 0 : -1}
                className={clsx('h-11 border-b -outline-offset-2 hover:bg-hover', act && 'cursor-pointer')}
                onFocus={(event) => event.target === event.currentTarget && setFocused(index)}
                onKeyDown={(event) => onKeyDown(event, index)}
                onClick={() => {
                  // Text that is being selected is not a click.
                  if (getSelection()?.isCollapsed ?? true) act?.(row)
                }}
              >
                {columns.map(({ id: column, cell, className }) => (
                  <td key={column} className={clsx('max-w-0 truncate px-2 py-1.5', className)}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
              {details && opened.has(id) && (
                <tr className="border-b bg-soft">
                  <td colSpan={columns.length} className="max-w-0 p-3">
                    {details(row)}
                  </td>
                </tr>
              )}
            </tbody>
          )
        })}
        {after > 0 && <Spacer height={after} />}
      </table>
      <div className="flex h-12 items-center justify-center" aria-live="polite">
        {error ? (
          <Failure error={error} retry={list.loadMore} />
        ) : isLoadingMore ? (
          <span className="text-dim">Loading more…</span>
        ) : hasMore ? (
          <Button size="small" onClick={list.loadMore}>
            Load more
          </Button>
        ) : null}
      </div>
    </div>
  )
}

function inSight(items: readonly { index: number }[], index: number): boolean {
  return items.some((item) => item.index === index)
}

/** Holds the place of the rows that are not drawn. */
function Spacer({ height }: { height: number }) {
  return (
    <tbody aria-hidden>
      <tr>
        <td style={{ height, padding: 0 }} />
      </tr>
    </tbody>
  )
}

function toggleColumn<Row extends RowData>(
  opened: ReadonlySet<string>,
  toggle: (row: Row) => void,
  idOf: (row: Row) => string,
): Column<Row> {
  return {
    id: 'toggle',
    title: '',
    className: 'w-9',
    cell(row) {
      const isOpen = opened.has(idOf(row))
      return (
        <button
          type="button"
          aria-label="Details"
          aria-expanded={isOpen}
          className="flex size-6 items-center justify-center rounded hover:bg-hover"
          onClick={(event) => {
            event.stopPropagation()
            toggle(row)
          }}
        >
          <ChevronRight aria-hidden className={clsx('size-4 text-dim', isOpen && 'rotate-90')} />
        </button>
      )
    },
  }
}

function Head<Row extends RowData>({ columns }: { columns: readonly Column<Row>[] }) {
  return (
    <thead>
      <tr className="border-b text-dim text-xs">
        {columns.map(({ id, title, className }) => (
          <th key={id} scope="col" className={clsx('px-2 py-2 font-medium', className)}>
            {title || <span className="sr-only">Details</span>}
          </th>
        ))}
      </tr>
    </thead>
  )
}

function TableSkeleton<Row extends RowData>({ label, columns }: { label: string; columns: readonly Column<Row>[] }) {
  return (
    <div role="status">
      <span className="sr-only">Loading {label}</span>
      <table aria-hidden className="w-full border-collapse text-left">
        <Head columns={columns} />
        <tbody>
          {Array.from({ length: skeletonRows }, (_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
            <tr key={index} className="h-11 border-b">
              {columns.map(({ id, className }) => (
                <td key={id} className={clsx('px-2', className)}>
                  <Skeleton className="h-4 w-3/4" />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
