import type { EventSummary, EventsListQuery } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { api } from '../../api/client.ts'
import type { ListQuery } from '../../api/list-query.ts'

/** What was published. */
export function eventsQuery(workspace: string, filter: EventsListQuery): ListQuery<EventSummary> {
  return {
    key: ['events', workspace, filter],
    read: (cursor, signal) => api.events.list({ ...filter, limit: 100, cursor }, { workspace, signal }),
  }
}
