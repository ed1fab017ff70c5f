import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'

export const overviewRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/',
    validateSearch: textParams('span'),
    component: lazyRouteComponent(() => import('./overview-page.tsx'), 'OverviewPage'),
  }),
] as const
