import type { Endpoint, EndpointsListQuery } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { api } from '../../api/client.ts'
import type { ListQuery } from '../../api/list-query.ts'

// The workspace has hundreds at most: what is searched for is found among all of them.
const pageSize = 200

/** The endpoints that get events. Whatever status stands in the address is asked for: the API says what is wrong with it. */
export function endpointsQuery(workspace: string, wanted: string | undefined): ListQuery<Endpoint> {
  const status = wanted as EndpointsListQuery['status']
  return {
    key: ['endpoints', workspace, 'list', status],
    read: (cursor, signal) =>
      api.endpoints.list({ stream: 'events', status, limit: pageSize, cursor }, { workspace, signal }),
  }
}

/** Those that get the audit log. */
export function destinationsQuery(workspace: string): ListQuery<Endpoint> {
  return {
    key: ['endpoints', workspace, 'destinations'],
    read: (cursor, signal) => api.endpoints.list({ stream: 'audit', cursor }, { workspace, signal }),
  }
}
