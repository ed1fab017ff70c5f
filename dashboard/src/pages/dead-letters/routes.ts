import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'

export const deadLettersRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/dead-letters',
    validateSearch: textParams('endpoint', 'type', 'since', 'until', 'group'),
    component: lazyRouteComponent(() => import('./dead-letters-page.tsx'), 'DeadLettersPage'),
  }),
] as const
