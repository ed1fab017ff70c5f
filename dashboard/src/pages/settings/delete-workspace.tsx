import type { Workspace } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Section } from '../../parts/page.tsx'
import { toast } from '../../parts/toast.ts'
import { useLeaveWorkspace } from './use-leave-workspace.ts'

export function DeleteWorkspace({ workspace }: { workspace: Workspace }) {
  const [isOpen, setIsOpen] = useState(false)
  const leave = useLeaveWorkspace()
  return (
    <Section title="Delete the workspace">
      <p className="mb-3">
        Its keys, endpoints and event types go with it, and deliveries that wait are canceled. Its audit log is kept for
        365 days, for the operator.
      </p>
      <Button look="danger" onClick={() => setIsOpen(true)}>
        Delete workspace
      </Button>
      <Confirm
        title={`Delete ${workspace.name}?`}
        action="Delete workspace"
        isDangerous
        typed={workspace.name}
        isOpen={isOpen}
        close={() => setIsOpen(false)}
        run={async () => {
          await api.workspaces.delete(workspace.id)
          toast('Workspace deleted')
          await leave()
        }}
      >
        This cannot be undone.
      </Confirm>
    </Section>
  )
}
