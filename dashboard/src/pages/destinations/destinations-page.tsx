import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { Link, useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { useList } from '../../api/use-list.ts'
import { StateBadge } from '../../parts/badge.tsx'
import { buttonClass } from '../../parts/button.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../parts/page.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'

const columns: readonly Column<Endpoint>[] = [
  {
    id: 'name',
    title: 'Destination',
    cell: ({ description, url }) => (
      <span title={url}>
        {description && <bdi className="mr-2 font-medium">{description}</bdi>}
        <span className={description ? 'text-dim' : ''}>{url}</span>
      </span>
    ),
  },
  { id: 'profile', title: 'Format', className: 'hidden sm:table-cell w-28', cell: ({ profile }) => profile },
  { id: 'status', title: 'Status', className: 'w-24', cell: ({ status }) => <StateBadge state={status} /> },
  { id: 'last', title: 'Last delivery', className: 'hidden md:table-cell w-56', cell: (each) => <Last {...each} /> },
  { id: 'backlog', title: 'Waiting', className: 'hidden sm:table-cell w-24', cell: (each) => waiting(each) },
]

function Last({ last_delivery: last }: Pick<Endpoint, 'last_delivery'>) {
  if (last === null) return <span className="text-dim">none yet</span>
  return (
    <span className="inline-flex items-center gap-2">
      <StateBadge state={last.state} />
      <Time at={last.at} />
    </span>
  )
}

export function waiting({ backlog }: Pick<Endpoint, 'backlog'>): string {
  return `${backlog.deliveries.toLocaleString('en')}${backlog.more ? '+' : ''}`
}

/** The endpoints to which the audit log is streamed. */
export function DestinationsPage() {
  const { id: workspace, slug, can } = useWorkspace()
  const navigate = useNavigate()
  const list = useList(
    ['destinations', workspace],
    (cursor, signal) => api.endpoints.list({ stream: 'audit', cursor }, { workspace, signal }),
    { refreshMs: 10_000 },
  )
  const params = { workspace: slug ?? workspace }
  const add = can('manage') && (
    <Link to="/w/$workspace/destinations/new" params={params} className={buttonClass('primary')}>
      <Plus aria-hidden className="size-4" />
      Add destination
    </Link>
  )
  return (
    <Page title="Destinations" subtitle="Where the audit log is streamed to, as it is recorded." actions={add}>
      <Table
        label="Destinations"
        list={list}
        columns={columns}
        idOf={({ id }) => id}
        open={({ id }) =>
          void navigate({ to: '/w/$workspace/destinations/$endpoint', params: { ...params, endpoint: id } })
        }
        empty={
          <Empty title="The audit log goes nowhere yet">
            Add Splunk, Datadog, Sumo Logic, Loki, Elastic, an OpenTelemetry collector, or a receiver of your own. It
            gets every entry that is recorded from then on.
          </Empty>
        }
      />
    </Page>
  )
}
