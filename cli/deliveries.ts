import type { DeliveriesListQuery } from '@atlas-webhooks/sdk'
import { type Command, Option } from 'commander'
import { examples, group, inWorkspace } from './command.ts'
import { type ListOptions, limitOption, pageSize, printList, timeOptions } from './list.ts'
import { idOrSlug, pastTime, someOf } from './option-value.ts'
import type { WorkspaceSession } from './session.ts'
import { deliveryColumns, deliveryView } from './view/delivery.ts'
import { table } from './view/table.ts'

type DeliveryListOptions = ListOptions & Omit<DeliveriesListQuery, 'limit' | 'cursor'>

const states = ['pending', 'held', 'delivering', 'delivered', 'retrying', 'dead_letter', 'canceled']

export function deliveryCommands(program: Command): void {
  const deliveries = group(program, 'deliveries', 'events on their way to endpoints, and their attempts')
  examples(
    timeOptions(
      deliveries
        .command('list')
        .description('list deliveries, the newest first')
        .option('--endpoint <id>', 'to this endpoint')
        .option('--event <id>', 'of this event')
        .addOption(
          new Option('--state <state>', 'in this state, or in one of several, separated by commas')
            .choices(states)
            .argParser(someOf(states)),
        )
        .option('--type <pattern>', 'of this event type, or of those that the pattern means'),
      pastTime,
    )
      .addOption(limitOption())
      .action(inWorkspace(list)),
    'atlas deliveries list --state retrying,dead_letter',
    'atlas deliveries list --endpoint ep_01h455vb4pex5vsknk084sn02q --since 1d --json',
  )
  examples(
    deliveries
      .command('show')
      .description('show a delivery with its attempts; of the last one, what was sent and answered')
      .argument('<delivery>', 'its id', idOrSlug)
      .action(inWorkspace(show)),
    'atlas deliveries show dlv_01h455vb4pex5vsknk084sn02q',
  )
  examples(
    deliveries
      .command('replay')
      .description('attempt a delivery again, now')
      .argument('<delivery>', 'its id', idOrSlug)
      .action(inWorkspace(replay)),
    'atlas deliveries replay dlv_01h455vb4pex5vsknk084sn02q',
  )
}

async function list({ atlas, output }: WorkspaceSession, options: DeliveryListOptions): Promise<void> {
  const found = atlas.deliveries.list({ ...options, limit: pageSize(options) })
  await printList(output, found, { ...options, columns: deliveryColumns, none: 'There are no such deliveries.' })
}

async function show({ atlas, output }: WorkspaceSession, id: string): Promise<void> {
  const delivery = await atlas.deliveries.get(id)
  output.result(delivery, (screen) => deliveryView(delivery, screen))
}

async function replay({ atlas, output }: WorkspaceSession, id: string): Promise<void> {
  const delivery = await atlas.deliveries.replay(id)
  output.result(delivery, (screen) => table([delivery], deliveryColumns, screen))
}
