import type { EventDetails, EventSummary } from '@atlas-webhooks/sdk'
import type { Command } from 'commander'
import { examples, group, inWorkspace } from './command.ts'
import { type ListOptions, limitOption, pageSize, printList, timeOptions } from './list.ts'
import { idOrSlug, pastTime } from './option-value.ts'
import type { WorkspaceSession } from './session.ts'
import { deliveryColumns } from './view/delivery.ts'
import { printable, printableLines } from './view/printable.ts'
import { type Column, details, type Screen, table } from './view/table.ts'
import { showTime } from './view/time.ts'

interface EventListOptions extends ListOptions {
  readonly type?: string
  readonly tag?: string
  readonly query?: string
  readonly since?: string
  readonly until?: string
}

export function eventCommands(program: Command): void {
  const events = group(program, 'events', 'what was published')
  examples(
    timeOptions(
      events
        .command('list')
        .description('list events, the newest first')
        .option('--type <type>', 'of this type')
        .option('--tag <tag>', 'with this tag')
        .option('-q, --query <text>', 'with this text in the type or the data'),
      pastTime,
    )
      .addOption(limitOption())
      .action(inWorkspace(list)),
    'atlas events list --type deal.created --since 2h',
    'atlas events list -q deal_01 --json',
  )
  examples(
    events
      .command('show')
      .description('show an event with its data and its deliveries')
      .argument('<event>', 'its id', idOrSlug)
      .action(inWorkspace(show)),
    'atlas events show evt_01h455vb4pex5vsknk084sn02q',
  )
  examples(
    events
      .command('resend')
      .description('deliver an event again, to all endpoints that it went to or to one')
      .argument('<event>', 'its id', idOrSlug)
      .option('--endpoint <id>', 'to this endpoint only, also to one that it did not go to so far')
      .action(inWorkspace(resend)),
    'atlas events resend evt_01h455vb4pex5vsknk084sn02q',
    'atlas events resend evt_01h455vb4pex5vsknk084sn02q --endpoint ep_01h455vb4pex5vsknk084sn02r',
  )
}

const columns: readonly Column<EventSummary>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'TYPE', cell: ({ type, test }) => (test ? `${type} (test)` : type) },
  { title: 'TAGS', cell: ({ tags }) => tags.join(', ') || '-', shrinks: true },
  { title: 'RECEIVED', cell: ({ received_at }) => showTime(received_at) },
]

async function list({ atlas, output }: WorkspaceSession, options: EventListOptions): Promise<void> {
  const { type, tag, query, since, until } = options
  const found = atlas.events.list({ type, tag, q: query, since, until, limit: pageSize(options) })
  await printList(output, found, { ...options, columns, none: 'There are no such events.' })
}

async function show({ atlas, output }: WorkspaceSession, id: string): Promise<void> {
  const event = await atlas.events.get(id)
  output.result(event, (screen) => view(event, screen))
}

async function resend({ atlas, output }: WorkspaceSession, id: string, options: { endpoint?: string }): Promise<void> {
  const { deliveries } = await atlas.events.replay(id, options)
  output.result(deliveries, (screen) => table(deliveries, deliveryColumns, screen))
}

function view(event: EventDetails, screen: Screen): string {
  const head = details(
    [
      ['ID', event.id],
      ['Type', printable(event.type)],
      ['Created', showTime(new Date(event.created * 1_000).toISOString())],
      ['Received', showTime(event.received_at)],
      ['Tags', printable(event.tags.join(', ')) || null],
      ['Test', event.test ? 'yes' : null],
    ],
    screen,
  )
  const data = printableLines(JSON.stringify(event.data, null, 2))
  const deliveries =
    event.deliveries.length === 0 ? 'No endpoint wanted it.\n' : table(event.deliveries, deliveryColumns, screen)
  return `${head}\n${data}\n\n${deliveries}`
}
