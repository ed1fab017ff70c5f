import { useQuery } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { Failure } from '../../parts/failure.tsx'
import { Section } from '../../parts/page.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { showDuration } from '../../parts/time.tsx'

const hours = 24
const hourMs = 3_600_000
const refreshMs = 30_000

/** The last day of an endpoint. */
export function EndpointStatistics({ endpoint }: { endpoint: string }) {
  const { id: workspace } = useWorkspace()
  const { data, error } = useQuery({
    queryKey: ['endpoint-statistics', workspace, endpoint],
    queryFn: ({ signal }) => {
      const since = new Date(Date.now() - hours * hourMs).toISOString()
      return api.endpoints.stats(endpoint, { since }, { workspace, signal })
    },
    refetchInterval: refreshMs,
  })
  if (error) return <Failure error={error} />
  const figures: readonly (readonly [string, string | undefined])[] = [
    ['Success rate', data && (data.success_rate === null ? '–' : `${(data.success_rate * 100).toFixed(2)} %`)],
    ['Delivered', data && String(data.deliveries.delivered)],
    ['Failed attempts', data && String(data.attempts.failed)],
    ['Dead letters', data && String(data.deliveries.dead_lettered)],
    ['Median', data && duration(data.duration_ms.p50)],
    ['99th percentile', data && duration(data.duration_ms.p99)],
  ]
  return (
    <Section title="Last 24 hours">
      <dl className="grid grid-cols-2 gap-4 sm:grid-cols-3 xl:grid-cols-6">
        {figures.map(([label, value]) => (
          <div key={label}>
            <dt className="text-dim text-xs">{label}</dt>
            <dd className="font-semibold text-lg">{value ?? <Skeleton className="h-7 w-20" />}</dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}

function duration(ms: number | null): string {
  return ms === null ? '–' : showDuration(ms)
}
