import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { toast } from '../../parts/toast.tsx'

interface Action {
  readonly label: string
  readonly title: string
  readonly text: string
  readonly done: string
  readonly isDangerous?: true
  run(id: string, workspace: string): Promise<unknown>
}

const pause: Action = {
  label: 'Pause',
  title: 'Pause this endpoint?',
  text: 'Nothing is sent to it until it is resumed. New events wait, and none is lost.',
  done: 'Paused.',
  run: (id, workspace) => api.endpoints.pause(id, { workspace }),
}
const resume: Action = {
  label: 'Resume',
  title: 'Resume this endpoint?',
  text: 'What waits for it flows from now on, the oldest first.',
  done: 'Resumed.',
  run: (id, workspace) => api.endpoints.resume(id, { workspace }),
}
const disable: Action = {
  label: 'Disable',
  title: 'Disable this endpoint?',
  text: 'New events are not queued for it: they will be missing when it is enabled again. What waits already stays.',
  done: 'Disabled.',
  isDangerous: true,
  run: (id, workspace) => api.endpoints.disable(id, { workspace }),
}
const enable: Action = {
  label: 'Enable',
  title: 'Enable this endpoint?',
  text: 'It gets events from now on.',
  done: 'Enabled.',
  run: (id, workspace) => api.endpoints.enable(id, { workspace }),
}
const remove: Action = {
  label: 'Delete',
  title: 'Delete this endpoint?',
  text: 'What waits for it is canceled. Its log stays as long as all others. This cannot be undone.',
  done: 'Deleted.',
  isDangerous: true,
  run: (id, workspace) => api.endpoints.delete(id, { workspace }),
}

const actionsOf: Readonly<Record<Endpoint['status'], readonly Action[]>> = {
  active: [pause, disable, remove],
  paused: [resume, disable, remove],
  disabled: [enable, remove],
}

export function EndpointActions({ endpoint }: { endpoint: Endpoint }) {
  const { id: workspace, slug } = useWorkspace()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [asked, setAsked] = useState<Action | null>(null)
  const run = async (action: Action) => {
    await action.run(endpoint.id, workspace)
    toast(action.done)
    if (action === remove) await navigate({ to: '/w/$workspace/endpoints', params: { workspace: slug ?? workspace } })
    await client.invalidateQueries({ queryKey: ['endpoints', workspace] })
    if (action !== remove) await client.invalidateQueries({ queryKey: ['endpoint', workspace, endpoint.id] })
  }
  return (
    <>
      {actionsOf[endpoint.status].map((action) => (
        <Button key={action.label} onClick={() => setAsked(action)}>
          {action.label}
        </Button>
      ))}
      {asked && (
        <Confirm
          title={asked.title}
          action={asked.label}
          isDangerous={asked.isDangerous ?? false}
          isOpen
          close={() => setAsked(null)}
          run={() => run(asked)}
        >
          {asked.text}
        </Confirm>
      )}
    </>
  )
}
