import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { queryClient } from '../../api/query-client.ts'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'
import { groupsQuery } from './queries.ts'

const filters = textParams('endpoint', 'type', 'since', 'until', 'group')

export const deadLettersRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/dead-letters',
    validateSearch: filters,
    loaderDeps: ({ search }) => search,
    loader: ({ context: { workspaceId }, deps: { group: _, ...filter } }) =>
      void queryClient.prefetchQuery(groupsQuery(workspaceId, filter)),
    component: lazyRouteComponent(() => import('./dead-letters-page.tsx'), 'DeadLettersPage'),
  }),
] as const
