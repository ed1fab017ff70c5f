import { useQuery } from '@tanstack/react-query'
import { Navigate, useMatchRoute, useParams } from '@tanstack/react-router'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { endpointLabel } from '../../api/use-endpoints.ts'
import { Badge, StateBadge } from '../../parts/badge.tsx'
import { Id } from '../../parts/copy.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Page } from '../../parts/page.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { EndpointActions } from './endpoint-actions.tsx'
import { EndpointCondition } from './endpoint-condition.tsx'
import { EndpointSettings } from './endpoint-settings.tsx'
import { EndpointStatistics } from './endpoint-statistics.tsx'
import { RecentDeliveries } from './recent-deliveries.tsx'
import { RedeliverSection } from './redeliver-section.tsx'
import { SecretSection } from './secret-section.tsx'
import { SendTest } from './send-test.tsx'
import { wordsOf } from './stream.ts'

const refreshMs = 10_000

/** An endpoint, or a destination: how it does, what it got, what it asks for, and what can be done to it. */
export function EndpointPage() {
  const { endpoint: id = '' } = useParams({ strict: false })
  const { id: workspace, slug, can } = useWorkspace()
  const isShownAt = useMatchRoute()
  const { data, error, refetch } = useQuery({
    queryKey: ['endpoints', workspace, 'one', id],
    queryFn: ({ signal }) => api.endpoints.get(id, { workspace, signal }),
    refetchInterval: refreshMs,
  })
  if (!data) {
    return <Page title="Endpoint">{error ? <Failure error={error} retry={() => void refetch()} /> : <Loading />}</Page>
  }
  const to = `${wordsOf(data).list}/$endpoint` as const
  // Links that know the id alone lead to endpoints.
  if (!isShownAt({ to })) return <Navigate to={to} params={{ workspace: slug ?? workspace, endpoint: id }} replace />
  const mayChange = can('manage')
  return (
    <Page
      title={endpointLabel(data)}
      subtitle={
        <div className="flex flex-wrap items-center gap-2">
          <StateBadge state={data.status} />
          {data.tunnel && <Badge tone="info">Tunnel</Badge>}
          <span className="min-w-0 break-all">{data.url}</span>
          <Id id={data.id} />
        </div>
      }
      actions={mayChange && <EndpointActions endpoint={data} />}
    >
      {error && <Failure error={error} retry={() => void refetch()} />}
      <EndpointCondition endpoint={data} />
      <EndpointStatistics endpoint={data} />
      <RecentDeliveries endpoint={data} />
      {mayChange && !data.tunnel && <SendTest endpoint={data} />}
      <EndpointSettings endpoint={data} />
      {mayChange && !data.tunnel && <SecretSection endpoint={data} />}
      {mayChange && <RedeliverSection endpoint={data} />}
    </Page>
  )
}
