import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Pause, Play, Power, PowerOff, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { endpointLabel } from '../../api/use-endpoints.ts'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { toast } from '../../parts/toast.ts'
import { type StreamWords, wordsOf } from './stream.ts'

const actions = {
  pause: {
    ...{ label: 'Pause', done: 'paused', Icon: Pause },
    told: ({ events }: StreamWords) =>
      `New ${events} for it are held, those that wait now too, and are delivered when it is resumed.`,
  },
  resume: {
    ...{ label: 'Resume', done: 'resumed', Icon: Play },
    told: () => 'What is held is delivered now, oldest first.',
  },
  disable: {
    ...{ label: 'Disable', done: 'disabled', Icon: PowerOff },
    told: ({ events }: StreamWords) =>
      `New ${events} are not queued for it: it will have missed them. Deliveries that wait now are held until it is enabled.`,
  },
  enable: {
    ...{ label: 'Enable', done: 'enabled', Icon: Power },
    told: ({ events }: StreamWords) =>
      `New ${events} are queued for it again, and what is held is delivered now. What it missed is not sent.`,
  },
  delete: {
    ...{ label: 'Delete', done: 'deleted', Icon: Trash2 },
    told: () =>
      'Deliveries that wait are canceled and will never be sent. Those that were made stay in the log. This cannot be undone.',
  },
} as const
type Action = keyof typeof actions

const offered: Readonly<Record<Endpoint['status'], readonly Action[]>> = {
  active: ['pause', 'disable', 'delete'],
  paused: ['resume', 'disable', 'delete'],
  disabled: ['enable', 'delete'],
}

/** An action and its opposite are one button, so that who has pressed it stays where they are. */
const buttons: Readonly<Record<Action, string>> = {
  ...{ pause: 'hold', resume: 'hold', disable: 'use', enable: 'use', delete: 'delete' },
}

/** What can be done to an endpoint as it is now; each says before what becomes of the deliveries that wait. */
export function EndpointActions({ endpoint }: { endpoint: Endpoint }) {
  const { id: workspace, slug } = useWorkspace()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [asked, setAsked] = useState<Action | null>(null)
  const [isOpen, setIsOpen] = useState(false)
  const { id, status, tunnel, backlog } = endpoint
  const words = wordsOf(endpoint)
  const run = async (action: Action) => {
    await api.endpoints[action](id, { workspace })
    toast(`The ${words.endpoint} is ${actions[action].done}.`)
    if (action === 'delete') {
      await navigate({ to: words.list, params: { workspace: slug ?? workspace }, ignoreBlocker: true })
      client.removeQueries({ queryKey: ['endpoints', workspace, 'one', id] })
    }
    await client.invalidateQueries({ queryKey: ['endpoints', workspace] })
  }
  // A tunnel is opened by its CLI.
  const possible = offered[status].filter((action) => !(tunnel && action === 'enable'))
  return (
    <>
      {possible.map((action) => {
        const { label, Icon } = actions[action]
        return (
          <Button
            key={buttons[action]}
            onClick={() => {
              setAsked(action)
              setIsOpen(true)
            }}
          >
            <Icon aria-hidden className="size-4" />
            {label}
          </Button>
        )
      })}
      {asked && (
        <Confirm
          title={`${actions[asked].label} ${endpointLabel(endpoint)}?`}
          action={`${actions[asked].label} ${words.endpoint}`}
          isDangerous={asked === 'delete'}
          isOpen={isOpen}
          close={() => setIsOpen(false)}
          run={() => run(asked)}
        >
          <p>{actions[asked].told(words)}</p>
          <p className="mt-2 text-dim">
            {backlog.deliveries === 0
              ? 'No delivery waits at the moment.'
              : `At the moment ${backlog.deliveries.toLocaleString('en')}${backlog.more ? ' or more' : ''} wait.`}
          </p>
        </Confirm>
      )}
    </>
  )
}
