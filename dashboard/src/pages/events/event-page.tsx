import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { RotateCw } from 'lucide-react'
import { useState } from 'react'
import { type EventAsPublished, readEvent } from '../../api/as-written.ts'
import { useWorkspace } from '../../api/me.ts'
import { isPortal } from '../../api/session.ts'
import { endpointLabel, useEndpoints } from '../../api/use-endpoints.ts'
import { useFollowing } from '../../api/use-following.ts'
import { Badge, StateBadge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { CopyButton, Id } from '../../parts/copy.tsx'
import { Failure } from '../../parts/failure.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Facts, Page, Section } from '../../parts/page.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { Time } from '../../parts/time.tsx'
import { Tags } from './events-page.tsx'
import { publishCurl } from './publish-curl.ts'
import { ReplayDialog } from './replay-dialog.tsx'

const deliveriesOf = ({ deliveries }: EventAsPublished) => deliveries

/** One event: its data, and where it went. */
export function EventPage() {
  const { event: id } = useParams({ from: '/signed-in/w/$workspace/events/$event' })
  const { id: workspace, slug, can } = useWorkspace()
  const client = useQueryClient()
  const [isReplaying, setIsReplaying] = useState(false)
  const { data, error, refetch } = useQuery({
    queryKey: ['event', workspace, id, 'as published'],
    queryFn: ({ signal }) => readEvent(id, workspace, signal),
    refetchInterval: useFollowing(deliveriesOf),
  })
  if (!data)
    return <Page title="Event">{error ? <Failure error={error} retry={() => void refetch()} /> : <Loading />}</Page>
  return (
    <Page
      title={data.type}
      subtitle={<Id id={data.id} />}
      actions={
        <>
          {!isPortal && (
            <CopyButton
              label="Copy as curl"
              size="normal"
              text={publishCurl(slug ?? workspace, data.type, data.dataText, data.tags)}
            />
          )}
          {can('manage') && (
            <Button onClick={() => setIsReplaying(true)}>
              <RotateCw aria-hidden className="size-4" />
              Replay
            </Button>
          )}
        </>
      }
    >
      <Section title="Event">
        <Facts
          facts={[
            ['Received', <Time key="received" at={data.received_at} />],
            ['Created', <Time key="created" at={new Date(data.created * 1000).toISOString()} />],
            ['Tags', <Tags key="tags" tags={data.tags} />],
            ...(data.test ? [['Kind', <Badge key="test">Test of an endpoint</Badge>] as const] : []),
          ]}
        />
      </Section>
      <Deliveries event={data} />
      <Data text={data.dataText} />
      {isReplaying && (
        <ReplayDialog
          event={data}
          close={() => setIsReplaying(false)}
          done={async () => {
            await Promise.all([refetch(), client.invalidateQueries({ queryKey: ['deliveries', workspace] })])
          }}
        />
      )}
    </Page>
  )
}

function Data({ text }: { text: string }) {
  return (
    <Section title="Data">
      <JsonView text={text} label="Data" />
    </Section>
  )
}

function Deliveries({ event: { deliveries } }: { event: EventAsPublished }) {
  const { id: workspace, slug } = useWorkspace()
  const endpoints = useEndpoints()
  return (
    <Section title="Deliveries">
      {deliveries.length === 0 && <p className="text-dim">No endpoint wanted this event. It is kept all the same.</p>}
      <ul className="flex flex-col divide-y">
        {deliveries.map((delivery) => {
          const endpoint = endpoints.find(({ id }) => id === delivery.endpoint)
          return (
            <li key={delivery.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2">
              <span className="w-24 shrink-0">
                <StateBadge state={delivery.state} />
              </span>
              <Link
                to="/w/$workspace/deliveries/$delivery"
                params={{ workspace: slug ?? workspace, delivery: delivery.id }}
                className="min-w-0 grow truncate text-accent underline"
              >
                {endpoint ? endpointLabel(endpoint) : delivery.endpoint}
              </Link>
              {delivery.state === 'retrying' && delivery.next_attempt_at !== null && (
                <span className="text-dim">
                  next <Time at={delivery.next_attempt_at} />
                </span>
              )}
              <span className="text-dim">
                {delivery.attempt_count} {delivery.attempt_count === 1 ? 'attempt' : 'attempts'}
              </span>
            </li>
          )
        })}
      </ul>
    </Section>
  )
}
