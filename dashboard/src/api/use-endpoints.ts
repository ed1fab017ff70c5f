import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQuery } from '@tanstack/react-query'
import { api } from './client.ts'
import { useWorkspace } from './me.ts'

const largestPage = 200
// Twice what a workspace may have unless the operator allows it more.
const most = 1_000

/** The endpoints of the workspace, for names and choices: the newest thousand of them. */
export function useEndpoints(): readonly Endpoint[] {
  const { id } = useWorkspace()
  const { data } = useQuery({
    queryKey: ['endpoints', id, 'names'],
    queryFn: async ({ signal }) => {
      const endpoints: Endpoint[] = []
      for await (const endpoint of api.endpoints.list({ limit: largestPage }, { workspace: id, signal })) {
        endpoints.push(endpoint)
        if (endpoints.length === most) break
      }
      return endpoints
    },
    staleTime: 60_000,
  })
  return data ?? none
}

const none: readonly Endpoint[] = []

/** What people call an endpoint: its description, or where it is. */
export function endpointLabel({ description, url }: Pick<Endpoint, 'description' | 'url'>): string {
  return description || url.replace(/^https?:\/\//, '')
}
