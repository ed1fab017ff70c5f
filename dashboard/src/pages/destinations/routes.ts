import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { workspaceRoute } from '../../app/routes.tsx'

export const destinationsRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/destinations',
    component: lazyRouteComponent(() => import('./destinations-page.tsx'), 'DestinationsPage'),
  }),
] as const
