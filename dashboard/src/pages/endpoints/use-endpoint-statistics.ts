import type { Statistics } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'

const refreshMs = 30_000

export interface StatisticsSpan {
  readonly label: string
  readonly seconds: number
  /** Of a point of the series. */
  readonly step: number
}

export const day: StatisticsSpan = { label: 'Day', seconds: 86_400, step: 3_600 }
export const spans: readonly StatisticsSpan[] = [
  { label: 'Hour', seconds: 3_600, step: 120 },
  day,
  { label: 'Week', seconds: 7 * 86_400, step: 6 * 3_600 },
  { label: 'Month', seconds: 30 * 86_400, step: 86_400 },
]

/** What came of the attempts of an endpoint in the time up to now, with a series for a chart. */
export function useEndpointStatistics(endpoint: string, { seconds, step }: StatisticsSpan): UseQueryResult<Statistics> {
  const { id: workspace } = useWorkspace()
  return useQuery({
    queryKey: ['endpoint-statistics', workspace, endpoint, seconds],
    queryFn: ({ signal }) => {
      const since = new Date(Date.now() - seconds * 1_000)
      return api.endpoints.stats(endpoint, { since, step }, { workspace, signal })
    },
    staleTime: refreshMs,
    refetchInterval: refreshMs,
  })
}

export function showRate(rate: number | null): string {
  if (rate === null) return '–'
  // What is not all of it must not read as if it were.
  const percent = rate > 0.999 && rate < 1 ? 99.9 : rate * 100
  return `${Number(percent.toFixed(1))} %`
}
