import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useEffect, useMemo } from 'react'
import { useWorkspace } from '../../api/me.ts'
import { useList } from '../../api/use-list.ts'
import { buttonClass } from '../../parts/button.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Checkbox } from '../../parts/field.tsx'
import { FilterSelect, Filters, FilterText } from '../../parts/filter.tsx'
import { Page } from '../../parts/page.tsx'
import { Table } from '../../parts/table.tsx'
import { endpointColumns } from './endpoint-columns.tsx'
import { endpointsQuery } from './queries.ts'

const refreshMs = 15_000

const statuses = [
  ['active', 'Active'],
  ['paused', 'Paused'],
  ['disabled', 'Disabled'],
] as const

export function EndpointsPage() {
  const { id: workspace, slug, can } = useWorkspace()
  const search = useSearch({ from: '/signed-in/w/$workspace/endpoints' })
  const navigate = useNavigate({ from: '/w/$workspace/endpoints' })
  const list = useList(endpointsQuery(workspace, search.status), { refreshMs, isWhole: true })
  const isFiltered = search.q !== undefined || search.trouble !== undefined
  const { hasMore, isLoadingMore, error, loadMore } = list
  const mustReadOn = isFiltered && hasMore && !isLoadingMore && !error
  // biome-ignore lint/correctness/useExhaustiveDependencies: loadMore is made anew with each rendering
  useEffect(() => {
    if (mustReadOn) loadMore()
  }, [mustReadOn])
  const rows = useMemo(
    () => list.rows.filter((endpoint) => isFound(endpoint, search.q, search.trouble !== undefined)),
    [list.rows, search.q, search.trouble],
  )
  const columns = useMemo(() => endpointColumns('events', rows), [rows])
  const change = (part: Partial<typeof search>) =>
    void navigate({ search: (before: typeof search) => ({ ...before, ...part }), replace: true })
  const name = slug ?? workspace
  return (
    <Page
      title="Endpoints"
      actions={
        can('manage') && (
          <Link to="/w/$workspace/endpoints/new" params={{ workspace: name }} className={buttonClass('primary')}>
            <Plus aria-hidden className="size-4" />
            New endpoint
          </Link>
        )
      }
    >
      <Filters>
        <FilterText label="URL or description" isSearch value={search.q} change={(q) => change({ q })} />
        <FilterSelect
          label="Status"
          value={search.status}
          options={statuses}
          change={(next) => change({ status: next })}
        />
        <div className="flex h-8 items-center">
          <Checkbox
            label="In trouble"
            checked={search.trouble !== undefined}
            onChange={(event) => change({ trouble: event.target.checked ? '1' : undefined })}
          />
        </div>
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
          isFiltered || search.status !== undefined ? (
            <Empty title="No endpoint passes these filters">Take one away, or search for another word.</Empty>
          ) : (
            <Empty
              title="No endpoint yet"
              command={
                can('manage')
                  ? `curl -sS ${location.origin}/v1/workspaces/${name}/endpoints -H "Authorization: Bearer $ATLAS_KEY" -H 'Content-Type: application/json' -d '{"url": "https://hooks.acme.example/atlas", "types": ["deal.*"]}'`
                  : undefined
              }
            >
              An endpoint is a URL that gets the events which it asks for. Create one here or from a terminal.
            </Empty>
          )
        }
      />
    </Page>
  )
}

function isFound({ url, description, alert }: Endpoint, text: string | undefined, isTroubleOnly: boolean): boolean {
  if (isTroubleOnly && alert === null) return false
  return text === undefined || `${url} ${description}`.toLowerCase().includes(text.toLowerCase())
}
