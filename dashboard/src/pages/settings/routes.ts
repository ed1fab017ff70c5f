import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'

const settingsRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings-page.tsx'), 'SettingsPage'),
})

export const settingsRoutes = [
  settingsRoute.addChildren([
    createRoute({
      getParentRoute: () => settingsRoute,
      path: '/',
      component: lazyRouteComponent(() => import('./workspace-settings.tsx'), 'WorkspaceSettings'),
    }),
    createRoute({
      getParentRoute: () => settingsRoute,
      path: '/keys',
      component: lazyRouteComponent(() => import('./keys.tsx'), 'Keys'),
    }),
    createRoute({
      getParentRoute: () => settingsRoute,
      path: '/alerts',
      validateSearch: textParams('state'),
      component: lazyRouteComponent(() => import('./alerts.tsx'), 'Alerts'),
    }),
  ]),
] as const
