import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { workspaceRoute } from '../../app/routes.tsx'

export const eventTypesRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/event-types',
    component: lazyRouteComponent(() => import('./event-types-page.tsx'), 'EventTypesPage'),
  }),
] as const
