import { useSyncExternalStore } from 'react'

const tickMs = 10_000
let now = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

// One clock for all times on the page.
function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const each of listeners) each()
  }, tickMs)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The time, in steps of ten seconds, for what is shown. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now)
}

// Formats are made with the first time that is shown: they take long, and most first pages show none.
let relative: Intl.RelativeTimeFormat | undefined
let local: Intl.DateTimeFormat | undefined

const steps = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 30],
  ['month', 12],
] as const

/** Such as "3 min. ago". */
function timeAgo(at: number, from: number): string {
  relative ??= new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })
  let amount = (at - from) / 1000
  if (Math.abs(amount) < 10) return 'now'
  for (const [unit, size] of steps) {
    if (Math.abs(amount) < size) return relative.format(Math.trunc(amount), unit)
    amount /= size
  }
  return relative.format(Math.trunc(amount), 'year')
}

/** How long ago or how far ahead, with the exact time, local and in UTC, on hover and for screen readers. */
export function Time({ at }: { at: string }) {
  const from = useNow()
  const date = new Date(at)
  local ??= new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
  const exact = `${local.format(date)} local\n${date.toISOString().replace('T', ' ').replace('Z', '')} UTC`
  return (
    <time dateTime={at} title={exact} className="whitespace-nowrap">
      {timeAgo(date.getTime(), Math.max(from, Date.now() - tickMs))}
    </time>
  )
}

/** Such as "320 ms" or "1.2 s". */
export function showDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  const [size, unit] = ms < 3_600_000 ? [60_000, 'min'] : ms < 86_400_000 ? [3_600_000, 'h'] : [86_400_000, 'd']
  return `${Number((ms / size).toFixed(1))} ${unit}`
}
