import { UnauthorizedError } from '@atlas-webhooks/sdk/src/api-error.ts'
import { useEffect } from 'react'
import { portalToken } from '../api/session.ts'
import { Trouble } from '../app/trouble.tsx'
import { Page } from '../parts/page.tsx'
import { PortalHead } from './head.tsx'

export const howToGoOn = 'Open the webhooks page of the product that you came from: it gives you a new link.'

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
