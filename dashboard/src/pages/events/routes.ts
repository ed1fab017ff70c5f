import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { workspaceRoute } from '../../app/routes.tsx'

export const eventsRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/events',
    component: lazyRouteComponent(() => import('./events-page.tsx'), 'EventsPage'),
  }),
] as const
