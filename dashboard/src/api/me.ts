import type { Identity, IdentityWorkspace } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { api } from './client.ts'
import { queryClient } from './query-client.ts'

export const meQuery = { queryKey: ['me'], queryFn: () => api.me.get(), staleTime: 60_000 } as const

export function useMe(): Identity {
  return useSuspenseQuery(meQuery).data
}

/** After something has changed who one is, or what one may do. */
export function forgetMe(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: meQuery.queryKey })
}

export interface CurrentWorkspace extends IdentityWorkspace {
  /** Whether who is signed in may do what needs this scope. The API decides; this is for what is shown. */
  can(scope: IdentityWorkspace['scopes'][number]): boolean
}

/** The workspace that the address names. Its route has made sure that there is one. */
export function useWorkspace(): CurrentWorkspace {
  const me = useMe()
  const { workspace: name = '' } = useParams({ strict: false })
  const listed = workspaceNamed(me, name)
  const { data: other } = useQuery({ ...otherWorkspaceQuery(name), enabled: !listed })
  const found = listed ?? other
  if (!found) throw new Error('this page is shown outside a workspace')
  return { ...found, can: (scope) => found.scopes.includes(scope) }
}

export function workspaceNamed(me: Identity, name: string | undefined): IdentityWorkspace | undefined {
  return me.workspaces.find(({ id, slug }) => id === name || slug === name)
}

/** One that is not in the list of who asks: an operator's, who may have thousands. */
export function otherWorkspaceQuery(name: string) {
  return {
    queryKey: ['workspace', name],
    staleTime: 60_000,
    queryFn: async (): Promise<IdentityWorkspace> => {
      const { id, name: label, slug } = await api.workspaces.get(name)
      return { id, name: label, slug, role: null, scopes: ['publish', 'read', 'manage'] }
    },
  }
}
