import type { DeadLetterReplay, Delivery, Job } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { endpointLabel, useEndpoints } from '../../api/use-endpoints.ts'
import { useEventTypeNames } from '../../api/use-event-types.ts'
import { useList } from '../../api/use-list.ts'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Empty } from '../../parts/empty.tsx'
import { FilterSelect, Filters, FilterText, FilterTimes } from '../../parts/filter.tsx'
import { JobProgress } from '../../parts/job-progress.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { type DeadLetterGroup, groupDeadLetters } from './group.ts'

const pageSize = 200

interface Asked {
  readonly title: string
  readonly body: DeadLetterReplay
}

/** Deliveries whose retries are spent: what they have in common, and a way to begin them anew. */
export function DeadLettersPage() {
  const { id: workspace, slug, can } = useWorkspace()
  const filter = useSearch({ from: '/signed-in/w/$workspace/dead-letters' })
  const navigate = useNavigate()
  const endpoints = useEndpoints()
  const types = useEventTypeNames()
  const list = useList(
    ['deliveries', workspace, 'dead', filter],
    (cursor, signal) =>
      api.deliveries.list({ ...filter, state: 'dead_letter', limit: pageSize, cursor }, { workspace, signal }),
    { isWhole: true },
  )
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [asked, setAsked] = useState<Asked | null>(null)
  const [job, setJob] = useState<Job | null>(null)
  const change = (part: Partial<typeof filter>) => {
    setChosen(new Set())
    void navigate({ from: '/w/$workspace/dead-letters', search: { ...filter, ...part }, replace: true })
  }
  const mayReplay = can('manage')
  const groups = useMemo(() => groupDeadLetters(list.rows, endpoints), [list.rows, endpoints])
  const labels = useMemo(() => new Map(endpoints.map((each) => [each.id, endpointLabel(each)])), [endpoints])
  const columns = useMemo(
    () => [...(mayReplay ? [choice(chosen, setChosen)] : []), ...columnsWith(labels)],
    [mayReplay, chosen, labels],
  )
  const { endpoint, since, until } = filter
  return (
    <Page
      title="Dead letters"
      subtitle="Deliveries whose retries are spent. They are kept, and can be begun anew once their endpoint is mended."
      actions={
        mayReplay &&
        list.rows.length > 0 && (
          <>
            {chosen.size > 0 && (
              <Button onClick={() => setAsked({ title: `Replay ${chosen.size} chosen?`, body: { ids: [...chosen] } })}>
                Replay chosen ({chosen.size})
              </Button>
            )}
            <Button
              look="primary"
              onClick={() =>
                setAsked({
                  title: 'Replay all dead letters?',
                  body: { ...(endpoint && { endpoint }), ...(since && { since }), ...(until && { until }) },
                })
              }
            >
              Replay all
            </Button>
          </>
        )
      }
    >
      <Filters>
        <FilterSelect
          label="Endpoint"
          value={endpoint}
          options={endpoints.map((each) => [each.id, endpointLabel(each)] as const)}
          change={(value) => change({ endpoint: value })}
        />
        <FilterText
          label="Event type"
          isSearch
          value={filter.type}
          suggestions={types}
          change={(type) => change({ type })}
        />
        <FilterTimes since={since} until={until} change={change} />
      </Filters>
      {job && <JobProgress key={job.id} job={job} />}
      {groups.length > 0 && (
        <Groups
          groups={groups}
          isWhole={!list.hasMore}
          labelOf={(id) => labels.get(id) ?? id}
          replay={mayReplay ? (group) => setAsked({ title: `Replay ${group.rows.length}?`, body: idsOf(group) }) : null}
        />
      )}
      <Table
        label="Dead letters"
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
          <Empty title="No dead letters">
            {Object.values(filter).some(Boolean)
              ? 'None passes these filters.'
              : 'Everything was delivered, or is still being tried.'}
          </Empty>
        }
      />
      <Confirm
        title={asked?.title ?? ''}
        action="Replay"
        isOpen={asked !== null}
        close={() => setAsked(null)}
        run={async () => {
          setJob(await api.deadLetters.replay(asked?.body ?? {}, { workspace }))
          setChosen(new Set())
        }}
      >
        Each begins a new cycle of attempts, with the same id and sequence. Those of disabled and deleted endpoints
        stay.
      </Confirm>
    </Page>
  )
}

const mostIds = 1_000

function idsOf({ rows }: DeadLetterGroup): DeadLetterReplay {
  return { ids: rows.slice(0, mostIds).map(({ id }) => id) }
}

const reasons: Readonly<Record<string, string>> = {
  retries_exhausted: 'The last retry failed',
  rejected: 'Refused for good',
}

function Groups({
  groups,
  isWhole,
  labelOf,
  replay,
}: {
  groups: readonly DeadLetterGroup[]
  isWhole: boolean
  labelOf: (endpoint: string) => string
  replay: ((group: DeadLetterGroup) => void) | null
}) {
  return (
    <Section title={isWhole ? 'By endpoint and reason' : 'By endpoint and reason, of those read so far'}>
      <ul className="flex flex-col divide-y">
        {groups.map((group) => (
          <li key={group.key} className="flex flex-wrap items-center justify-between gap-3 py-2">
            <div className="min-w-0">
              <div className="truncate font-medium">{labelOf(group.endpoint)}</div>
              <div className="break-words text-dim" dir="auto">
                {reasons[group.reason ?? ''] ?? 'Given up'}
                {group.lastError && `; the endpoint last failed with: ${group.lastError}`}
              </div>
            </div>
            <div className="flex items-center gap-3">
              <span className="font-semibold">{group.rows.length}</span>
              {replay && (
                <Button
                  size="small"
                  aria-label={`Replay those of ${labelOf(group.endpoint)}`}
                  onClick={() => replay(group)}
                >
                  Replay
                </Button>
              )}
            </div>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function choice(chosen: ReadonlySet<string>, choose: (chosen: ReadonlySet<string>) => void): Column<Delivery> {
  return {
    id: 'choice',
    title: 'Choose',
    className: 'w-16',
    cell: ({ id, type }) => (
      <input
        type="checkbox"
        aria-label={`Choose ${type} ${id}`}
        className="size-4 accent-accent"
        checked={chosen.has(id)}
        onClick={(event) => event.stopPropagation()}
        onChange={(event) => {
          const next = new Set(chosen)
          if (event.target.checked) next.add(id)
          else next.delete(id)
          choose(next)
        }}
      />
    ),
  }
}

function columnsWith(labels: ReadonlyMap<string, string>): Column<Delivery>[] {
  return [
    { id: 'type', title: 'Event type', className: 'w-1/3', cell: ({ type }) => type },
    {
      id: 'endpoint',
      title: 'Endpoint',
      className: 'hidden sm:table-cell',
      cell: ({ endpoint }) => labels.get(endpoint) ?? endpoint,
    },
    {
      id: 'attempts',
      title: 'Attempts',
      className: 'hidden w-24 md:table-cell',
      cell: ({ attempt_count: count }) => count,
    },
    {
      id: 'given-up',
      title: 'Given up',
      className: 'w-32',
      cell: ({ dead_lettered_at: at }) => (at ? <Time at={at} /> : '–'),
    },
  ]
}
