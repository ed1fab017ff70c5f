import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { prefetchList } from '../../api/list-query.ts'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'
import { destinationsQuery } from '../endpoints/queries.ts'

export const destinationsRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/destinations',
    loader: ({ context: { workspaceId } }) => prefetchList(destinationsQuery(workspaceId)),
    component: lazyRouteComponent(() => import('./destinations-page.tsx'), 'DestinationsPage'),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/destinations/new',
    validateSearch: textParams('preset'),
    component: lazyRouteComponent(() => import('./new-destination.tsx'), 'NewDestination'),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/destinations/$endpoint',
    component: lazyRouteComponent(() => import('../endpoints/endpoint-page.tsx'), 'EndpointPage'),
  }),
] as const
