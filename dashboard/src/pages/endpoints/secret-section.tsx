import type { Endpoint, RotatedSecret } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Section } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { toast } from '../../parts/toast.ts'
import { NewSecret } from './new-secret.tsx'

/** A new secret in place of the old one, and the end of the old one. */
export function SecretSection({ endpoint: { id, profile } }: { endpoint: Endpoint }) {
  const { id: workspace } = useWorkspace()
  const [asked, setAsked] = useState<'rotate' | 'end' | null>(null)
  const [rotated, setRotated] = useState<RotatedSecret | null>(null)
  const [isEnded, setIsEnded] = useState(false)
  const close = () => setAsked(null)
  return (
    <Section
      title="Secret"
      actions={
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => setAsked('end')}>End old secrets</Button>
          <Button onClick={() => setAsked('rotate')}>Rotate</Button>
        </div>
      }
    >
      <div className="flex max-w-4xl flex-col gap-4">
        {rotated === null ? (
          <p className="text-dim">
            Requests are signed with it. It was shown once, at the creation. If it is lost or has leaked, rotate it.
          </p>
        ) : (
          <>
            <p>
              {isEnded ? (
                'The old secret has ended: the new one alone signs.'
              ) : (
                <>
                  Requests are signed with the new secret and the old one until the old one ends (
                  <Time at={rotated.previous_expires_at} />
                  ).
                </>
              )}
            </p>
            <NewSecret key={rotated.secret} secret={rotated.secret} profile={profile} />
          </>
        )}
      </div>
      <Confirm
        title="Rotate the secret?"
        action="Rotate secret"
        isOpen={asked === 'rotate'}
        close={close}
        run={async () => {
          setRotated(await api.endpoints.rotateSecret(id, { workspace }))
          setIsEnded(false)
        }}
      >
        A new secret signs at once. The old one signs beside it for 24 hours, so that receivers can change without a
        gap.
      </Confirm>
      <Confirm
        title="End the old secrets now?"
        action="End old secrets"
        isDangerous
        isOpen={asked === 'end'}
        close={close}
        run={async () => {
          await api.endpoints.endPreviousSecrets(id, { workspace })
          setIsEnded(true)
          toast('The old secrets have ended.')
        }}
      >
        The present secret alone signs from now on. A receiver that still verifies with an old one refuses all requests.
      </Confirm>
    </Section>
  )
}
