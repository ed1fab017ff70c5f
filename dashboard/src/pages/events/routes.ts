import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'

export const eventsRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/events',
    validateSearch: textParams('type', 'tag', 'q', 'since', 'until'),
    component: lazyRouteComponent(() => import('./events-page.tsx'), 'EventsPage'),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/events/$event',
    component: lazyRouteComponent(() => import('./event-page.tsx'), 'EventPage'),
  }),
] as const
