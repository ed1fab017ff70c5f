import type { ReactNode } from 'react'
import { Skeleton } from './skeleton.tsx'

/** Figures side by side. */
export function Figures({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 xl:grid-cols-6">{children}</dl>
}

/** One figure with its name. Without a value it holds its place. */
export function Figure({ name, value, hint }: { name: string; value: ReactNode; hint?: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col rounded-lg border bg-raised p-3">
      <dt className="text-dim text-xs">{name}</dt>
      <dd className="min-w-0">
        {value === undefined ? (
          <Skeleton className="my-1 h-6 w-16" />
        ) : (
          <span className="block truncate font-semibold text-xl tabular-nums">{value}</span>
        )}
        <span className="block min-h-4 text-dim text-xs">{hint}</span>
      </dd>
    </div>
  )
}

// Made with the first figure: it takes longer than to paint a page.
let whole: Intl.NumberFormat | undefined

/** Such as 950, 12.3K or 4.1M. */
export function showCount(count: number): string {
  whole ??= new Intl.NumberFormat('en-GB', { notation: 'compact', maximumFractionDigits: 1 })
  return whole.format(count)
}

/** A share from 0 to 1 in per cent: never 100 % where something is missing, nor 0 % where something is there. */
export function showShare(share: number): string {
  if (share > 0.9999 && share < 1) return '99.99 %'
  if (share > 0 && share < 0.0001) return '0.01 %'
  return `${Number((share * 100).toFixed(2))} %`
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

export function showBytes(bytes: number): string {
  let [size, unit] = [bytes, 0]
  while (size >= 1024 && unit < units.length - 1) [size, unit] = [size / 1024, unit + 1]
  return `${Number(size.toFixed(size < 10 ? 1 : 0))} ${units[unit]}`
}
