import { dirname } from 'node:path'
import type { Command } from 'commander'
import { examples, group } from './command.ts'
import { readCatalog } from './event-catalog.ts'
import { loginPath } from './login-file.ts'
import { openSession, withWorkspace } from './session.ts'
import type { Flags } from './settings.ts'
import { type ListenPlace, listenCommand } from './webhooks/listen.ts'
import { triggerCommand } from './webhooks/trigger.ts'

export function webhookCommands(program: Command): void {
  const webhooks = group(program, 'webhooks', 'try webhooks out while developing')
  examples(
    listenCommand(webhooks, findPlace),
    'atlas webhooks listen --forward-to localhost:3000',
    "atlas webhooks listen --forward-to 3000/hooks --events 'deal.*,contact.created' --filter 'deal.value > 10000'",
    'export WEBHOOK_SECRET=$(atlas webhooks listen --print-secret)',
  )
  triggerCommand(webhooks)
}

async function findPlace(command: Command): Promise<ListenPlace> {
  const { atlas, target, workspace } = await withWorkspace(await openSession(command.optsWithGlobals<Flags>()))
  return {
    ...{ server: target.server, key: target.key, workspace },
    settingsFolder: dirname(loginPath()),
    typeNames: async () => [...(await readCatalog(atlas)).keys()],
  }
}
