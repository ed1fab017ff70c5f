import type { DeliveriesListQuery, Delivery } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { api } from '../../api/client.ts'
import type { ListQuery } from '../../api/list-query.ts'

/** The delivery log. */
export function deliveriesQuery(workspace: string, filter: DeliveriesListQuery): ListQuery<Delivery> {
  return {
    key: ['deliveries', workspace, filter],
    read: (cursor, signal) => api.deliveries.list({ ...filter, limit: 100, cursor }, { workspace, signal }),
  }
}
