import { useNavigate } from '@tanstack/react-router'
import { forgetMe, useMe, useWorkspace } from '../../api/me.ts'

/** Goes elsewhere after the workspace that is shown is gone, or is no longer one's own. */
export function useLeaveWorkspace(): () => Promise<void> {
  const navigate = useNavigate()
  const { operator, workspaces } = useMe()
  const { id } = useWorkspace()
  return async () => {
    const other = workspaces.find((each) => each.id !== id)
    if (operator) await navigate({ to: '/operator' })
    else if (other) await navigate({ to: '/w/$workspace', params: { workspace: other.slug ?? other.id } })
    else await navigate({ to: '/account' })
    await forgetMe()
  }
}
