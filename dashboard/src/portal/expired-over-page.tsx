import { useEffect, useState } from 'react'
import { useMe } from '../api/me.ts'
import { queryClient } from '../api/query-client.ts'
import { onExpiredSession } from '../api/sign-in-again.ts'
import { Dialog } from '../parts/dialog.tsx'
import { howToGoOn } from './expired.tsx'
import { nextLink } from './link.ts'

/** Over the page, when the link has expired: it goes on where it was with a new link that is opened in another tab. */
export function ExpiredOverPage() {
  const [workspace] = useMe().workspaces
  const [isExpired, setIsExpired] = useState(false)
  useEffect(
    () =>
      onExpiredSession(async () => {
        setIsExpired(true)
        await nextLink(workspace?.id)
        setIsExpired(false)
        void queryClient.invalidateQueries()
      }),
    [workspace?.id],
  )
  return (
    <Dialog title="This link has expired" isOpen={isExpired} close={() => {}} mustBeAnswered>
      <p>Nothing that was saved is lost, and your webhooks are delivered as before.</p>
      <p>{howToGoOn} When it is opened in another tab of this browser, this page goes on where it was.</p>
    </Dialog>
  )
}
