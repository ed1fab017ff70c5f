import type { Command } from 'commander'
import { group } from './command.ts'
import { triggerCommand } from './webhooks/trigger.ts'

export function webhookCommands(program: Command): void {
  const webhooks = group(program, 'webhooks', 'try webhooks out while developing')
  triggerCommand(webhooks)
}
