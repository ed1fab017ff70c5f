import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { endpointLabel } from '../../api/use-endpoints.ts'
import { Badge, StateBadge } from '../../parts/badge.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import type { Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { AttemptBars, barsLabel } from './attempt-bars.tsx'
import { day, showRate, useEndpointStatistics } from './use-endpoint-statistics.ts'

const alerts = { dead_letters: 'Dead letters', paused: 'Failing', gone: 'Gone' } as const

/** Of the list of endpoints. */
export const endpointColumns: readonly Column<Endpoint>[] = [
  {
    id: 'endpoint',
    title: 'Endpoint',
    className: 'w-auto',
    cell: (endpoint) => (
      <div className="min-w-0">
        <div className="truncate font-medium">
          {endpointLabel(endpoint)} {endpoint.tunnel && <Badge tone="info">Tunnel</Badge>}
        </div>
        {endpoint.description && <div className="truncate text-dim text-xs">{endpoint.url}</div>}
      </div>
    ),
  },
  {
    id: 'status',
    title: 'Status',
    className: 'w-24 md:w-52',
    cell: ({ status, status_reason: reason, alert }) => (
      <div className="flex items-center gap-1.5 overflow-hidden" title={reason ?? undefined}>
        <StateBadge state={status} />
        {alert && <Badge tone="bad">{alerts[alert.reason]}</Badge>}
        {reason && <span className="hidden truncate text-dim text-xs md:inline">{reason}</span>}
      </div>
    ),
  },
  {
    id: 'rate',
    title: 'Success, last day',
    className: 'hidden w-48 lg:table-cell',
    cell: ({ id }) => <LastDay endpoint={id} />,
  },
  {
    id: 'backlog',
    title: 'Waiting',
    className: 'hidden w-20 sm:table-cell',
    cell: ({ backlog: { deliveries, more } }) =>
      deliveries === 0 ? <span className="text-dim">0</span> : `${deliveries.toLocaleString('en')}${more ? '+' : ''}`,
  },
  {
    id: 'last',
    title: 'Last delivery',
    className: 'hidden w-44 md:table-cell',
    cell: ({ last_delivery: last }) =>
      last ? (
        <span className="flex items-center gap-1.5">
          <StateBadge state={last.state} />
          <Time at={last.at} />
        </span>
      ) : (
        <span className="text-dim">None yet</span>
      ),
  },
]

/** Asked for each row that is in sight. */
function LastDay({ endpoint }: { endpoint: string }) {
  const { data } = useEndpointStatistics(endpoint, day)
  if (!data) return <Skeleton className="h-6 w-40" />
  const points = data.series ?? []
  return (
    <span className="flex items-center gap-2">
      <span className="w-14 tabular-nums">{showRate(data.success_rate)}</span>
      <AttemptBars points={points} label={barsLabel(points, 'of the last day')} className="h-6 w-24" />
    </span>
  )
}
