import { useMe, useWorkspace } from '../../api/me.ts'

/** Whether who is signed in may change the settings and the keys of the workspace; a key that may manage is as good. */
export function useIsAdmin(): boolean {
  const { role, can } = useWorkspace()
  const { operator, kind } = useMe()
  return operator || (kind === 'key' && can('manage')) || role === 'admin' || role === 'owner'
}
