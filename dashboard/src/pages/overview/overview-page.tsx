import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useWorkspace } from '../../api/me.ts'
import { Failure } from '../../parts/failure.tsx'
import { Page } from '../../parts/page.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { FailingEndpoints } from './failing-endpoints.tsx'
import { FirstSteps } from './first-steps.tsx'
import { anyEndpointQuery, anyEventQuery, statisticsQuery } from './queries.ts'
import { SpanChoice } from './span-choice.tsx'
import { spanNamed, spans } from './spans.ts'
import { StatisticsFigures } from './statistics-figures.tsx'

// The figures are there before the library that draws.
const StatisticsCharts = lazy(() =>
  import('./statistics-charts.tsx').then((module) => ({ default: module.StatisticsCharts })),
)

const chartsToCome = <Skeleton className="h-80 w-full" />

/** How the workspace is: what was delivered, how fast, what waits, and where it fails. */
export function OverviewPage() {
  const { id } = useWorkspace()
  const chosen = spanNamed(useSearch({ from: '/signed-in/w/$workspace/' }).span)
  const statistics = useQuery(statisticsQuery(id, chosen))
  const endpoints = useQuery(anyEndpointQuery(id))
  const events = useQuery(anyEventQuery(id))
  const hasEndpoint = endpoints.data && endpoints.data.data.length > 0
  const hasEvent = events.data && events.data.data.length > 0
  const isNew = hasEndpoint === false || hasEvent === false
  return (
    <Page title="Overview" actions={isNew ? undefined : <SpanChoice chosen={chosen} />}>
      {isNew ? (
        <FirstSteps hasEndpoint={hasEndpoint === true} />
      ) : statistics.error && !statistics.data ? (
        <Failure error={statistics.error} retry={() => void statistics.refetch()} />
      ) : (
        <>
          <StatisticsFigures statistics={statistics.data} />
          <Suspense fallback={chartsToCome}>
            {statistics.data ? (
              <StatisticsCharts statistics={statistics.data} stepMs={spans[chosen].stepMs} />
            ) : (
              chartsToCome
            )}
          </Suspense>
          <FailingEndpoints workspace={id} span={chosen} />
        </>
      )}
    </Page>
  )
}
