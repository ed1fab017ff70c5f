import { useState } from 'react'
import type { ChartProps } from './chart-series.ts'

export const exactTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

/** The figures of a chart, for those who do not see it, or want to read or copy them. */
export function ChartTable({
  title,
  times,
  series,
  format,
}: Pick<ChartProps, 'title' | 'times' | 'series' | 'format'>) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <details className="mt-1 text-xs" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary className="w-fit cursor-pointer text-dim hover:text-text">
        Table<span className="sr-only"> of {title}</span>
      </summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
        <section tabIndex={0} aria-label={title} className="mt-2 max-h-64 overflow-auto">
          <table className="w-full border-collapse text-left tabular-nums">
            <caption className="sr-only">{title}</caption>
            <thead>
              <tr className="border-b text-dim">
                <th scope="col" className="py-1 pr-3 font-medium">
                  From
                </th>
                {series.map(({ label }) => (
                  <th key={label} scope="col" className="py-1 pr-3 font-medium">
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {times.map((time, index) => (
                <tr key={time} className="border-b">
                  <th scope="row" className="py-1 pr-3 font-normal whitespace-nowrap">
                    {exactTime.format(time)}
                  </th>
                  {series.map(({ label, values }) => {
                    const value = values[index] ?? null
                    return (
                      <td key={label} className="py-1 pr-3">
                        {value === null ? '–' : format(value)}
                      </td>
                    )
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  )
}
