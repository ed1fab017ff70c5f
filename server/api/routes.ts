import { alertRoutes } from './alert.ts'
import { apiKeyRoutes } from './api-key.ts'
import { auditKeyRoutes } from './audit-keys.ts'
import { auditLogRoutes } from './audit-log.ts'
import { auditRecordRoutes } from './audit-record.ts'
import { deadLetterRoutes } from './dead-letter.ts'
import { deliveryRoutes } from './delivery.ts'
import { docsRoute } from './docs.ts'
import { endpointRoutes } from './endpoint.ts'
import { eventRoutes } from './event.ts'
import { eventTypeRoutes } from './event-type.ts'
import { filterRoutes } from './filter.ts'
import { type HealthOptions, healthRoutes } from './health.ts'
import { invitationRoutes } from './invitation.ts'
import { jobRoutes } from './job.ts'
import { meRoutes } from './me.ts'
import { memberRoutes } from './member.ts'
import { openapiRoute } from './openapi.ts'
import { portalSessionRoutes } from './portal-session.ts'
import { publishRoutes } from './publish.ts'
import type { Route } from './route.ts'
import { secretRoutes } from './secret.ts'
import { serviceHealthRoutes } from './service-health.ts'
import type { Services } from './services.ts'
import { signInRoutes } from './sign-in-link.ts'
import { statisticsRoutes } from './statistics.ts'
import { tunnelRoutes } from './tunnel.ts'
import { workspaceRoutes } from './workspace.ts'

/** The route table: everything that a node answers, in the order in which it is documented. */
export function createRoutes(services: Services, node: HealthOptions & { readonly publicUrl: () => string }): Route[] {
  const routes = [
    ...meRoutes(services),
    ...signInRoutes(services),
    ...workspaceRoutes(services),
    ...memberRoutes(services),
    ...invitationRoutes(services),
    ...apiKeyRoutes(services),
    ...endpointRoutes(services),
    ...filterRoutes(services),
    ...secretRoutes(services),
    ...tunnelRoutes(services),
    ...publishRoutes(services),
    ...eventRoutes(services),
    ...deliveryRoutes(services),
    ...deadLetterRoutes(services),
    ...jobRoutes(services),
    ...statisticsRoutes(services),
    ...alertRoutes(services),
    ...eventTypeRoutes(services),
    ...portalSessionRoutes(services),
    ...auditRecordRoutes(services),
    ...auditLogRoutes(services),
    ...auditKeyRoutes(services),
    ...serviceHealthRoutes(services),
    ...healthRoutes(node),
  ]
  // Descriptions are made when they are asked for, so these two are in them too.
  routes.push(openapiRoute(routes, node.version, node.publicUrl))
  routes.push(docsRoute(routes, node.publicUrl))
  return routes
}
