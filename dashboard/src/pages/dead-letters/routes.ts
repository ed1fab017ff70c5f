import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { workspaceRoute } from '../../app/routes.tsx'

export const deadLettersRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/dead-letters',
    component: lazyRouteComponent(() => import('./dead-letters-page.tsx'), 'DeadLettersPage'),
  }),
] as const
