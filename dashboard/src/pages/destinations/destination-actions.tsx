import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useNavigate } from '@tanstack/react-router'
import { MoreHorizontal } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { explain } from '../../api/explain.ts'
import { useWorkspace } from '../../api/me.ts'
import { IconButton } from '../../parts/button.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Menu } from '../../parts/menu.tsx'
import { toast } from '../../parts/toast.ts'
import { Redeliver } from './redeliver.tsx'
import { SecretDialog } from './secret-dialog.tsx'

type Asked = 'disable' | 'rotate' | 'redeliver' | 'delete' | null

/** What can be done with a destination, beside testing it. */
export function DestinationActions({ endpoint, show }: { endpoint: Endpoint; show: (changed: Endpoint) => void }) {
  const { id: workspace, slug } = useWorkspace()
  const navigate = useNavigate()
  const [asked, setAsked] = useState<Asked>(null)
  const [secret, setSecret] = useState<string | null>(null)
  const close = () => setAsked(null)
  const { id, status } = endpoint

  const change = async (action: 'pause' | 'resume' | 'disable' | 'enable', said: string) => {
    show(await api.endpoints[action](id, { workspace }))
    toast(said)
  }
  const now = (action: 'pause' | 'resume' | 'enable', said: string) => () =>
    void change(action, said).catch((error: unknown) => toast(explain(error)))
  return (
    <>
      <Menu
        trigger={
          <IconButton label="More actions">
            <MoreHorizontal aria-hidden className="size-4" />
          </IconButton>
        }
        items={[
          ...(status === 'active' ? [{ label: 'Pause', run: now('pause', 'Paused: entries are held') }] : []),
          ...(status === 'paused' ? [{ label: 'Resume', run: now('resume', 'Resumed') }] : []),
          status === 'disabled'
            ? { label: 'Enable', run: now('enable', 'Enabled') }
            : { label: 'Disable…', run: () => setAsked('disable') },
          { label: 'Redeliver…', run: () => setAsked('redeliver') },
          { label: 'Rotate secret…', run: () => setAsked('rotate') },
          { label: 'Delete…', isDangerous: true, run: () => setAsked('delete') },
        ]}
      />
      <Confirm
        title="Disable this destination?"
        action="Disable"
        isOpen={asked === 'disable'}
        close={close}
        run={() => change('disable', 'Disabled')}
      >
        Entries that are recorded while it is disabled are not queued for it. To hold them instead, pause it.
      </Confirm>
      <Confirm
        title="Rotate the secret?"
        action="Rotate"
        isOpen={asked === 'rotate'}
        close={close}
        run={async () => setSecret((await api.endpoints.rotateSecret(id, { workspace })).secret)}
      >
        The new secret signs at once; the old one signs beside it for 24 hours.
      </Confirm>
      <Confirm
        title="Delete this destination?"
        action="Delete"
        isDangerous
        isOpen={asked === 'delete'}
        close={close}
        run={async () => {
          await api.endpoints.delete(id, { workspace })
          toast('Destination deleted')
          await navigate({ to: '/w/$workspace/destinations', params: { workspace: slug ?? workspace } })
        }}
      >
        Entries that wait for it are canceled. This cannot be undone.
      </Confirm>
      {asked === 'redeliver' && <Redeliver endpoint={id} close={close} />}
      {secret !== null && <SecretDialog secret={secret} profile={endpoint.profile} close={() => setSecret(null)} />}
    </>
  )
}
