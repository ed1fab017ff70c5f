import type { EventType } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useWorkspace } from '../../api/me.ts'
import { isPortal } from '../../api/session.ts'
import { catalogQuery } from '../../api/use-event-types.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Filters, FilterText } from '../../parts/filter.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { EventTypeDialog } from './event-type-dialog.tsx'

/** Every type of event that there is, by group. */
export function EventTypesPage() {
  const { id: workspace, slug, can } = useWorkspace()
  const { q } = useSearch({ from: '/signed-in/w/$workspace/event-types' })
  const navigate = useNavigate()
  const [isAdding, setIsAdding] = useState(false)
  const { data, error, refetch } = useQuery(catalogQuery(workspace))
  const groups = useMemo(() => groupsOf(data?.data ?? [], q), [data, q])
  return (
    <Page
      title="Event catalog"
      actions={
        can('manage') &&
        !isPortal && (
          <Button look="primary" onClick={() => setIsAdding(true)}>
            Add an event type
          </Button>
        )
      }
    >
      <Filters>
        <FilterText
          label="Search"
          isSearch
          value={q}
          placeholder="A name, or words of a description"
          change={(text) => void navigate({ from: '/w/$workspace/event-types', search: { q: text } })}
        />
      </Filters>
      {error && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && groups.length === 0 && (
        <Empty title="No event type is called that">Search for a part of its name or description.</Empty>
      )}
      {groups.map(([group, types]) => (
        <Section key={group} title={group}>
          <ul className="flex flex-col divide-y">
            {types.map(({ name, description, built_in: isBuiltIn }) => (
              <li key={name} className="flex flex-wrap items-baseline gap-x-4 gap-y-1 py-2">
                <Link
                  to="/w/$workspace/event-types/$name"
                  params={{ workspace: slug ?? workspace, name }}
                  className="min-w-0 break-all font-mono text-accent text-xs underline sm:w-64"
                >
                  {name}
                </Link>
                <span className="min-w-0 grow basis-60 break-words text-dim">{description}</span>
                {isBuiltIn && <Badge>Built in</Badge>}
              </li>
            ))}
          </ul>
        </Section>
      ))}
      {isAdding && <EventTypeDialog type={null} close={() => setIsAdding(false)} />}
    </Page>
  )
}

function groupsOf(types: readonly EventType[], q: string | undefined): [group: string, types: EventType[]][] {
  const wanted = q?.toLowerCase() ?? ''
  const found = types.filter(({ name, description }) => `${name}\n${description}`.toLowerCase().includes(wanted))
  return [...Map.groupBy(found, ({ group }) => group)]
}
