import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'

export const auditLogRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/audit-log',
    validateSearch: textParams('q', 'actor', 'category', 'action', 'since', 'until'),
    component: lazyRouteComponent(() => import('./audit-log-page.tsx'), 'AuditLogPage'),
  }),
] as const
