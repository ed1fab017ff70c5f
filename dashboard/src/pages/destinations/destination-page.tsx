import type { Endpoint, TestResult } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { explain } from '../../api/explain.ts'
import { useWorkspace } from '../../api/me.ts'
import { StateBadge } from '../../parts/badge.tsx'
import { Button, buttonClass } from '../../parts/button.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { toast } from '../../parts/toast.ts'
import { DestinationActions } from './destination-actions.tsx'
import { DestinationFacts, DestinationStatistics } from './destination-facts.tsx'
import { DestinationForm } from './destination-form.tsx'
import { changeOf, shapeOf, typedOf } from './destination-settings.ts'
import { TestAnswer } from './test-answer.tsx'

/** One destination: how it fares, its settings, and what can be done. */
export function DestinationPage() {
  const { endpoint: id } = useParams({ from: '/signed-in/w/$workspace/destinations/$endpoint' })
  const { id: workspace } = useWorkspace()
  const query = useQuery({
    queryKey: ['destination', workspace, id],
    queryFn: ({ signal }) => api.endpoints.get(id, { workspace, signal }),
    refetchInterval: 5_000,
  })
  if (query.data) return <Destination key={id} endpoint={query.data} />
  return (
    <Page title="Destination">
      {query.error ? <Failure error={query.error} retry={() => void query.refetch()} /> : <Loading />}
    </Page>
  )
}

function Destination({ endpoint }: { endpoint: Endpoint }) {
  const { id: workspace, slug, can } = useWorkspace()
  const queryClient = useQueryClient()
  const [answer, setAnswer] = useState<TestResult | string | null>(null)
  const [isTesting, setIsTesting] = useState(false)
  const [isEditing, setIsEditing] = useState(false)
  const show = (changed: Endpoint) => queryClient.setQueryData(['destination', workspace, endpoint.id], changed)

  const test = async () => {
    setIsTesting(true)
    try {
      setAnswer(await api.endpoints.test(endpoint.id, {}, { workspace }))
    } catch (error) {
      setAnswer(explain(error))
    } finally {
      setIsTesting(false)
    }
  }
  return (
    <Page
      title={endpoint.description || new URL(endpoint.url).host}
      subtitle={
        <span className="flex flex-wrap items-center gap-2">
          <StateBadge state={endpoint.status} />
          <span className="break-all">{endpoint.url}</span>
        </span>
      }
      actions={
        <>
          <Link
            to="/w/$workspace/deliveries"
            params={{ workspace: slug ?? workspace }}
            search={{ endpoint: endpoint.id } as never}
            className={buttonClass()}
          >
            Deliveries
          </Link>
          {can('manage') && (
            <>
              <Button look="primary" isBusy={isTesting} onClick={() => void test()}>
                Send test
              </Button>
              <DestinationActions endpoint={endpoint} show={show} />
            </>
          )}
        </>
      }
    >
      {endpoint.status_reason !== null && <Notice kind="warn">{endpoint.status_reason}</Notice>}
      {typeof answer === 'string' && <Notice kind="bad">{answer}</Notice>}
      {answer !== null && typeof answer !== 'string' && <TestAnswer answer={answer} />}
      <DestinationStatistics endpoint={endpoint} />
      {isEditing ? (
        <DestinationForm
          shape={shapeOf(endpoint)}
          initial={typedOf(endpoint)}
          kept={endpoint.headers}
          action="Save"
          save={async (typed) => {
            show(await api.endpoints.update(endpoint.id, changeOf(typed, endpoint), { workspace }))
            setIsEditing(false)
            toast('Destination saved')
          }}
          beside={<Button onClick={() => setIsEditing(false)}>Cancel</Button>}
        />
      ) : (
        <Section
          title="Settings"
          actions={
            can('manage') && (
              <Button size="small" onClick={() => setIsEditing(true)}>
                Edit
              </Button>
            )
          }
        >
          <DestinationFacts endpoint={endpoint} />
        </Section>
      )}
    </Page>
  )
}
