import type { NewEndpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { Link } from '@tanstack/react-router'
import { useWorkspace } from '../../api/me.ts'
import { buttonClass } from '../../parts/button.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { EndpointTest } from './endpoint-test.tsx'
import { SecretShown } from './secret-shown.tsx'

/** Right after it was created: its secret, this once, and a first test. */
export function CreatedEndpoint({ endpoint }: { endpoint: NewEndpoint }) {
  const { id, slug } = useWorkspace()
  return (
    <Page title="Endpoint created" subtitle={endpoint.url}>
      <Section title="Its secret">
        <SecretShown secret={endpoint.secret} isBatch={endpoint.profile !== 'atlas'} />
      </Section>
      <Section title="Try it out">
        <EndpointTest endpoint={endpoint} />
      </Section>
      <div>
        <Link
          to="/w/$workspace/endpoints/$endpoint"
          params={{ workspace: slug ?? id, endpoint: endpoint.id }}
          className={buttonClass('primary')}
        >
          To the endpoint
        </Link>
      </div>
    </Page>
  )
}
