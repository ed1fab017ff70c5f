import { UnauthorizedError } from '@atlas-webhooks/sdk/src/api-error.ts'
import { useEffect, useState } from 'react'
import { useMe } from '../api/me.ts'
import { queryClient } from '../api/query-client.ts'
import { portalToken } from '../api/session.ts'
import { onExpiredSession } from '../api/sign-in-again.ts'
import { Trouble } from '../app/trouble.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Page } from '../parts/page.tsx'
import { PortalHead } from './head.tsx'
import { nextLink } from './link.ts'

const howToGoOn = 'Open the webhooks page of the product that you came from: it gives you a new link.'

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

/** Instead of a page: what went wrong before there was one. */
export function PortalTrouble({ error, reset }: { error: unknown; reset: () => void }) {
  // A newer link differs in its fragment alone, for which browsers load nothing.
  useEffect(() => {
    const reload = () => location.reload()
    addEventListener('hashchange', reload)
    return () => removeEventListener('hashchange', reload)
  }, [])
  if (!(error instanceof UnauthorizedError)) return <Trouble error={error} reset={reset} />
  return (
    <div className="min-h-dvh">
      <PortalHead />
      <main>
        <Page title={portalToken() === null ? 'A link is needed' : 'This link has expired'}>
          <p>{howToGoOn}</p>
          <p className="text-dim">Nothing that was saved is lost, and your webhooks are delivered as before.</p>
        </Page>
      </main>
    </div>
  )
}
