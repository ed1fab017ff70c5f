import type { EventSummary } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useWorkspace } from '../../api/me.ts'
import { useEventTypeNames } from '../../api/use-event-types.ts'
import { useList } from '../../api/use-list.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Id } from '../../parts/copy.tsx'
import { showDirectionMarks } from '../../parts/direction-marks.ts'
import { Empty } from '../../parts/empty.tsx'
import { Filters, FilterText, FilterTimes } from '../../parts/filter.tsx'
import { Page } from '../../parts/page.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { publishCurl } from './publish-curl.ts'
import { PublishDialog } from './publish-dialog.tsx'
import { eventsQuery } from './queries.ts'

const columns: readonly Column<EventSummary>[] = [
  {
    id: 'type',
    title: 'Type',
    className: 'w-2/5',
    cell: ({ type, test }) => (
      <>
        {type} {test && <Badge>Test</Badge>}
      </>
    ),
  },
  {
    id: 'tags',
    title: 'Tags',
    className: 'hidden sm:table-cell',
    cell: ({ tags }) => <Tags tags={tags} />,
  },
  { id: 'id', title: 'Event', className: 'hidden w-72 lg:table-cell', cell: ({ id }) => <Id id={id} /> },
  { id: 'received', title: 'Received', className: 'w-28', cell: ({ received_at: at }) => <Time at={at} /> },
]

export function Tags({ tags }: { tags: readonly string[] }) {
  if (tags.length === 0) return <span className="text-dim">–</span>
  return (
    <span className="flex flex-wrap gap-1">
      {tags.map((tag) => (
        <Badge key={tag}>
          <bdi>{showDirectionMarks(tag)}</bdi>
        </Badge>
      ))}
    </span>
  )
}

/** What was published. */
export function EventsPage() {
  const { id: workspace, slug, can } = useWorkspace()
  const filter = useSearch({ from: '/signed-in/w/$workspace/events' })
  const navigate = useNavigate()
  const types = useEventTypeNames()
  const [isPublishing, setIsPublishing] = useState(false)
  const list = useList(eventsQuery(workspace, filter))
  const change = (part: Partial<typeof filter>) =>
    void navigate({ from: '/w/$workspace/events', search: (before: typeof filter) => ({ ...before, ...part }) })
  const isFiltered = Object.values(filter).some((value) => value !== undefined)
  return (
    <Page
      title="Events"
      actions={
        can('publish') && (
          <Button look="primary" onClick={() => setIsPublishing(true)}>
            Publish a test event
          </Button>
        )
      }
    >
      <Filters>
        <FilterText
          label="Search"
          isSearch
          value={filter.q}
          placeholder="An id, or text of the data"
          change={(q) => change({ q })}
        />
        <FilterText label="Type" value={filter.type} suggestions={types} change={(type) => change({ type })} />
        <FilterText label="Tag" value={filter.tag} change={(tag) => change({ tag })} />
        <FilterTimes since={filter.since} until={filter.until} change={change} />
      </Filters>
      <Table
        label="Events"
        list={list}
        columns={columns}
        idOf={({ id }) => id}
        open={({ id }) =>
          void navigate({ to: '/w/$workspace/events/$event', params: { workspace: slug ?? workspace, event: id } })
        }
        empty={
          isFiltered ? (
            <Empty title="No event passes these filters">Take one away, or choose another time.</Empty>
          ) : (
            <Empty
              title="Nothing was published yet"
              command={publishCurl(slug ?? workspace, 'deal.created', '{"id":"deal_01"}')}
            >
              Each event that is published shows here, with its data and where it went.
            </Empty>
          )
        }
      />
      {isPublishing && <PublishDialog close={() => setIsPublishing(false)} />}
    </Page>
  )
}
