import type { NewEndpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useWorkspace } from '../../api/me.ts'
import { buttonClass } from '../../parts/button.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { NewSecret } from './new-secret.tsx'
import { SendTest } from './send-test.tsx'
import { wordsOf } from './stream.ts'

/** What is to be done once an endpoint is there: keep its secret, verify with it, try it. */
export function CreatedEndpoint({ endpoint }: { endpoint: NewEndpoint }) {
  const { slug, id } = useWorkspace()
  const words = wordsOf(endpoint)
  // It takes the place of a long form, at whose end one was.
  useEffect(() => {
    // New browsers answer with a promise, which is nothing to clean up with.
    void scrollTo(0, 0)
  }, [])
  return (
    <Page
      title={`The ${words.endpoint} is there`}
      subtitle={<span className="break-all">{endpoint.url}</span>}
      actions={
        <Link
          to={`${words.list}/$endpoint`}
          params={{ workspace: slug ?? id, endpoint: endpoint.id }}
          className={buttonClass('primary')}
        >
          Done
        </Link>
      }
    >
      <div className="flex max-w-4xl flex-col gap-4">
        <Section title="Its secret">
          <NewSecret secret={endpoint.secret} profile={endpoint.profile} />
        </Section>
        <SendTest endpoint={endpoint} />
      </div>
    </Page>
  )
}
