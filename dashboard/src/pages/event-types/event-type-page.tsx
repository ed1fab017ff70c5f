import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { EventTypeAsWritten } from '../../api/as-written.ts'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { isPortal } from '../../api/session.ts'
import { endpointLabel } from '../../api/use-endpoints.ts'
import { useEventType } from '../../api/use-event-types.ts'
import { useList } from '../../api/use-list.ts'
import { Badge, StateBadge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Failure } from '../../parts/failure.tsx'
import { formatJson } from '../../parts/json-format.ts'
import { JsonView } from '../../parts/json-view.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { toast } from '../../parts/toast.ts'
import { PublishDialog } from '../events/publish-dialog.tsx'
import { EventTypeDialog } from './event-type-dialog.tsx'

/** One type of event: what its data look like, and who listens. */
export function EventTypePage() {
  const { name } = useParams({ from: '/signed-in/w/$workspace/event-types/$name' })
  const { id: workspace, slug } = useWorkspace()
  const { data, error, refetch } = useEventType(name)
  if (!data) {
    return <Page title={name}>{error ? <Failure error={error} retry={() => void refetch()} /> : <Loading />}</Page>
  }
  return (
    <Page
      title={data.name}
      subtitle={
        <span className="flex flex-wrap items-center gap-2">
          <Badge>{data.group}</Badge>
          {data.built_in && <Badge>Built in</Badge>}
          <span className="min-w-0 break-words">{data.description}</span>
        </span>
      }
      actions={<Actions type={data} />}
    >
      <Section
        title="Who listens"
        actions={
          <Link
            to="/w/$workspace/events"
            params={{ workspace: slug ?? workspace }}
            search={{ type: data.name }}
            className="text-accent underline"
          >
            Recent events
          </Link>
        }
      >
        <Listeners name={data.name} />
      </Section>
      <Section title="Example">
        {data.exampleText === null ? (
          <p className="text-dim">It has none.</p>
        ) : (
          <JsonView text={formatJson(data.exampleText)} label="Example" />
        )}
      </Section>
      <Section title="Schema">
        {data.schema === null ? (
          <p className="text-dim">It has none: any JSON object will do.</p>
        ) : (
          <JsonView text={JSON.stringify(data.schema, null, 2)} label="Schema" />
        )}
      </Section>
    </Page>
  )
}

function Actions({ type }: { type: EventTypeAsWritten }) {
  const { id: workspace, slug, can } = useWorkspace()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [opened, setOpened] = useState<'publish' | 'change' | 'delete' | null>(null)
  const close = () => setOpened(null)
  // The catalog is the product's, not its customers'.
  const isOwn = can('manage') && !isPortal && !type.built_in
  return (
    <>
      {isOwn && <Button onClick={() => setOpened('delete')}>Delete</Button>}
      {isOwn && <Button onClick={() => setOpened('change')}>Edit</Button>}
      {can('publish') && (
        <Button look="primary" onClick={() => setOpened('publish')}>
          Publish a test event
        </Button>
      )}
      {opened === 'publish' && <PublishDialog type={type.name} close={close} />}
      {opened === 'change' && <EventTypeDialog type={type} close={close} />}
      <Confirm
        title={`Delete ${type.name}`}
        action="Delete event type"
        isDangerous
        isOpen={opened === 'delete'}
        close={close}
        run={async () => {
          await api.eventTypes.delete(type.name, { workspace })
          toast('The event type is deleted.')
          await navigate({ to: '/w/$workspace/event-types', params: { workspace: slug ?? workspace } })
          await client.invalidateQueries({ queryKey: ['event-types', workspace] })
        }}
      >
        Events of this type stay. Nothing describes or checks new ones any more.
      </Confirm>
    </>
  )
}

/** The endpoints that want events of a type; their tags and filters may still leave some out. */
function Listeners({ name }: { name: string }) {
  const { id: workspace, slug } = useWorkspace()
  const list = useList(
    {
      key: ['endpoints', workspace, 'listeners', name],
      read: (cursor, signal) =>
        api.endpoints.list({ stream: 'events', event_type: name, limit: 50, cursor }, { workspace, signal }),
    },
    { isWhole: true },
  )
  if (list.isLoading) return <Loading />
  if (list.error) return <Failure error={list.error} retry={list.retry} />
  if (list.rows.length === 0) return <p className="text-dim">No endpoint wants events of this type.</p>
  return (
    <>
      <ul className="flex flex-col divide-y">
        {list.rows.map((endpoint) => (
          <li key={endpoint.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2">
            <span className="w-20 shrink-0">
              <StateBadge state={endpoint.status} />
            </span>
            <Link
              to="/w/$workspace/endpoints/$endpoint"
              params={{ workspace: slug ?? workspace, endpoint: endpoint.id }}
              className="min-w-0 grow truncate text-accent underline"
            >
              {endpointLabel(endpoint)}
            </Link>
            {(endpoint.filter !== null || endpoint.tags.length > 0) && (
              <span className="text-dim">only some of them: it has a filter or tags</span>
            )}
          </li>
        ))}
      </ul>
      {list.hasMore && (
        <Button size="small" isBusy={list.isLoadingMore} onClick={list.loadMore}>
          Show more
        </Button>
      )}
    </>
  )
}
