import { printable, shorten, widthOf } from './printable.ts'
import type { Style, Tone } from './style.ts'

/** Where something is shown. */
export interface Screen {
  readonly style: Style
  /** In columns; null: any, since it is no terminal. */
  readonly width: number | null
}

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  readonly tone?: (row: Row) => Tone | null
  readonly align?: 'right'
  /** May be cut where the terminal is too narrow. What people copy, such as ids, must not be. */
  readonly shrinks?: true
}

const gap = '  '
const narrowest = 8

/** Rows in aligned columns, with titles. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], { style, width }: Screen): string {
  const cells = rows.map((row) => columns.map(({ cell }) => printable(cell(row))))
  const natural = columns.map(({ title }, index) =>
    Math.max(widthOf(title), ...cells.map((row) => widthOf(row[index] ?? ''))),
  )
  const widths = width === null ? natural : narrow(columns, natural, width)
  const line = (texts: readonly string[], tones: readonly (Tone | null)[]): string =>
    texts
      .map((text, index) => {
        const room = widths[index] ?? 0
        const shown = shorten(text, room)
        const space = ' '.repeat(Math.max(0, room - widthOf(shown)))
        const tone = tones[index] ?? null
        const toned = tone === null ? shown : style(tone, shown)
        if (columns[index]?.align === 'right') return space + toned
        return index === texts.length - 1 ? toned : toned + space
      })
      .join(gap)
      .trimEnd()
  const titles = columns.map(({ title }) => title)
  const head = line(
    titles,
    titles.map(() => 'faint'),
  )
  const body = rows.map((row, index) =>
    line(
      cells[index] ?? [],
      columns.map(({ tone }) => tone?.(row) ?? null),
    ),
  )
  return [head, ...body].map((text) => `${text}\n`).join('')
}

/** Takes what is too much from the widest column that may shrink, again and again. */
function narrow(columns: readonly Column<never>[], natural: readonly number[], width: number): number[] {
  const widths = [...natural]
  let excess = widths.reduce((sum, each) => sum + each, 0) + gap.length * (columns.length - 1) - width
  while (excess > 0) {
    let widest = -1
    for (const [index, column] of columns.entries()) {
      const room = widths[index] ?? 0
      if (column.shrinks && room > narrowest && room > (widths[widest] ?? 0)) widest = index
    }
    if (widest < 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
    excess--
  }
  return widths
}

/** Names and values, the values aligned, and so are the lines of those that have several. What is null is left out. */
export function details(fields: readonly (readonly [name: string, value: string | null])[], { style }: Screen): string {
  const shown = fields.filter((field): field is readonly [string, string] => field[1] !== null)
  const width = Math.max(...shown.map(([name]) => name.length))
  const below = `\n${' '.repeat(width)}${gap}`
  return shown
    .map(([name, value]) => `${style('faint', name.padEnd(width))}${gap}${value.replaceAll('\n', below)}\n`)
    .join('')
}
