import type { DeadLettersGroupsQuery } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../../api/client.ts'

/** Dead letters by endpoint and by what the last attempt failed with. */
export function groupsQuery(workspace: string, filter: DeadLettersGroupsQuery) {
  return queryOptions({
    queryKey: ['dead-letters', workspace, 'groups', filter],
    queryFn: ({ signal }) => api.deadLetters.groups(filter, { workspace, signal }),
  })
}
