import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { api } from '../../api/client.ts'
import { Chart } from '../../parts/chart.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Figure, Figures, showBytes, showCount } from '../../parts/figure.tsx'
import { Facts, Section } from '../../parts/page.tsx'
import { Loading, Skeleton } from '../../parts/skeleton.tsx'
import { showDuration, Time } from '../../parts/time.tsx'

const refreshMs = 5_000
const minute = 60_000

/** What waits, what was delivered, and how the database is: of all workspaces together. */
export function ServiceHealthSections() {
  const { data, error, refetch } = useQuery({
    queryKey: ['service-health'],
    queryFn: ({ signal }) => api.service.health({ signal }),
    refetchInterval: refreshMs,
  })
  const minutes = data?.minutes
  const throughput = useMemo(() => {
    const points = minutes ?? []
    return {
      times: points.map(({ until }) => Date.parse(until) - minute),
      series: [
        { label: 'Delivered', color: 'info', values: points.map((point) => point.deliveries.delivered) },
        { label: 'Dead letters', color: 'bad', values: points.map((point) => point.deliveries.dead_lettered) },
      ],
    } as const
  }, [minutes])
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />
  const { queue, last_day: lastDay, database } = data ?? {}
  return (
    <>
      <Figures>
        <Figure
          name="Waiting now"
          value={queue && `${showCount(queue.waiting)}${queue.more ? '+' : ''}`}
          hint="held ones included"
        />
        <Figure
          name="Oldest due"
          value={queue && (queue.oldest_due_at ? <Time at={queue.oldest_due_at} /> : '–')}
          hint={queue && `at ${showCount(queue.endpoints)} ${queue.endpoints === 1 ? 'endpoint' : 'endpoints'}`}
        />
        <Figure name="Delivered" value={lastDay && showCount(lastDay.deliveries.delivered)} hint="last 24 hours" />
        <Figure
          name="Dead letters"
          value={lastDay && showCount(lastDay.deliveries.dead_lettered)}
          hint="last 24 hours"
        />
        <Figure
          name="Failed attempts"
          value={lastDay && showCount(lastDay.attempts.failed)}
          hint={lastDay && `of ${showCount(lastDay.attempts.failed + lastDay.attempts.succeeded)}`}
        />
        <Figure name="Database" value={database && showBytes(database.size_bytes)} hint="on disk" />
      </Figures>
      <div className="grid grid-cols-1 gap-4 lg:grid-cols-2">
        <Section title="Throughput">
          {minutes ? (
            <Chart {...throughput} title="Deliveries by minute" stepMs={minute} kind="bars" format={showCount} />
          ) : (
            <Skeleton className="h-60 w-full" />
          )}
        </Section>
        <Section title="Database">
          {database ? (
            <Facts
              facts={[
                ['Postgres', database.version],
                ['Size', showBytes(database.size_bytes)],
                ['Connections', `${database.connections} of ${database.max_connections}`],
                [
                  'Oldest transaction',
                  database.oldest_transaction_seconds === null
                    ? 'none open'
                    : showDuration(database.oldest_transaction_seconds * 1000),
                ],
                ['Partitions', `of ${database.days} days, those made ahead included`],
              ]}
            />
          ) : (
            <Loading lines={5} />
          )}
        </Section>
      </div>
    </>
  )
}
