import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { type ReactNode, useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Section } from '../../parts/page.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { showDuration, Time } from '../../parts/time.tsx'
import { AttemptBars, barsLabel } from './attempt-bars.tsx'
import { day, showRate, spans, useEndpointStatistics } from './use-endpoint-statistics.ts'

/** How an endpoint does: attempts over time, how many succeed, how long they take, and what waits. */
export function EndpointStatistics({ endpoint }: { endpoint: Endpoint }) {
  const [span, setSpan] = useState(day)
  const { data, error, refetch } = useEndpointStatistics(endpoint.id, span)
  const { deliveries, more, oldest_due_at: oldest } = endpoint.backlog
  return (
    <Section
      title="Statistics"
      actions={
        <fieldset className="flex gap-1">
          <legend className="sr-only">Time</legend>
          {spans.map((each) => (
            <Button
              key={each.label}
              size="small"
              look={each === span ? 'secondary' : 'ghost'}
              aria-pressed={each === span}
              onClick={() => setSpan(each)}
            >
              {each.label}
            </Button>
          ))}
        </fieldset>
      }
    >
      {error && !data ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <div className="flex flex-col gap-4">
          <dl className="grid grid-cols-2 gap-4 sm:grid-cols-3 lg:grid-cols-6">
            <Figure name="Success rate">{data && showRate(data.success_rate)}</Figure>
            <Figure name="Attempts">
              {data && (data.attempts.succeeded + data.attempts.failed).toLocaleString('en')}
            </Figure>
            <Figure name="Dead letters">{data?.deliveries.dead_lettered.toLocaleString('en')}</Figure>
            <Figure name="Half within">{data && showPercentile(data.duration_ms.p50)}</Figure>
            <Figure name="99 % within">{data && showPercentile(data.duration_ms.p99)}</Figure>
            <Figure name="Waiting">
              {deliveries.toLocaleString('en')}
              {more && '+'}
              {oldest && (
                <span className="block font-normal text-dim text-xs">
                  oldest due <Time at={oldest} />
                </span>
              )}
            </Figure>
          </dl>
          {!data && <Skeleton className="h-24 w-full" />}
          {data && data.attempts.succeeded + data.attempts.failed === 0 && (
            <p className="flex h-24 items-center justify-center rounded-md bg-soft text-dim">
              No attempts are counted for the last {span.label.toLowerCase()} yet.
            </p>
          )}
          {data && data.attempts.succeeded + data.attempts.failed > 0 && (
            <AttemptBars
              points={data.series ?? []}
              label={barsLabel(data.series ?? [], `of the last ${span.label.toLowerCase()}`)}
              className="h-24 w-full"
            />
          )}
          <p className="text-dim text-xs">
            Attempts over time: <span className="text-good">succeeded</span>, <span className="text-bad">failed</span>.
            Tests do not count. Figures are a minute old at most.
          </p>
        </div>
      )}
    </Section>
  )
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-dim text-xs">{name}</dt>
      <dd className="font-semibold text-lg tabular-nums">{children ?? <Skeleton className="h-6 w-16" />}</dd>
    </div>
  )
}

function showPercentile(ms: number | null): string {
  return ms === null ? '–' : showDuration(ms)
}
