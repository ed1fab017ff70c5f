import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { prefetchList } from '../../api/list-query.ts'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'
import { deliveriesQuery } from './queries.ts'

const filters = textParams('endpoint', 'event', 'state', 'type', 'since', 'until', 'live')

export const deliveriesRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/deliveries',
    validateSearch: filters,
    loaderDeps: ({ search }) => search,
    loader: ({ context: { workspaceId }, deps: { live: _, ...filter } }) =>
      prefetchList(deliveriesQuery(workspaceId, filter)),
    component: lazyRouteComponent(() => import('./deliveries-page.tsx'), 'DeliveriesPage'),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/deliveries/$delivery',
    component: lazyRouteComponent(() => import('./delivery-page.tsx'), 'DeliveryPage'),
  }),
] as const
