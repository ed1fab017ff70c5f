import type { StatisticsPoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'

/** Attempts over time as bars, failed ones on top of those that succeeded. */
export function AttemptBars({
  points,
  label,
  className,
}: {
  points: readonly StatisticsPoint[]
  label: string
  className: string
}) {
  const most = Math.max(1, ...points.map(({ attempts: { succeeded, failed } }) => succeeded + failed))
  const width = 100 / Math.max(1, points.length)
  return (
    <svg role="img" aria-label={label} viewBox="0 0 100 100" preserveAspectRatio="none" className={className}>
      {points.map(({ since, attempts: { succeeded, failed } }, index) => {
        const good = (succeeded / most) * 98
        const bad = (failed / most) * 98
        const x = index * width + width * 0.1
        return (
          <g key={since}>
            <title>{`${new Date(since).toLocaleString()}: ${succeeded} succeeded, ${failed} failed`}</title>
            <rect x={x} y={99} width={width * 0.8} height={1} className="fill-line" />
            <rect x={x} y={100 - good} width={width * 0.8} height={good} className="fill-good" />
            <rect x={x} y={100 - good - bad} width={width * 0.8} height={bad} className="fill-bad" />
          </g>
        )
      })}
    </svg>
  )
}

/** For those who don't see the bars. */
export function barsLabel(points: readonly StatisticsPoint[], time: string): string {
  const succeeded = points.reduce((sum, { attempts }) => sum + attempts.succeeded, 0)
  const failed = points.reduce((sum, { attempts }) => sum + attempts.failed, 0)
  return `Attempts ${time}: ${succeeded} succeeded, ${failed} failed`
}
