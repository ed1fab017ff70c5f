/**
 * What each route is called in the clients, as `resource.method`; Python and Go spell it in their own way. A new route
 * needs a line here, then `npm run docs`.
 */
export const methods: Readonly<Record<string, string>> = {
  'GET /v1/me': 'me.get',

  'POST /v1/workspaces': 'workspaces.create',
  'GET /v1/workspaces': 'workspaces.list',
  'GET /v1/workspaces/{workspace}': 'workspaces.get',
  'PATCH /v1/workspaces/{workspace}': 'workspaces.update',
  'DELETE /v1/workspaces/{workspace}': 'workspaces.delete',

  'GET /v1/workspaces/{workspace}/members': 'members.list',
  'PATCH /v1/workspaces/{workspace}/members/{member}': 'members.update',
  'DELETE /v1/workspaces/{workspace}/members/{member}': 'members.remove',
  'POST /v1/workspaces/{workspace}/invitations': 'invitations.create',
  'GET /v1/workspaces/{workspace}/invitations': 'invitations.list',
  'DELETE /v1/workspaces/{workspace}/invitations/{invitation}': 'invitations.withdraw',
  'POST /v1/invitations/look': 'invitations.look',
  'POST /v1/invitations/accept': 'invitations.accept',
  'POST /v1/sign-in-links': 'signInLinks.create',
  'POST /v1/password-links': 'passwordLinks.create',
  'GET /v1/sign-in-methods': 'signInMethods.get',

  'POST /v1/workspaces/{workspace}/keys': 'keys.create',
  'GET /v1/workspaces/{workspace}/keys': 'keys.list',
  'DELETE /v1/workspaces/{workspace}/keys/{key}': 'keys.revoke',

  'POST /v1/workspaces/{workspace}/endpoints': 'endpoints.create',
  'GET /v1/workspaces/{workspace}/endpoints': 'endpoints.list',
  'GET /v1/workspaces/{workspace}/endpoints/{endpoint}': 'endpoints.get',
  'PATCH /v1/workspaces/{workspace}/endpoints/{endpoint}': 'endpoints.update',
  'DELETE /v1/workspaces/{workspace}/endpoints/{endpoint}': 'endpoints.delete',
  'POST /v1/workspaces/{workspace}/endpoints/{endpoint}/pause': 'endpoints.pause',
  'POST /v1/workspaces/{workspace}/endpoints/{endpoint}/resume': 'endpoints.resume',
  'POST /v1/workspaces/{workspace}/endpoints/{endpoint}/disable': 'endpoints.disable',
  'POST /v1/workspaces/{workspace}/endpoints/{endpoint}/enable': 'endpoints.enable',
  'POST /v1/workspaces/{workspace}/endpoints/{endpoint}/test': 'endpoints.test',
  'POST /v1/workspaces/{workspace}/endpoints/{endpoint}/secret/rotate': 'endpoints.rotateSecret',
  'DELETE /v1/workspaces/{workspace}/endpoints/{endpoint}/secret/previous': 'endpoints.endPreviousSecrets',
  'POST /v1/workspaces/{workspace}/endpoints/{endpoint}/redeliver': 'endpoints.redeliver',
  'GET /v1/workspaces/{workspace}/endpoints/{endpoint}/stats': 'endpoints.stats',

  'POST /v1/workspaces/{workspace}/filters/test': 'filters.test',

  'POST /v1/workspaces/{workspace}/events': 'events.publish',
  'POST /v1/workspaces/{workspace}/events/batch': 'events.publishBatch',
  'GET /v1/workspaces/{workspace}/events': 'events.list',
  'GET /v1/workspaces/{workspace}/events/{event}': 'events.get',
  'POST /v1/workspaces/{workspace}/events/{event}/replay': 'events.replay',

  'GET /v1/workspaces/{workspace}/deliveries': 'deliveries.list',
  'GET /v1/workspaces/{workspace}/deliveries/{delivery}': 'deliveries.get',
  'POST /v1/workspaces/{workspace}/deliveries/{delivery}/replay': 'deliveries.replay',

  'GET /v1/workspaces/{workspace}/dead-letters/groups': 'deadLetters.groups',
  'POST /v1/workspaces/{workspace}/dead-letters/replay': 'deadLetters.replay',

  'GET /v1/workspaces/{workspace}/jobs': 'jobs.list',
  'GET /v1/workspaces/{workspace}/jobs/{job}': 'jobs.get',
  'DELETE /v1/workspaces/{workspace}/jobs/{job}': 'jobs.cancel',

  'GET /v1/workspaces/{workspace}/stats': 'stats.get',
  'GET /v1/workspaces/{workspace}/stats/endpoints': 'stats.endpoints',

  'GET /v1/workspaces/{workspace}/alerts': 'alerts.list',

  'GET /v1/workspaces/{workspace}/event-types': 'eventTypes.list',
  'POST /v1/workspaces/{workspace}/event-types': 'eventTypes.create',
  'GET /v1/workspaces/{workspace}/event-types/{name}': 'eventTypes.get',
  'PATCH /v1/workspaces/{workspace}/event-types/{name}': 'eventTypes.update',
  'DELETE /v1/workspaces/{workspace}/event-types/{name}': 'eventTypes.delete',

  'POST /v1/workspaces/{workspace}/portal-sessions': 'portalSessions.create',
  'GET /v1/workspaces/{workspace}/portal-sessions': 'portalSessions.list',
  'DELETE /v1/workspaces/{workspace}/portal-sessions/{session}': 'portalSessions.revoke',
  'GET /v1/portal/branding': 'portal.branding',

  'POST /v1/workspaces/{workspace}/audit-log': 'auditLog.record',
  'POST /v1/workspaces/{workspace}/audit-log/batch': 'auditLog.recordBatch',
  'GET /v1/workspaces/{workspace}/audit-log': 'auditLog.list',
  'GET /v1/workspaces/{workspace}/audit-log/export': 'auditLog.export',
  'GET /v1/workspaces/{workspace}/audit-log/actions': 'auditLog.actions',
  'GET /v1/workspaces/{workspace}/audit-log/{entry}': 'auditLog.get',

  'GET /v1/audit-log': 'auditLogs.list',
  'GET /v1/audit-log/export': 'auditLogs.export',
  'GET /.well-known/atlas-audit-keys': 'auditLogs.publicKeys',

  'GET /v1/nodes': 'nodes.list',
  'GET /v1/health': 'service.health',

  'GET /healthz': 'server.health',
  'GET /readyz': 'server.ready',
  'GET /metrics': 'server.metrics',
  'GET /openapi.json': 'server.openapi',
  'GET /docs': 'server.docs',
}
