import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'

const layout = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings-layout.tsx'), 'SettingsLayout'),
})

export const settingsRoutes = [
  layout.addChildren([
    createRoute({
      getParentRoute: () => layout,
      path: '/',
      component: lazyRouteComponent(() => import('./workspace-settings.tsx'), 'WorkspaceSettings'),
    }),
    createRoute({
      getParentRoute: () => layout,
      path: '/members',
      component: lazyRouteComponent(() => import('./members.tsx'), 'Members'),
    }),
    createRoute({
      getParentRoute: () => layout,
      path: '/keys',
      component: lazyRouteComponent(() => import('./keys.tsx'), 'Keys'),
    }),
    createRoute({
      getParentRoute: () => layout,
      path: '/alerts',
      validateSearch: textParams('state'),
      component: lazyRouteComponent(() => import('./alerts.tsx'), 'Alerts'),
    }),
  ]),
] as const
