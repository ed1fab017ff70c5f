import type { Command } from 'commander'
import { triggerCommand } from './webhooks/trigger.ts'

export function webhookCommands(program: Command): void {
  const webhooks = program.command('webhooks').description('try webhooks out while developing')
  triggerCommand(webhooks)
}
