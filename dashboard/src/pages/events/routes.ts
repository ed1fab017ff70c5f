import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { prefetchList } from '../../api/list-query.ts'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'
import { eventsQuery } from './queries.ts'

const filters = textParams('type', 'tag', 'q', 'since', 'until')

export const eventsRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/events',
    validateSearch: filters,
    loaderDeps: ({ search }) => search,
    loader: ({ context: { workspaceId }, deps }) => prefetchList(eventsQuery(workspaceId, deps)),
    component: lazyRouteComponent(() => import('./events-page.tsx'), 'EventsPage'),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/events/$event',
    component: lazyRouteComponent(() => import('./event-page.tsx'), 'EventPage'),
  }),
] as const
