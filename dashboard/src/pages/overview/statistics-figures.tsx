import type { Statistics } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { Figure, Figures, showCount, showShare } from '../../parts/figure.tsx'
import { showDuration, Time } from '../../parts/time.tsx'

/** The sums of the time that is looked at, and what waits now. */
export function StatisticsFigures({ statistics }: { statistics: Statistics | undefined }) {
  const { attempts, deliveries, success_rate: rate, duration_ms: duration, backlog } = statistics ?? {}
  const orDash = (value: number | null | undefined, show: (value: number) => string) =>
    value === undefined ? undefined : value === null ? '–' : show(value)
  return (
    <Figures>
      <Figure
        name="Success rate"
        value={orDash(rate, showShare)}
        hint={attempts && `${showCount(attempts.succeeded + attempts.failed)} attempts`}
      />
      <Figure name="Delivered" value={deliveries && showCount(deliveries.delivered)} />
      <Figure name="Dead letters" value={deliveries && showCount(deliveries.dead_lettered)} />
      <Figure name="Median duration" value={orDash(duration?.p50, showDuration)} />
      <Figure
        name="99th percentile"
        value={orDash(duration?.p99, showDuration)}
        hint={duration && duration.p90 !== null && `90th: ${showDuration(duration.p90)}`}
      />
      <Figure
        name="Waiting now"
        value={backlog && `${showCount(backlog.deliveries)}${backlog.more ? '+' : ''}`}
        hint={
          backlog?.oldest_due_at && (
            <>
              due <Time at={backlog.oldest_due_at} />
            </>
          )
        }
      />
    </Figures>
  )
}
