import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { endpointLabel } from '../../api/use-endpoints.ts'
import { Badge, StateBadge } from '../../parts/badge.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import type { Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { AttemptBars, barsLabel } from './attempt-bars.tsx'
import { capital, type Stream, wordsOf } from './stream.ts'
import { showRate, useStatisticsOf } from './use-endpoint-statistics.ts'

const rowsAtOnce = 20

const alerts = { dead_letters: 'Dead letters', paused: 'Failing', gone: 'Gone' } as const

/** Of a list with these endpoints of a stream. */
export function endpointColumns(stream: Stream, rows: readonly Endpoint[]): readonly Column<Endpoint>[] {
  const ids = rows.map(({ id }) => id)
  return [
    {
      id: 'endpoint',
      title: capital(wordsOf({ stream }).endpoint),
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
    { id: 'profile', title: 'Profile', className: 'hidden w-28 xl:table-cell', cell: ({ profile }) => profile },
    {
      id: 'status',
      title: 'Status',
      className: 'w-24 md:w-52',
      cell: ({ status, status_reason: reason, alert }) => (
        <div className="flex flex-wrap items-center gap-1.5 overflow-hidden md:flex-nowrap" title={reason ?? undefined}>
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
      cell: ({ id }) => <LastDay endpoint={id} ids={ids} />,
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
}

/** Asked for with those of the rows around it, so that only what is near what is in sight is read. */
function LastDay({ endpoint, ids }: { endpoint: string; ids: readonly string[] }) {
  const first = Math.floor(ids.indexOf(endpoint) / rowsAtOnce) * rowsAtOnce
  const { data: several } = useStatisticsOf(ids.slice(first, first + rowsAtOnce))
  const data = several?.get(endpoint)
  if (!data) return <Skeleton className="h-6 w-40" />
  const points = data.series ?? []
  return (
    <span className="flex items-center gap-2">
      <span className="w-14 tabular-nums">{showRate(data.success_rate)}</span>
      <AttemptBars points={points} label={barsLabel(points, 'of the last day')} className="h-6 w-24" />
    </span>
  )
}
