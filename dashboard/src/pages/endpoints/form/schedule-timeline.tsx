import { showDuration } from '../../../parts/time.tsx'

const first = 1

/** When the retries are due, on a line whose scale is logarithmic: seconds and days fit beside each other. */
export function ScheduleTimeline({ seconds }: { seconds: readonly number[] }) {
  const last = Math.max(...seconds, 60)
  const place = (at: number) => (Math.log(at + first) / Math.log(last + first)) * 100
  const told = seconds.map((at) => showDuration(at * 1_000))
  return (
    <figure>
      <div aria-hidden className="relative mx-2 my-3 h-3">
        <div className="absolute inset-x-0 top-1/2 h-0.5 -translate-y-1/2 bg-line" />
        {[0, ...seconds].map((at, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: the attempts have their order
            key={index}
            className={`absolute top-0 size-3 -translate-x-1/2 rounded-full ${index === 0 ? 'bg-accent' : 'bg-strong-line'}`}
            style={{ left: `${place(at)}%` }}
          />
        ))}
      </div>
      <figcaption className="text-dim text-xs">
        {seconds.length === 0
          ? 'No retries: what fails once is a dead letter.'
          : `At once, then after ${told.join(', ')}: ${seconds.length + 1} attempts.`}
      </figcaption>
    </figure>
  )
}
