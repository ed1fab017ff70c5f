import type { Identity } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { portalToken, setPortalToken } from '../api/session.ts'

const channelName = 'atlas.portal'

/** Lets portals in other tabs, whose links have expired, go on with the link of this one. */
export function offerLink(): void {
  const channel = new BroadcastChannel(channelName)
  channel.postMessage(portalToken())
  channel.close()
}

/**
 * Waits until a link for the same workspace is opened in another tab of this browser, and goes on with that. With the
 * link of another workspace, what was begun here would end there.
 */
export function nextLink(workspace: string | undefined): Promise<void> {
  const channel = new BroadcastChannel(channelName)
  return new Promise((resolve) => {
    channel.addEventListener('message', async ({ data: token }: MessageEvent<string>) => {
      if ((await workspaceOf(token)) !== workspace) return
      setPortalToken(token)
      channel.close()
      resolve()
    })
  })
}

/** Past the client, whose calls all wait for the link. */
async function workspaceOf(token: string): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch('/v1/me', { headers, credentials: 'omit' })
  const { workspaces } = (response.ok ? await response.json() : { workspaces: [] }) as Pick<Identity, 'workspaces'>
  return workspaces[0]?.id
}
