import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { type SpanName, spans } from './spans.ts'

// Until something is there, it may come at any moment.
const firstMs = 5_000

/** Deliveries over the time that one looks back, in steps. */
export function statisticsQuery(workspace: string, span: SpanName) {
  const { lengthMs, stepMs, refreshMs } = spans[span]
  return queryOptions({
    queryKey: ['stats', workspace, span],
    queryFn: ({ signal }) =>
      api.stats.get({ since: new Date(Date.now() - lengthMs), step: stepMs / 1000 }, { workspace, signal }),
    refetchInterval: refreshMs,
    placeholderData: keepPreviousData,
  })
}

/** One endpoint, if there is any. */
export function anyEndpointQuery(workspace: string) {
  return queryOptions({
    queryKey: ['endpoints', workspace, 'any'],
    queryFn: ({ signal }) => api.endpoints.list({ limit: 1 }, { workspace, signal }).page(),
    refetchInterval: (query) => (query.state.data?.data.length === 0 ? firstMs : false),
  })
}

/** One event, if there is any. */
export function anyEventQuery(workspace: string) {
  return queryOptions({
    queryKey: ['events', workspace, 'any'],
    queryFn: ({ signal }) => api.events.list({ limit: 1 }, { workspace, signal }).page(),
    refetchInterval: (query) => (query.state.data?.data.length === 0 ? firstMs : false),
  })
}
