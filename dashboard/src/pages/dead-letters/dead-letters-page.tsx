import type { Job } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { endpointLabel, useEndpoints } from '../../api/use-endpoints.ts'
import { useEventTypeNames } from '../../api/use-event-types.ts'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Failure } from '../../parts/failure.tsx'
import { FilterSelect, Filters, FilterText, FilterTimes } from '../../parts/filter.tsx'
import { JobProgress } from '../../parts/job-progress.tsx'
import { Page } from '../../parts/page.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import type { Asked } from './asked.ts'
import { Groups } from './groups.tsx'
import { groupsQuery } from './queries.ts'

/** Deliveries whose retries are spent: what they have in common, and a way to begin them anew. */
export function DeadLettersPage() {
  const { id: workspace, can } = useWorkspace()
  const { group, ...filter } = useSearch({ from: '/signed-in/w/$workspace/dead-letters' })
  const navigate = useNavigate()
  const endpoints = useEndpoints()
  const types = useEventTypeNames()
  const { data, error, refetch } = useQuery(groupsQuery(workspace, filter))
  const [asked, setAsked] = useState<Asked | null>(null)
  const [job, setJob] = useState<Job | null>(null)
  const change = (part: Partial<typeof filter> & { group?: string | undefined }) =>
    void navigate({
      from: '/w/$workspace/dead-letters',
      search: (before: typeof filter) => ({ ...before, group: undefined, ...part }),
      replace: true,
    })
  const labels = useMemo(() => new Map(endpoints.map((each) => [each.id, endpointLabel(each)])), [endpoints])
  const mayReplay = can('manage')
  const { endpoint, type, since, until } = filter
  // What is replayed is what is shown, but on the server, however much of it there is.
  const selection = { ...(type && { types: [type] }), ...(since && { since }), ...(until && { until }) }
  return (
    <Page
      title="Dead letters"
      subtitle="Deliveries whose retries are spent. They are kept, and can be begun anew once their endpoint is mended."
      actions={
        mayReplay &&
        data &&
        data.data.length > 0 && (
          <Button
            look="primary"
            onClick={() =>
              setAsked({ title: 'Replay all dead letters?', body: { ...selection, ...(endpoint && { endpoint }) } })
            }
          >
            Replay all
          </Button>
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
          value={type}
          placeholder="deal.created or deal.*"
          suggestions={types}
          change={(value) => change({ type: value })}
        />
        <FilterTimes since={since} until={until} change={change} />
      </Filters>
      {job && <JobProgress key={job.id} job={job} />}
      {error && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data?.data.length === 0 && (
        <Empty title="No dead letters">
          {Object.values(filter).some(Boolean)
            ? 'None passes these filters.'
            : 'Everything was delivered, or is still being tried.'}
        </Empty>
      )}
      {data && data.data.length > 0 && (
        <Groups
          groups={data}
          filter={filter}
          labelOf={(id) => labels.get(id) ?? id}
          opened={group}
          open={(key) => change({ group: key })}
          replay={mayReplay ? ({ title, body }) => setAsked({ title, body: { ...selection, ...body } }) : null}
        />
      )}
      <Confirm
        title={asked?.title ?? ''}
        action="Replay"
        isOpen={asked !== null}
        close={() => setAsked(null)}
        run={async () => setJob(await api.deadLetters.replay(asked?.body ?? {}, { workspace }))}
      >
        Each begins a new cycle of attempts, with the same id and sequence. Those of disabled and deleted endpoints
        stay.
      </Confirm>
    </Page>
  )
}
