import type { EventDetails, PublishedEvent } from '@atlas-webhooks/sdk'
import type { Command } from 'commander'
import { assign } from '../assignment.ts'
import { examples, inWorkspace } from '../command.ts'
import { readCatalog, unknownType } from '../event-catalog.ts'
import { readJsonObject } from '../json-file.ts'
import { collect } from '../option-value.ts'
import type { WorkspaceSession } from '../session.ts'
import { UsageError } from '../usage-error.ts'

interface TriggerOptions {
  readonly set?: readonly string[]
  readonly data?: string
}

type Data = EventDetails['data']

export function triggerCommand(webhooks: Command): void {
  const command = webhooks
    .command('trigger')
    .description('publish an event, with the example that the catalog has of its type')
    .argument('<type>', 'an event type, such as deal.created')
    .option('--set <field=value>', 'change a field of the data; may be given several times', collect)
    .option('--data <file>', 'take the data from a JSON file instead, - for standard input')
    .action(inWorkspace(trigger))
  examples(
    command,
    'atlas webhooks trigger deal.created',
    'atlas webhooks trigger deal.created --set value=48000 --set owner.name=Ann',
    'atlas webhooks trigger deal.created --data deal.json',
  )
}

async function trigger(session: WorkspaceSession, type: string, options: TriggerOptions): Promise<void> {
  const { atlas, output } = session
  const base = options.data === undefined ? await exampleOf(session, type) : await readJsonObject(options.data)
  const event = await atlas.events.publish({ type, data: assign(base, options.set ?? []) })
  output.result(event, () => describe(event))
}

/** A type without an example is published with nothing in it, for --set to fill. */
async function exampleOf({ atlas }: WorkspaceSession, type: string): Promise<Data> {
  const catalog = await readCatalog(atlas)
  const known = catalog.get(type)
  if (known === undefined) throw new UsageError(unknownType(type, catalog))
  return (known.example ?? {}) as Data
}

function describe({ id, type, deliveries }: PublishedEvent): string {
  const to = deliveries === 0 ? 'no endpoint wants it' : deliveries === 1 ? '1 delivery' : `${deliveries} deliveries`
  return `${id}  ${type}  ${to}\n`
}
