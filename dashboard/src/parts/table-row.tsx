import type { RowData } from '@tanstack/react-table'
import clsx from 'clsx'
import { ChevronRight } from 'lucide-react'
import { memo, type ReactNode } from 'react'

export interface Cell<Row extends RowData> {
  readonly id: string
  /** Tailwind classes for both the head and the cells: a width, and from which width of the screen on it is shown. */
  readonly className?: string
  cell(row: Row): ReactNode
}

interface TableRowProps<Row extends RowData> {
  readonly row: Row
  readonly index: number
  readonly columns: readonly Cell<Row>[]
  /** null: it does not open to details. */
  readonly isOpen: boolean | null
  /** Whether the Tab key comes here. */
  readonly isStop: boolean
  /** Whether something happens on a click. */
  readonly isActive: boolean
}

/** Clicks and keys are the table's. Drawn again when something of it has changed, not with each step of scrolling. */
export const TableRow = memo(function TableRow<Row extends RowData>({
  row,
  index,
  columns,
  isOpen,
  isStop,
  isActive,
}: TableRowProps<Row>) {
  return (
    <tr
      data-row={index}
      aria-rowindex={index + 2}
      tabIndex={isStop ? 0 : -1}
      className={clsx('h-11 border-b -outline-offset-2 hover:bg-hover', isActive && 'cursor-pointer')}
    >
      {isOpen !== null && (
        <td className="w-9 max-w-0 truncate px-2 py-1.5">
          <button
            type="button"
            aria-label="Details"
            aria-expanded={isOpen}
            className="flex size-6 items-center justify-center rounded hover:bg-hover"
          >
            <ChevronRight aria-hidden className={clsx('size-4 text-dim', isOpen && 'rotate-90')} />
          </button>
        </td>
      )}
      {columns.map(({ id, cell, className }) => (
        <td key={id} className={clsx('max-w-0 truncate px-2 py-1.5', className)}>
          {cell(row)}
        </td>
      ))}
    </tr>
  )
}) as <Row extends RowData>(props: TableRowProps<Row>) => ReactNode
