import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { prefetchList } from '../../api/list-query.ts'
import { workspaceRoute } from '../../app/routes.tsx'
import { textParams } from '../../parts/search-params.ts'
import { auditLogQuery } from './queries.ts'

const filters = textParams('q', 'actor', 'category', 'action', 'since', 'until')

export const auditLogRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: '/audit-log',
    validateSearch: filters,
    loaderDeps: ({ search }) => search,
    loader: ({ context: { workspaceId }, deps }) => prefetchList(auditLogQuery(workspaceId, deps)),
    component: lazyRouteComponent(() => import('./audit-log-page.tsx'), 'AuditLogPage'),
  }),
] as const
