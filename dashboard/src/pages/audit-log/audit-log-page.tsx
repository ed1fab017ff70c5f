import type { AuditEntry } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { useList } from '../../api/use-list.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Empty } from '../../parts/empty.tsx'
import { FilterSelect, Filters, FilterText, FilterTimes } from '../../parts/filter.tsx'
import { Page } from '../../parts/page.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { ChainStatus } from './chain-status.tsx'
import { EntryDetails } from './entry-details.tsx'
import { ExportDialog } from './export-dialog.tsx'
import { auditLogQuery } from './queries.ts'

const columns: readonly Column<AuditEntry>[] = [
  { id: 'when', title: 'When', className: 'w-28', cell: ({ occurred_at: at }) => <Time at={at} /> },
  {
    id: 'action',
    title: 'Action',
    className: 'md:w-52',
    cell: ({ category, action }) => (
      <Badge>
        {category}.{action}
      </Badge>
    ),
  },
  { id: 'actor', title: 'Actor', className: 'hidden sm:table-cell w-40', cell: ({ actor }) => <Named {...actor} /> },
  {
    id: 'target',
    title: 'Target',
    className: 'hidden md:table-cell w-44',
    cell: ({ target }) => <Named {...target} />,
  },
  {
    id: 'description',
    title: 'Description',
    className: 'hidden xl:table-cell',
    cell: ({ description }) => <bdi>{description}</bdi>,
  },
]

function Named({ type, id, name }: { type: string; id: string; name: string | null }) {
  return (
    <span title={`${type} ${id}`}>
      <bdi>{name ?? id}</bdi>
    </span>
  )
}

export function AuditLogPage() {
  const { id: workspace } = useWorkspace()
  const search = useSearch({ from: '/signed-in/w/$workspace/audit-log' })
  const navigate = useNavigate({ from: '/w/$workspace/audit-log' })
  const [isExporting, setIsExporting] = useState(false)
  const narrow = (change: typeof search) =>
    void navigate({ search: (before: typeof search) => ({ ...before, ...change }), replace: true })

  const list = useList(auditLogQuery(workspace, search))
  const { data: actions } = useQuery({
    queryKey: ['audit-actions', workspace],
    queryFn: ({ signal }) => api.auditLog.actions({ workspace, signal }).page(),
    staleTime: Number.POSITIVE_INFINITY,
  })
  // What is built in, and what the product records on top of it, as far as it was seen.
  const known = [...(actions?.data ?? []), ...list.rows]
  const categories = [...new Set(known.map(({ category }) => category))].sort()
  const names = [...new Set(known.filter(ofCategory(search.category)).map((each) => `${each.category}.${each.action}`))]
  const isSearch = Object.values(search).some((value) => value !== undefined)
  return (
    <Page
      title="Audit log"
      subtitle="Who did what to which thing. Nothing in it can be changed."
      actions={
        <Button onClick={() => setIsExporting(true)}>
          <Download aria-hidden className="size-4" />
          Export
        </Button>
      }
    >
      <Filters>
        <FilterText
          isSearch
          label="Search"
          placeholder="Words of actor, action, target, description"
          value={search.q}
          change={(q) => narrow({ q })}
        />
        <FilterSelect
          label="Category"
          value={search.category}
          options={categories.map((category) => [category, category])}
          change={(category) => narrow({ category, action: undefined })}
        />
        <FilterText
          label="Action"
          placeholder="webhook.created"
          value={search.action}
          suggestions={names.sort()}
          change={(action) => narrow({ action })}
        />
        <FilterText
          label="Actor's id"
          placeholder="user_1"
          value={search.actor}
          change={(actor) => narrow({ actor })}
        />
        <FilterTimes since={search.since} until={search.until} change={narrow} />
      </Filters>
      {!list.isLoading && list.error === null && <ChainStatus entries={list.rows} isSearch={isSearch} />}
      <Table
        label="Audit entries"
        list={list}
        columns={columns}
        idOf={({ id }) => id}
        details={(entry) => <EntryDetails entry={entry} narrow={narrow} />}
        empty={isSearch ? <NothingFound clear={() => void navigate({ search: {} })} /> : <NoEntries />}
      />
      <ExportDialog workspace={workspace} times={search} isOpen={isExporting} close={() => setIsExporting(false)} />
    </Page>
  )
}

function ofCategory(wanted: string | undefined): (each: { category: string }) => boolean {
  return ({ category }) => wanted === undefined || category === wanted
}

function NothingFound({ clear }: { clear: () => void }) {
  return (
    <Empty title="No entry fits these filters">
      <p className="mb-3">
        The search looks for words that begin so in the actor, the action, the target and the description; metadata is
        not searched.
      </p>
      <Button onClick={clear}>Clear the filters</Button>
    </Empty>
  )
}

function NoEntries() {
  return (
    <Empty
      title="Nothing was recorded yet"
      command={`curl ${location.origin}/v1/workspaces/$ATLAS_WORKSPACE/audit-log \\
  -H "Authorization: Bearer $ATLAS_KEY" -H "Content-Type: application/json" \\
  -d '{"category": "team_member", "action": "invited",
       "actor": {"type": "user", "id": "user_1"}, "target": {"type": "user", "id": "user_2"}}'`}
    >
      What is changed in Atlas is recorded by itself. Your product records what happens in it:
    </Empty>
  )
}
