import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'

export const eventTypesRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/event-types',
    validateSearch: textParams('q'),
    component: lazyRouteComponent(() => import('./event-types-page.tsx'), 'EventTypesPage'),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/event-types/$name',
    component: lazyRouteComponent(() => import('./event-type-page.tsx'), 'EventTypePage'),
  }),
] as const
