import { useMe, useWorkspace } from '../../api/me.ts'

const roles = ['viewer', 'member', 'admin', 'owner'] as const
export type Role = (typeof roles)[number]

/** Whether who looks may manage members, and the roles that they may give. */
export function useRank(): { isAdmin: boolean; isOwner: boolean; mayGive: readonly Role[] } {
  const { role } = useWorkspace()
  const { operator } = useMe()
  const isOwner = operator || role === 'owner'
  return { isAdmin: isOwner || role === 'admin', isOwner, mayGive: isOwner ? roles : roles.slice(0, 3) }
}
