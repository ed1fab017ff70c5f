import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'

export const endpointsRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/endpoints',
    validateSearch: textParams('q', 'status', 'trouble'),
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
