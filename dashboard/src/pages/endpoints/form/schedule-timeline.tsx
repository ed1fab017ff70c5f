import { showSeconds } from './durations.ts'

/** When the attempts are made, on a scale on which each tenfold time is as long as the one before. */
export function ScheduleTimeline({ seconds }: { seconds: readonly number[] }) {
  const last = Math.max(10, ...seconds)
  const scale = Math.log10(last + 1)
  const at = (second: number) => `${(Math.log10(Math.max(0, second) + 1) / scale) * 100}%`
  const marks = placed(seconds, scale)
  return (
    <figure className="rounded-md border bg-soft px-6 pt-4 pb-2">
      <div aria-hidden className="relative h-9">
        <div className="absolute inset-x-0 top-1.5 h-0.5 bg-strong-line" />
        <span className="absolute top-0 -ml-1.5 size-3.5 rounded-full bg-accent" style={{ left: 0 }} />
        {seconds.map((second, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: two may be at the same time while one is typed
            key={index}
            className="absolute top-0.5 -ml-1 size-2.5 rounded-full border-2 border-accent bg-raised"
            style={{ left: at(second) }}
          />
        ))}
        {marks.map((second) => (
          <span key={second} className="absolute top-5 -translate-x-1/2 text-dim text-xs" style={{ left: at(second) }}>
            {second === 0 ? 'now' : showSeconds(second)}
          </span>
        ))}
      </div>
      <figcaption className="mt-1 text-dim text-xs">{describe(seconds)}</figcaption>
    </figure>
  )
}

/** The times that are written below the line: not so close that they would overlap. */
function placed(seconds: readonly number[], scale: number): number[] {
  const room = 0.14
  const marks = [0]
  for (const second of new Set(seconds)) {
    const place = Math.log10(second + 1) / scale
    const before = Math.log10((marks.at(-1) ?? 0) + 1) / scale
    if (second > 0 && place - before >= room) marks.push(second)
  }
  return marks
}

function describe(seconds: readonly number[]): string {
  const last = seconds.at(-1)
  if (last === undefined) return 'One attempt and no retry: what fails is given up at once.'
  const times = seconds.length === 1 ? 'a second time' : `${seconds.length} more times`
  return `The first attempt is made at once. If it fails, it is tried ${times}, the last time ${showSeconds(last)} after the first; then it becomes a dead letter, which can be replayed.`
}
