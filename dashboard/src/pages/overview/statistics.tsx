import type { Statistics } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useMemo } from 'react'
import { Chart } from '../../parts/chart.tsx'
import { Figure, Figures, showCount, showShare } from '../../parts/figure.tsx'
import { Section } from '../../parts/page.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
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

export function StatisticsCharts({ statistics, stepMs }: { statistics: Statistics | undefined; stepMs: number }) {
  const series = statistics?.series
  const data = useMemo(() => {
    const points = series ?? []
    return {
      times: points.map(({ since }) => Date.parse(since)),
      deliveries: [
        { label: 'Delivered', color: 'info', values: points.map((point) => point.deliveries.delivered) },
        { label: 'Dead letters', color: 'bad', values: points.map((point) => point.deliveries.dead_lettered) },
      ],
      attempts: [
        { label: 'Succeeded', color: 'info', values: points.map((point) => point.attempts.succeeded) },
        { label: 'Failed', color: 'bad', values: points.map((point) => point.attempts.failed) },
      ],
      durations: [
        { label: '50th', color: 'info', values: points.map((point) => point.duration_ms.p50) },
        { label: '90th', color: 'warn', dash: [8, 4], values: points.map((point) => point.duration_ms.p90) },
        { label: '99th', color: 'bad', dash: [2, 3], values: points.map((point) => point.duration_ms.p99) },
      ],
    } as const
  }, [series])
  if (!series) return <Skeleton className="h-72 w-full" />
  const shared = { times: data.times, stepMs }
  return (
    <Section title="Over time">
      <div className="grid grid-cols-1 gap-6 lg:grid-cols-2 xl:grid-cols-3">
        <Chart {...shared} title="Deliveries" kind="bars" series={data.deliveries} format={showCount} />
        <Chart {...shared} title="Attempts" kind="bars" series={data.attempts} format={showCount} />
        <Chart {...shared} title="Duration by percentile" kind="lines" series={data.durations} format={showDuration} />
      </div>
    </Section>
  )
}
