import type { DeliveryDetails } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { RotateCw } from 'lucide-react'
import { api } from '../../api/client.ts'
import { explain } from '../../api/explain.ts'
import { useWorkspace } from '../../api/me.ts'
import { endpointLabel, useEndpoints } from '../../api/use-endpoints.ts'
import { StateBadge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Id } from '../../parts/copy.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Facts, Page, Section } from '../../parts/page.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { Time } from '../../parts/time.tsx'
import { toast } from '../../parts/toast.ts'
import { AttemptView } from './attempt-view.tsx'

const refreshMs = 2_000
const moving = new Set(['pending', 'delivering', 'retrying'])

export function DeliveryPage() {
  const { delivery: id } = useParams({ from: '/signed-in/w/$workspace/deliveries/$delivery' })
  const { id: workspace, can } = useWorkspace()
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: ['delivery', workspace, id],
    queryFn: ({ signal }) => api.deliveries.get(id, { workspace, signal }),
    // What still happens is followed.
    refetchInterval: ({ state }) => (state.data && moving.has(state.data.state) ? refreshMs : false),
  })
  const replay = useMutation({
    mutationFn: () => api.deliveries.replay(id, { workspace }),
    onSuccess: async () => {
      toast('The delivery is attempted again.')
      await Promise.all([refetch(), client.invalidateQueries({ queryKey: ['deliveries', workspace] })])
    },
  })
  if (error) {
    return (
      <Page title="Delivery">
        <Failure error={error} retry={() => void refetch()} />
      </Page>
    )
  }
  if (!data) {
    return (
      <Page title="Delivery">
        <Loading />
      </Page>
    )
  }
  return (
    <Page
      title={data.type}
      subtitle={<Id id={data.id} />}
      actions={
        can('manage') && (
          <Button isBusy={replay.isPending} onClick={() => replay.mutate()}>
            <RotateCw aria-hidden className="size-4" />
            Replay
          </Button>
        )
      }
    >
      {replay.error && <Notice kind="bad">{explain(replay.error)}</Notice>}
      <Summary delivery={data} />
      <Section title={data.attempts.length === 0 ? 'No attempt yet' : 'Attempts'}>
        {data.attempts.length === 0 && <p className="text-dim">{whyNone(data)}</p>}
        <ol>
          {data.attempts.toReversed().map((attempt, index) => (
            <AttemptView key={attempt.id} attempt={attempt} isOpen={index === 0} />
          ))}
        </ol>
      </Section>
    </Page>
  )
}

function whyNone({ state }: DeliveryDetails): string {
  if (state === 'held') return 'It waits, since its endpoint is paused or disabled. Resume the endpoint and it flows.'
  if (state === 'canceled') return 'Its endpoint was deleted before it could be sent.'
  return 'It will be attempted in a moment.'
}

function Summary({ delivery }: { delivery: DeliveryDetails }) {
  const { slug, id } = useWorkspace()
  const workspace = slug ?? id
  const endpoint = useEndpoints().find((each) => each.id === delivery.endpoint)
  return (
    <Section title="Delivery">
      <Facts
        facts={[
          ['State', <StateBadge key="state" state={delivery.state} />],
          [
            'Endpoint',
            <Link
              key="endpoint"
              to="/w/$workspace/endpoints/$endpoint"
              params={{ workspace, endpoint: delivery.endpoint }}
              className="text-accent hover:underline"
            >
              {endpoint ? endpointLabel(endpoint) : delivery.endpoint}
            </Link>,
          ],
          [
            'Event',
            <Link
              key="event"
              to="/w/$workspace/events/$event"
              params={{ workspace, event: delivery.event }}
              className="font-mono text-accent text-xs hover:underline"
            >
              {delivery.event}
            </Link>,
          ],
          ['Sequence', delivery.sequence === 0 ? 'none: it is a test' : delivery.sequence],
          ['Created', <Time key="created" at={delivery.created_at} />],
          ...(delivery.next_attempt_at && delivery.state === 'retrying'
            ? ([['Next attempt', <Time key="next" at={delivery.next_attempt_at} />]] as const)
            : []),
          ...(delivery.settled_at ? ([['Settled', <Time key="settled" at={delivery.settled_at} />]] as const) : []),
          ...(delivery.dead_letter_reason
            ? ([
                [
                  'Given up',
                  delivery.dead_letter_reason === 'rejected'
                    ? 'The endpoint refused it in a way that trying again cannot mend.'
                    : 'Its last retry failed.',
                ],
              ] as const)
            : []),
        ]}
      />
    </Section>
  )
}
