import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { queryClient } from '../../api/query-client.ts'
import { catalogQuery } from '../../api/use-event-types.ts'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'

export const eventTypesRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/event-types',
    validateSearch: textParams('q'),
    loader: ({ context: { workspaceId } }) => void queryClient.prefetchQuery(catalogQuery(workspaceId)),
    component: lazyRouteComponent(() => import('./event-types-page.tsx'), 'EventTypesPage'),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/event-types/$name',
    component: lazyRouteComponent(() => import('./event-type-page.tsx'), 'EventTypePage'),
  }),
] as const
