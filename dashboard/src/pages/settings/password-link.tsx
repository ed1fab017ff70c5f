import type { Member } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { Button } from '../../parts/button.tsx'
import { Code } from '../../parts/code.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Checkbox } from '../../parts/field.tsx'

/** For who forgot their password and gets no mail. The operator's alone: the account may be in other workspaces, too. */
export function PasswordLink({ member: { name, email, two_factor_enabled: hasSecondFactor } }: { member: Member }) {
  const [isAsking, setIsAsking] = useState(false)
  const [removes, setRemoves] = useState(false)
  const [url, setUrl] = useState<string | null>(null)
  const make = async () => {
    setUrl((await api.passwordLinks.create({ email, remove_second_factor: hasSecondFactor && removes })).url)
  }
  return (
    <>
      <Button size="small" onClick={() => setIsAsking(true)}>
        Password link
      </Button>
      <Confirm
        title={`Let ${name} set a new password?`}
        action="Make a link"
        isOpen={isAsking}
        close={() => {
          setIsAsking(false)
          setRemoves(false)
        }}
        run={make}
      >
        Whoever has the link can sign in as {email}, in all of their workspaces, unless there is a second factor. Be
        sure that it was them who asked. It works once, within 30 minutes, and ends their sessions.
        {hasSecondFactor && (
          <div className="mt-3">
            <Checkbox
              label="Remove the second factor, which they have lost: then the link alone is enough"
              checked={removes}
              onChange={(event) => setRemoves(event.target.checked)}
            />
          </div>
        )}
      </Confirm>
      <Dialog title="The link" isOpen={url !== null} close={() => setUrl(null)}>
        <p>Give it to {email}, and to nobody else. It is shown this once.</p>
        <Code text={url ?? ''} label="Password link" />
      </Dialog>
    </>
  )
}
