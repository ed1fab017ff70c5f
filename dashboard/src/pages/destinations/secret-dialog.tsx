import { Button } from '../../parts/button.tsx'
import { Code } from '../../parts/code.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Notice } from '../../parts/notice.tsx'

/** Shows a secret the one time that it can be seen. */
export function SecretDialog({ secret, profile, close }: { secret: string; profile: string; close: () => void }) {
  const header = profile === 'atlas' ? 'Atlas-Signature' : 'X-Webhook-Signature'
  return (
    <Dialog title="The signing secret" isOpen close={close} mustBeAnswered>
      <Notice kind="warn">Copy it now if the receiver verifies signatures: it is shown this once.</Notice>
      <Code text={secret} label="Secret" />
      <p className="text-dim">
        Each request is signed with it, in the header {header}. A SIEM does not look at it; a receiver of your own
        should.
      </p>
      <div className="flex justify-end">
        <Button look="primary" onClick={close}>
          Go on
        </Button>
      </div>
    </Dialog>
  )
}
