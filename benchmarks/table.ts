/** One line of the result. */
export interface Row {
  readonly what: string
  readonly measured: string
  readonly target?: string
  /** Absent where there is no target, or nothing to compare with it. */
  readonly met?: boolean
}

const headings = ['what', 'measured', 'target', 'met'] as const

function cells(row: Row): string[] {
  const met = row.met === undefined ? '' : row.met ? 'yes' : 'NO'
  return [row.what, row.measured, row.target ?? '', met]
}

/** Aligned for a terminal. */
export function formatTable(rows: readonly Row[]): string {
  const lines = [headings as readonly string[], ...rows.map(cells)]
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  text.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '))
  return text.join('\n')
}

/** For benchmarks/README.md. */
export function markdownTable(rows: readonly Row[]): string {
  // Markdown drops the spaces that indent a row.
  const indented = rows.map((row) => ({
    ...row,
    what: row.what.replaceAll(/^ +/g, (spaces) => '&nbsp;'.repeat(spaces.length)),
  }))
  const lines = [[...headings], headings.map(() => '---'), ...indented.map(cells)]
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n')
}

/** A figure with a target that it must reach or stay under. */
export function judged(
  what: string,
  value: number,
  target: { readonly atLeast: number } | { readonly atMost: number },
  format: (value: number) => string,
): Row {
  const measured = Number.isFinite(value) ? format(value) : 'not measured'
  const least = 'atLeast' in target
  const bound = least ? target.atLeast : target.atMost
  const row = { what, measured, target: `${least ? '≥' : '≤'} ${format(bound)}` }
  return Number.isFinite(value) ? { ...row, met: least ? value >= bound : value <= bound } : row
}

export function perSecond(value: number): string {
  return `${Math.round(value).toLocaleString('en-US')}/s`
}

export function milliseconds(value: number): string {
  return `${value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US')} ms`
}

export function percent(value: number): string {
  return `${Math.round(value * 100)} %`
}

export function megabytes(value: number): string {
  return `${Math.round(value / 1_000_000)} MB`
}
