import type { Statistics } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useMemo } from 'react'
import { Chart } from '../../parts/chart.tsx'
import { showCount } from '../../parts/figure.tsx'
import { Section } from '../../parts/page.tsx'
import { showDuration } from '../../parts/time.tsx'

export function StatisticsCharts({ statistics, stepMs }: { statistics: Statistics; stepMs: number }) {
  const { series } = statistics
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
