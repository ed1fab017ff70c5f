import { createRouter } from '@tanstack/react-router'
import { isPortal } from './api/session.ts'
import { homeRoute, operatorRoute, rootRoute, signedInRoute, workspaceRoute } from './app/routes.tsx'
import { Trouble } from './app/trouble.tsx'
import { accountRoutes } from './pages/account/routes.ts'
import { auditLogRoutes } from './pages/audit-log/routes.ts'
import { deadLettersRoutes } from './pages/dead-letters/routes.ts'
import { deliveriesRoutes } from './pages/deliveries/routes.ts'
import { destinationsRoutes } from './pages/destinations/routes.ts'
import { endpointsRoutes } from './pages/endpoints/routes.ts'
import { eventTypesRoutes } from './pages/event-types/routes.ts'
import { eventsRoutes } from './pages/events/routes.ts'
import { operatorRoutes } from './pages/operator/routes.ts'
import { overviewRoutes } from './pages/overview/routes.ts'
import { settingsRoutes } from './pages/settings/routes.ts'
import { signInRoutes } from './pages/sign-in/routes.ts'
import { Loading } from './parts/skeleton.tsx'

const routeTree = rootRoute.addChildren([
  ...signInRoutes,
  signedInRoute.addChildren([
    homeRoute,
    ...accountRoutes,
    workspaceRoute.addChildren([
      ...overviewRoutes,
      ...eventsRoutes,
      ...deliveriesRoutes,
      ...endpointsRoutes,
      ...deadLettersRoutes,
      ...eventTypesRoutes,
      ...auditLogRoutes,
      ...destinationsRoutes,
      ...settingsRoutes,
    ]),
    operatorRoute.addChildren(operatorRoutes),
  ]),
])

export const router = createRouter({
  routeTree,
  basepath: isPortal ? '/portal' : '/',
  // The code of a page is fetched when a link to it is pointed at.
  defaultPreload: 'intent',
  defaultPendingMs: 200,
  defaultPendingMinMs: 0,
  defaultPendingComponent: Loading,
  defaultErrorComponent: Trouble,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
