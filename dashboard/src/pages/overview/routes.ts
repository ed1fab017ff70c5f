import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { queryClient } from '../../api/query-client.ts'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'
import { anyEndpointQuery, anyEventQuery, statisticsQuery } from './queries.ts'
import { spanNamed } from './spans.ts'

const filters = textParams('span')

export const overviewRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/',
    validateSearch: filters,
    loaderDeps: ({ search: { span } }) => ({ span }),
    loader: ({ context: { workspaceId }, deps: { span } }) => {
      void queryClient.prefetchQuery(anyEndpointQuery(workspaceId))
      void queryClient.prefetchQuery(anyEventQuery(workspaceId))
      void queryClient.prefetchQuery(statisticsQuery(workspaceId, spanNamed(span)))
    },
    component: lazyRouteComponent(() => import('./overview-page.tsx'), 'OverviewPage'),
  }),
] as const
