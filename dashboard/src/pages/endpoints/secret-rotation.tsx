import type { Endpoint, RotatedSecret } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Time } from '../../parts/time.tsx'
import { toast } from '../../parts/toast.tsx'
import { SecretShown } from './secret-shown.tsx'

/** A new secret at once, while the old one stays valid for a day. */
export function SecretRotation({ endpoint }: { endpoint: Endpoint }) {
  const { id: workspace } = useWorkspace()
  const [asked, setAsked] = useState<'rotate' | 'end' | null>(null)
  const [rotated, setRotated] = useState<RotatedSecret | null>(null)
  return (
    <div className="flex flex-col gap-4">
      <p className="text-dim">Requests are signed with the new secret and the old one until the old one ends.</p>
      {rotated && (
        <>
          <SecretShown secret={rotated.secret} isBatch={endpoint.profile !== 'atlas'} />
          <p>
            The old secret ends <Time at={rotated.previous_expires_at} />.
          </p>
        </>
      )}
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => setAsked('rotate')}>Rotate secret</Button>
        <Button onClick={() => setAsked('end')}>End the old secret now</Button>
      </div>
      <Confirm
        title="Make a new secret?"
        action="Rotate"
        isOpen={asked === 'rotate'}
        close={() => setAsked(null)}
        run={async () => setRotated(await api.endpoints.rotateSecret(endpoint.id, { workspace }))}
      >
        The one that is in use now stays valid for 24 hours, so that the receiver can be changed without a gap.
      </Confirm>
      <Confirm
        title="End the old secret now?"
        action="End it"
        isDangerous
        isOpen={asked === 'end'}
        close={() => setAsked(null)}
        run={async () => {
          await api.endpoints.endPreviousSecrets(endpoint.id, { workspace })
          setRotated(null)
          toast('The old secret is no longer used.')
        }}
      >
        Receivers that still verify with it refuse everything from now on.
      </Confirm>
    </div>
  )
}
