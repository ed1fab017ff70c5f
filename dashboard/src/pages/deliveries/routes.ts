import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'

export const deliveriesRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/deliveries',
    validateSearch: textParams('endpoint', 'event', 'state', 'type', 'since', 'until', 'live'),
    component: lazyRouteComponent(() => import('./deliveries-page.tsx'), 'DeliveriesPage'),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/deliveries/$delivery',
    component: lazyRouteComponent(() => import('./delivery-page.tsx'), 'DeliveryPage'),
  }),
] as const
