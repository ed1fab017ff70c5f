import { Link, useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useMemo } from 'react'
import { useWorkspace } from '../../api/me.ts'
import { useList } from '../../api/use-list.ts'
import { buttonClass } from '../../parts/button.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../parts/page.tsx'
import { Table } from '../../parts/table.tsx'
import { endpointColumns } from '../endpoints/endpoint-columns.tsx'
import { destinationsQuery } from '../endpoints/queries.ts'

const refreshMs = 10_000

/** The endpoints to which the audit log is streamed. */
export function DestinationsPage() {
  const { id: workspace, slug, can } = useWorkspace()
  const navigate = useNavigate()
  const list = useList(destinationsQuery(workspace), { refreshMs })
  const columns = useMemo(() => endpointColumns('audit', list.rows), [list.rows])
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
