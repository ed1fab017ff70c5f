import type { Delivery, LastAttempt } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useWorkspace } from '../../api/me.ts'
import { endpointLabel, useEndpoints } from '../../api/use-endpoints.ts'
import { useEventTypeNames } from '../../api/use-event-types.ts'
import { useList } from '../../api/use-list.ts'
import { StateBadge } from '../../parts/badge.tsx'
import { Id } from '../../parts/copy.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Checkbox } from '../../parts/field.tsx'
import { FilterSelect, Filters, FilterText, FilterTimes } from '../../parts/filter.tsx'
import { FilterChoices } from '../../parts/filter-choices.tsx'
import { Page } from '../../parts/page.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { showDuration, Time } from '../../parts/time.tsx'
import { labelAttempt } from './attempt-error.ts'
import { deliveriesQuery } from './queries.ts'

const tailMs = 2_000

const states = [
  ['delivered', 'Delivered'],
  ['retrying', 'Retrying'],
  ['dead_letter', 'Dead letter'],
  ['pending', 'Pending'],
  ['delivering', 'Delivering'],
  ['held', 'Held'],
  ['canceled', 'Canceled'],
] as const

/** The delivery log. */
export function DeliveriesPage() {
  const { id: workspace, slug } = useWorkspace()
  const search = useSearch({ from: '/signed-in/w/$workspace/deliveries' })
  const navigate = useNavigate({ from: '/w/$workspace/deliveries' })
  const endpoints = useEndpoints()
  const types = useEventTypeNames()
  const { live, ...filter } = search
  const list = useList(deliveriesQuery(workspace, filter), { refreshMs: live ? tailMs : false })
  const change = (part: Partial<typeof search>) =>
    void navigate({ search: (before: typeof search) => ({ ...before, ...part }), replace: true })
  const labels = useMemo(() => new Map(endpoints.map((each) => [each.id, endpointLabel(each)])), [endpoints])
  const columns = useMemo(() => columnsWith(labels), [labels])
  const isFiltered = Object.values(filter).some((value) => value !== undefined)
  return (
    <Page
      title="Deliveries"
      actions={
        <Checkbox
          label="Live"
          checked={live !== undefined}
          onChange={(event) => change({ live: event.target.checked ? '1' : undefined })}
        />
      }
    >
      <Filters>
        <FilterSelect
          label="Endpoint"
          value={filter.endpoint}
          options={endpoints.map((each) => [each.id, endpointLabel(each)] as const)}
          change={(endpoint) => change({ endpoint })}
        />
        <FilterChoices label="State" value={filter.state} options={states} change={(state) => change({ state })} />
        <FilterText
          label="Event type"
          isSearch
          value={filter.type}
          placeholder="deal.created or deal.*"
          suggestions={types}
          change={(type) => change({ type })}
        />
        <FilterText label="Event" value={filter.event} placeholder="evt_…" change={(event) => change({ event })} />
        <FilterTimes since={filter.since} until={filter.until} change={change} />
      </Filters>
      <Table
        label="Deliveries"
        list={list}
        columns={columns}
        idOf={({ id }) => id}
        open={({ id }) =>
          void navigate({
            to: '/w/$workspace/deliveries/$delivery',
            params: { workspace: slug ?? workspace, delivery: id },
          })
        }
        empty={
          isFiltered ? (
            <Empty title="No delivery passes these filters">Take one away, or choose another time.</Empty>
          ) : (
            <Empty
              title="Nothing was delivered yet"
              command={`curl -sS ${location.origin}/v1/workspaces/${slug ?? workspace}/events -H "Authorization: Bearer $ATLAS_KEY" -H 'Content-Type: application/json' -d '{"type": "deal.created", "data": {"id": "deal_01"}}'`}
            >
              Create an endpoint, then publish an event: each delivery shows here, with everything that was sent and
              answered.
            </Empty>
          )
        }
      />
    </Page>
  )
}

function columnsWith(labels: ReadonlyMap<string, string>): Column<Delivery>[] {
  return [
    { id: 'state', title: 'State', className: 'w-24 sm:w-28', cell: ({ state }) => <StateBadge state={state} /> },
    { id: 'type', title: 'Event type', className: 'sm:w-1/4 lg:w-1/5', cell: ({ type }) => type },
    {
      id: 'endpoint',
      title: 'Endpoint',
      className: 'hidden sm:table-cell',
      cell: ({ endpoint }) => labels.get(endpoint) ?? endpoint,
    },
    {
      id: 'id',
      title: 'Delivery',
      className: 'hidden w-72 2xl:table-cell',
      cell: ({ id }) => <Id id={id} />,
    },
    {
      id: 'attempts',
      title: 'Attempts',
      className: 'hidden w-20 md:table-cell',
      cell: ({ attempt_count: count }) => count,
    },
    {
      id: 'last',
      title: 'Last attempt',
      className: 'hidden w-36 sm:table-cell',
      cell: ({ last_attempt: last }) => (last ? <LastAttemptCell last={last} /> : <span className="text-dim">–</span>),
    },
    {
      id: 'next',
      title: 'Next attempt',
      className: 'hidden w-32 lg:table-cell',
      cell: ({ next_attempt_at: next, state }) =>
        next !== null && state === 'retrying' ? <Time at={next} /> : <span className="text-dim">–</span>,
    },
    { id: 'created', title: 'Created', className: 'w-28', cell: ({ created_at: at }) => <Time at={at} /> },
  ]
}

function LastAttemptCell({ last }: { last: LastAttempt }) {
  return (
    <>
      <span className={last.error === null ? '' : 'text-bad'}>{labelAttempt(last)}</span>{' '}
      <span className="text-dim">{showDuration(last.duration_ms)}</span>
    </>
  )
}
