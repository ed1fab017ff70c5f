import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { prefetchList } from '../../api/list-query.ts'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'
import { endpointsQuery } from './queries.ts'

const filters = textParams('q', 'status', 'trouble')

export const endpointsRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/endpoints',
    validateSearch: filters,
    loaderDeps: ({ search: { status } }) => ({ status }),
    loader: ({ context: { workspaceId }, deps: { status } }) => prefetchList(endpointsQuery(workspaceId, status)),
    component: lazyRouteComponent(() => import('./endpoints-page.tsx'), 'EndpointsPage'),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/endpoints/new',
    validateSearch: textParams('step'),
    component: lazyRouteComponent(() => import('./new-endpoint-page.tsx'), 'NewEndpointPage'),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/endpoints/$endpoint',
    component: lazyRouteComponent(() => import('./endpoint-page.tsx'), 'EndpointPage'),
  }),
] as const
