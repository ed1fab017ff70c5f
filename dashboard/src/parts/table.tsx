import { type ColumnDef, type RowData, tableFeatures, useTable } from '@tanstack/react-table'
import clsx from 'clsx'
import { type ReactNode, useMemo, useState } from 'react'
import type { ListState } from '../api/use-list.ts'
import { Button } from './button.tsx'
import { Failure } from './failure.tsx'
import { Skeleton } from './skeleton.tsx'
import { type Cell, TableRow } from './table-row.tsx'
import { useRowKeys } from './use-row-keys.ts'
import { useRowWindow } from './use-row-window.ts'

const features = tableFeatures({})
const skeletonRows = 8
const toggleColumn = { id: 'toggle', title: '', className: 'w-9' }

export interface Column<Row extends RowData> extends Cell<Row> {
  readonly title: string
}

type ColumnHead = Pick<Column<RowData>, 'id' | 'title' | 'className'>

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
 * Page Up and Down, Home and End go from row to row. The next page is read when the end comes near.
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
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set())
  const { rows, offset, hasMore, isLoading, isLoadingMore, error } = list
  const toggle = (row: Row) =>
    setOpened((before) => {
      const after = new Set(before)
      if (!after.delete(idOf(row))) after.add(idOf(row))
      return after
    })
  const act = details ? toggle : open
  const canOpen = details !== undefined
  const definitions = useMemo(() => given.map(({ id }): ColumnDef<typeof features, Row> => ({ id })), [given])
  const table = useTable({
    features,
    data: rows,
    columns: definitions,
    getRowId: idOf,
  })
  const { frame, items, height, failureBefore, measure, scrollTo } = useRowWindow(list, idOf)
  const count = offset + rows.length
  const keys = useRowKeys(frame, count, scrollTo)
  const shown = canOpen ? [toggleColumn, ...given] : given

  if (isLoading) return <TableSkeleton label={label} columns={shown} />
  if (error && rows.length === 0) return <Failure error={error} retry={list.retry} />
  if (rows.length === 0 && !hasMore && !isLoadingMore) return <>{empty}</>

  const models = table.getRowModel().rows
  const rowAt = (index: number) => models[index - offset]?.original
  const actOn = (index: number) => {
    const row = rowAt(index)
    if (row !== undefined) act?.(row)
  }
  const first = items[0]
  const isFocusDrawn = items.some(({ index }) => index === keys.focused)
  return (
    <div className="min-w-0">
      {failureBefore && (
        <div className="sticky top-14 z-10">
          <Failure {...failureBefore} />
        </div>
      )}
      <table
        ref={frame}
        aria-label={label}
        aria-rowcount={hasMore ? -1 : count + 1}
        tabIndex={-1}
        className="w-full border-collapse text-left outline-none"
        onFocus={keys.onFocus}
        onBlur={keys.onBlur}
        onKeyDown={(event) => keys.onKeyDown(event, actOn)}
        onClick={({ target }) => {
          if (!(target instanceof Element)) return
          const row = target.closest<HTMLElement>('tr[data-row]')
          // Text that is being selected is not a click.
          const isClick = target.closest('button') !== null || (getSelection()?.isCollapsed ?? true)
          if (row && isClick) actOn(Number(row.dataset.row))
        }}
      >
        <Head columns={shown} />
        {first && first.start > 0 && <Spacer height={first.start} />}
        {items.map(({ index }) => {
          const row = rowAt(index)
          if (row === undefined) return null
          const id = idOf(row)
          const isOpen = canOpen && opened.has(id)
          return (
            // A row and what it has opened to are measured together.
            <tbody key={id} data-index={index - offset} ref={measure}>
              <TableRow
                row={row}
                index={index}
                columns={given}
                isOpen={canOpen ? isOpen : null}
                isStop={index === keys.focused || (!isFocusDrawn && index === first?.index)}
                isActive={act !== undefined}
              />
              {isOpen && (
                <tr className="border-b bg-soft">
                  <td colSpan={shown.length} className="max-w-0 p-3">
                    {details?.(row)}
                  </td>
                </tr>
              )}
            </tbody>
          )
        })}
        {height > (items.at(-1)?.end ?? 0) && <Spacer height={height - (items.at(-1)?.end ?? 0)} />}
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

function Head({ columns }: { columns: readonly ColumnHead[] }) {
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

function TableSkeleton({ label, columns }: { label: string; columns: readonly ColumnHead[] }) {
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
