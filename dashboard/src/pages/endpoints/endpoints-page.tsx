import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { useList } from '../../api/use-list.ts'
import { Badge, StateBadge } from '../../parts/badge.tsx'
import { buttonClass } from '../../parts/button.tsx'
import { Empty } from '../../parts/empty.tsx'
import { FilterSelect, Filters, FilterText } from '../../parts/filter.tsx'
import { Page } from '../../parts/page.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { SuccessRate } from './success-rate.tsx'

const refreshMs = 10_000

const columns: readonly Column<Endpoint>[] = [
  {
    id: 'endpoint',
    title: 'Endpoint',
    className: 'w-1/2 lg:w-auto',
    cell: ({ description, url, tunnel }) => (
      <>
        <div className="truncate">
          {description || url} {tunnel && <Badge tone="info">Tunnel</Badge>}
        </div>
        {description !== '' && <div className="truncate text-dim text-xs">{url}</div>}
      </>
    ),
  },
  {
    id: 'status',
    title: 'Status',
    className: 'w-28',
    cell: ({ status, alert }) =>
      alert && status === 'active' ? <Badge tone="bad">In trouble</Badge> : <StateBadge state={status} />,
  },
  {
    id: 'types',
    title: 'Event types',
    className: 'hidden w-48 xl:table-cell',
    cell: ({ types }) => (types.length === 0 ? <span className="text-dim">All</span> : types.join(', ')),
  },
  {
    id: 'rate',
    title: 'Last 24 hours',
    className: 'hidden w-56 lg:table-cell',
    cell: ({ id }) => <SuccessRate endpoint={id} />,
  },
  {
    id: 'backlog',
    title: 'Waiting',
    className: 'hidden w-20 md:table-cell',
    cell: ({ backlog }) => (backlog.more ? `${backlog.deliveries}+` : backlog.deliveries),
  },
  {
    id: 'last',
    title: 'Last delivery',
    className: 'w-32',
    cell: ({ last_delivery: last }) => (last ? <Time at={last.at} /> : <span className="text-dim">None</span>),
  },
]

export function EndpointsPage() {
  const { id: workspace, slug, can } = useWorkspace()
  const name = slug ?? workspace
  const search = useSearch({ from: '/signed-in/w/$workspace/endpoints' })
  const navigate = useNavigate()
  const list = useList(
    ['endpoints', workspace],
    (cursor, signal) => api.endpoints.list({ limit: 100, cursor }, { workspace, signal }),
    { refreshMs },
  )
  const change = (part: Partial<typeof search>) =>
    void navigate({ from: '/w/$workspace/endpoints', search: { ...search, ...part }, replace: true })
  const rows = list.rows.filter((endpoint) => isShown(endpoint, search))
  const create = can('manage') && (
    <Link to="/w/$workspace/endpoints/new" params={{ workspace: name }} className={buttonClass('primary')}>
      <Plus aria-hidden className="size-4" />
      New endpoint
    </Link>
  )
  return (
    <Page title="Endpoints" actions={create}>
      <Filters>
        <FilterText
          label="Search"
          isSearch
          placeholder="URL, description, event type"
          value={search.q}
          change={(q) => change({ q })}
        />
        <FilterSelect
          label="Status"
          value={search.status}
          options={[
            ['active', 'Active'],
            ['paused', 'Paused'],
            ['disabled', 'Disabled'],
            ['trouble', 'In trouble'],
          ]}
          change={(status) => change({ status })}
        />
      </Filters>
      <Table
        label="Endpoints"
        list={{ ...list, rows }}
        columns={columns}
        idOf={({ id }) => id}
        open={({ id }) =>
          void navigate({ to: '/w/$workspace/endpoints/$endpoint', params: { workspace: name, endpoint: id } })
        }
        empty={
          list.rows.length > 0 ? (
            <Empty title="No endpoint is like that">Take a filter away.</Empty>
          ) : (
            <Empty
              title="There is no endpoint yet"
              command={`curl -sS ${location.origin}/v1/workspaces/${name}/endpoints -H "Authorization: Bearer $ATLAS_KEY" -H 'Content-Type: application/json' -d '{"url": "https://hooks.acme.example/atlas"}'`}
            >
              An endpoint is a URL that gets events. {create ? 'Create one here.' : ''}
            </Empty>
          )
        }
      />
    </Page>
  )
}

function isShown(endpoint: Endpoint, { q = '', status }: { q?: string; status?: string }): boolean {
  if (endpoint.stream !== 'events') return false
  if (status === 'trouble' ? endpoint.alert === null : status !== undefined && endpoint.status !== status) return false
  const text = [endpoint.url, endpoint.description, endpoint.id, ...endpoint.types].join(' ').toLowerCase()
  return text.includes(q.toLowerCase())
}
