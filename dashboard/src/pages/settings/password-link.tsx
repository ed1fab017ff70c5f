import type { Member } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { Button } from '../../parts/button.tsx'
import { Code } from '../../parts/code.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Dialog } from '../../parts/dialog.tsx'

/** For who forgot their password and gets no mail. The operator's alone: the account may be in other workspaces, too. */
export function PasswordLink({ member: { name, email } }: { member: Member }) {
  const [isAsking, setIsAsking] = useState(false)
  const [url, setUrl] = useState<string | null>(null)
  return (
    <>
      <Button size="small" onClick={() => setIsAsking(true)}>
        Password link
      </Button>
      <Confirm
        title={`Let ${name} set a new password?`}
        action="Make a link"
        isOpen={isAsking}
        close={() => setIsAsking(false)}
        run={async () => setUrl((await api.passwordLinks.create({ email })).url)}
      >
        Whoever has the link can sign in as {email}, in all of their workspaces, unless there is a second factor. Be
        sure that it was them who asked. It works once, within 30 minutes, and ends their sessions.
      </Confirm>
      <Dialog title="The link" isOpen={url !== null} close={() => setUrl(null)}>
        <p>Give it to {email}, and to nobody else. It is shown this once.</p>
        <Code text={url ?? ''} label="Password link" />
      </Dialog>
    </>
  )
}
