import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { StateBadge } from '../../parts/badge.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Section } from '../../parts/page.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { Time } from '../../parts/time.tsx'
import { wordsOf } from './stream.ts'

const shown = 8
const refreshMs = 5_000

/** The last deliveries of an endpoint; the log has the others. */
export function RecentDeliveries({ endpoint: { id: endpoint, stream } }: { endpoint: Endpoint }) {
  const words = wordsOf({ stream })
  const { id, slug } = useWorkspace()
  const workspace = slug ?? id
  const { data, error, refetch } = useQuery({
    queryKey: ['deliveries', id, 'recent', endpoint],
    queryFn: ({ signal }) => api.deliveries.list({ endpoint, limit: shown }, { workspace: id, signal }).page(),
    refetchInterval: refreshMs,
  })
  const rows = data?.data ?? []
  return (
    <Section
      title="Recent deliveries"
      actions={
        <Link
          to="/w/$workspace/deliveries"
          params={{ workspace }}
          search={{ endpoint }}
          className="text-accent hover:underline"
        >
          All deliveries
        </Link>
      }
    >
      {error && !data && <Failure error={error} retry={() => void refetch()} />}
      {!error && !data && <Loading lines={3} />}
      {data && rows.length === 0 && (
        <p className="text-dim">
          None yet. It gets every {words.event} that it asks for from now on. Send a test to see one at once.
        </p>
      )}
      <ul aria-label="Recent deliveries">
        {rows.map((delivery) => (
          <li key={delivery.id} className="border-b last:border-b-0">
            <Link
              to="/w/$workspace/deliveries/$delivery"
              params={{ workspace, delivery: delivery.id }}
              className="flex flex-wrap items-center gap-x-3 gap-y-1 px-1 py-2 hover:bg-hover"
            >
              <StateBadge state={delivery.state} />
              <span className="min-w-0 break-all font-medium">{delivery.type}</span>
              {delivery.sequence === 0 && <span className="text-dim text-xs">test</span>}
              <span className="ml-auto text-dim text-xs">
                {delivery.attempt_count === 1 ? '1 attempt' : `${delivery.attempt_count} attempts`}
                {' · '}
                <Time at={delivery.created_at} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  )
}
