import type { Alert, AlertsListQuery } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { useList } from '../../api/use-list.ts'
import { Badge } from '../../parts/badge.tsx'
import { Id } from '../../parts/copy.tsx'
import { Empty } from '../../parts/empty.tsx'
import { FilterSelect, Filters } from '../../parts/filter.tsx'
import { Facts } from '../../parts/page.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'

const states = {
  open: ['bad', 'Open'],
  recovered: ['good', 'Recovered'],
  closed: ['plain', 'Endpoint deleted'],
} as const

const reasons = {
  dead_letters: 'Deliveries were given up.',
  paused: 'Nothing succeeded any more: the endpoint was paused.',
  gone: 'The endpoint answered 410 Gone and was paused.',
} as const

const columns: readonly Column<Alert>[] = [
  {
    id: 'state',
    title: 'State',
    className: 'w-36',
    cell: ({ state }) => <Badge tone={states[state][0]}>{states[state][1]}</Badge>,
  },
  { id: 'reason', title: 'Reason', cell: ({ reason }) => <span title={reasons[reason]}>{reasons[reason]}</span> },
  {
    id: 'endpoint',
    title: 'Endpoint',
    className: 'hidden lg:table-cell w-72',
    cell: (alert) => <Id id={alert.endpoint} />,
  },
  { id: 'lost', title: 'Dead letters', className: 'hidden md:table-cell w-28', cell: (alert) => alert.dead_lettered },
  {
    id: 'opened',
    title: 'Opened',
    className: 'hidden sm:table-cell w-32',
    cell: (alert) => <Time at={alert.opened_at} />,
  },
]

/** Periods in which an endpoint is, or was, in trouble. */
export function Alerts() {
  const { id: workspace } = useWorkspace()
  const { state } = useSearch({ from: '/signed-in/w/$workspace/settings/alerts' })
  const navigate = useNavigate({ from: '/w/$workspace/settings/alerts' })
  const query = (state === undefined ? {} : { state }) as AlertsListQuery
  const list = useList(
    {
      key: ['alerts', workspace, state ?? null],
      read: (cursor, signal) => api.alerts.list({ ...query, cursor }, { workspace, signal }),
    },
    { refreshMs: 15_000 },
  )
  return (
    <div className="flex flex-col gap-4">
      <Filters>
        <FilterSelect
          label="State"
          value={state}
          options={Object.entries(states).map(([name, [, label]]) => [name, label])}
          change={(next) => void navigate({ search: { state: next }, replace: true })}
        />
      </Filters>
      <Table
        label="Alerts"
        list={list}
        columns={columns}
        idOf={({ id }) => id}
        details={(alert) => <AlertDetails alert={alert} />}
        empty={
          <Empty title={state === undefined ? 'No endpoint was in trouble' : 'There is no such alert'}>
            An alert opens when a delivery is given up or an endpoint is paused because it fails, and ends with its next
            success.
          </Empty>
        }
      />
    </div>
  )
}

function AlertDetails({ alert }: { alert: Alert }) {
  const { last_error: failure, mails } = alert
  return (
    <div className="whitespace-normal">
      <Facts
        facts={[
          ['Alert', <Id key="id" id={alert.id} />],
          ['Endpoint', <Id key="endpoint" id={alert.endpoint} />],
          ['Why', reasons[alert.reason]],
          ['Opened', <Time key="opened" at={alert.opened_at} />],
          [
            'Recovered',
            alert.recovered_at === null ? (
              alert.state === 'closed' ? (
                'no: it was deleted'
              ) : (
                'not yet'
              )
            ) : (
              <Time key="end" at={alert.recovered_at} />
            ),
          ],
          ['Times opened', alert.times_opened],
          ['Dead letters', alert.dead_lettered],
          ...(failure === null
            ? []
            : [['Last failure', failure.error_detail ?? failure.error ?? `status ${failure.status}`] as const]),
          ['Mails sent', `${mails.sent}${mails.waiting > 0 ? `, ${mails.waiting} waiting` : ''}`],
          ...(mails.last_error === null
            ? []
            : [['Last mail that failed', `to ${mails.last_error.address}: ${mails.last_error.error}`] as const]),
        ]}
      />
    </div>
  )
}
