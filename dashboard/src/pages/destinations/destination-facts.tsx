import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQuery } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { StateBadge } from '../../parts/badge.tsx'
import { Id } from '../../parts/copy.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Facts, Section } from '../../parts/page.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { showDuration, Time } from '../../parts/time.tsx'
import { waiting } from './destinations-page.tsx'

export function DestinationFacts({ endpoint }: { endpoint: Endpoint }) {
  const { batch, last_failure: failure, last_delivery: last } = endpoint
  const mono = (text: string) => <span className="break-all font-mono text-xs">{text}</span>
  return (
    <Facts
      facts={[
        ['Id', <Id key="id" id={endpoint.id} />],
        ['Format', endpoint.profile],
        ['Types', endpoint.types.length === 0 ? 'all' : mono(endpoint.types.join('\n'))],
        ['Filter', endpoint.filter === null ? 'none' : mono(endpoint.filter)],
        ...Object.entries(endpoint.headers).map(([name, value]) => [name, mono(value)] as const),
        ...Object.entries(endpoint.options).map(
          ([name, value]) => [name, mono(typeof value === 'string' ? value : JSON.stringify(value))] as const,
        ),
        ...(batch === null
          ? []
          : [['Batches', `${batch.max_events} entries, or after ${batch.window_seconds} s`] as const]),
        [
          'Last delivery',
          last === null ? (
            'none yet'
          ) : (
            <span key="last" className="inline-flex items-center gap-2">
              <StateBadge state={last.state} /> <Time at={last.at} />
            </span>
          ),
        ],
        ...(failure === null
          ? []
          : [
              [
                'Last failure',
                <span key="failure">
                  {failure.error_detail ?? failure.error} · <Time at={failure.at} />
                </span>,
              ] as const,
            ]),
        ['Created', <Time key="created" at={endpoint.created_at} />],
      ]}
    />
  )
}

/** The last day in numbers. */
export function DestinationStatistics({ endpoint }: { endpoint: Endpoint }) {
  const { id: workspace } = useWorkspace()
  const { data, error } = useQuery({
    queryKey: ['destination-statistics', workspace, endpoint.id],
    queryFn: ({ signal }) => api.endpoints.stats(endpoint.id, {}, { workspace, signal }),
    refetchInterval: 10_000,
  })
  if (error && !data) return <Failure error={error} />
  const time = (ms: number | null | undefined) => (ms === null || ms === undefined ? '–' : showDuration(ms))
  const rate = data?.success_rate
  const figures = [
    ['Delivered', data?.deliveries.delivered.toLocaleString('en')],
    ['Dead letters', data?.deliveries.dead_lettered.toLocaleString('en')],
    ['Success rate', rate === null || rate === undefined ? '–' : `${(rate * 100).toFixed(1)} %`],
    ['Median duration', time(data?.duration_ms.p50)],
    ['99th percentile', time(data?.duration_ms.p99)],
    ['Waiting', waiting(endpoint)],
  ] as const
  return (
    <Section title="Last 24 hours">
      <dl className="grid grid-cols-2 gap-4 sm:grid-cols-3 lg:grid-cols-6">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt className="text-dim text-xs">{name}</dt>
            <dd className="font-semibold text-lg tabular-nums">
              {data === undefined ? <Skeleton className="h-7 w-16" /> : value}
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}
