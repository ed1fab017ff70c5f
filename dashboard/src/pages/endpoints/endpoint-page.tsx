import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { StateBadge } from '../../parts/badge.tsx'
import { buttonClass } from '../../parts/button.tsx'
import { Id } from '../../parts/copy.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Facts, Page, Section } from '../../parts/page.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { Time } from '../../parts/time.tsx'
import { EndpointActions } from './endpoint-actions.tsx'
import { EndpointSettings } from './endpoint-settings.tsx'
import { EndpointStatistics } from './endpoint-statistics.tsx'
import { EndpointTest } from './endpoint-test.tsx'
import { Redelivery } from './redelivery.tsx'
import { SecretRotation } from './secret-rotation.tsx'

const refreshMs = 5_000

export function EndpointPage() {
  const { endpoint: id } = useParams({ from: '/signed-in/w/$workspace/endpoints/$endpoint' })
  const { id: workspace, can } = useWorkspace()
  const { data, error, refetch } = useQuery({
    queryKey: ['endpoint', workspace, id],
    queryFn: ({ signal }) => api.endpoints.get(id, { workspace, signal }),
    refetchInterval: refreshMs,
  })
  if (error && !data) {
    return (
      <Page title="Endpoint">
        <Failure error={error} retry={() => void refetch()} />
      </Page>
    )
  }
  if (!data) {
    return (
      <Page title="Endpoint">
        <Loading />
      </Page>
    )
  }
  return (
    <Page
      title={data.description || data.url}
      subtitle={<Id id={data.id} />}
      actions={can('manage') && <EndpointActions endpoint={data} />}
    >
      <Trouble endpoint={data} />
      <Now endpoint={data} />
      <EndpointStatistics endpoint={data.id} />
      {can('manage') && (
        <Section title="Test">
          <EndpointTest endpoint={data} />
        </Section>
      )}
      <Section title="Settings">
        <EndpointSettings endpoint={data} />
      </Section>
      {can('manage') && (
        <>
          <Section title="Secret">
            <SecretRotation endpoint={data} />
          </Section>
          <Section title="Redeliver">
            <Redelivery endpoint={data} />
          </Section>
        </>
      )}
    </Page>
  )
}

function Trouble({ endpoint: { status, status_reason: reason, alert } }: { endpoint: Endpoint }) {
  if (status === 'paused') {
    return (
      <Notice kind="warn">Paused{reason ? ` (${reason})` : ''}: events wait, held, and flow when it is resumed.</Notice>
    )
  }
  if (status === 'disabled') return <Notice kind="info">Disabled: events are not queued for it.</Notice>
  if (!alert) return null
  return (
    <Notice kind="bad">
      In trouble since <Time at={alert.opened_at} />: deliveries were given up.
    </Notice>
  )
}

function Now({ endpoint }: { endpoint: Endpoint }) {
  const { id, slug } = useWorkspace()
  const { backlog, last_success_at: success, last_failure: failure } = endpoint
  return (
    <Section
      title="Now"
      actions={
        <Link
          to="/w/$workspace/deliveries"
          params={{ workspace: slug ?? id }}
          search={{ endpoint: endpoint.id }}
          className={buttonClass('secondary', 'small')}
        >
          Its deliveries
        </Link>
      }
    >
      <Facts
        facts={[
          ['Status', <StateBadge key="status" state={endpoint.status} />],
          ['URL', endpoint.url],
          ['Waiting', `${backlog.deliveries}${backlog.more ? ' or more' : ''}`],
          ['Last success', success ? <Time key="success" at={success} /> : 'None yet'],
          [
            'Last failure',
            failure ? (
              <span key="failure">
                <Time at={failure.at} /> {failure.error_detail && `(${failure.error_detail})`}
              </span>
            ) : (
              'None'
            ),
          ],
          ['Created', <Time key="created" at={endpoint.created_at} />],
        ]}
      />
    </Section>
  )
}
