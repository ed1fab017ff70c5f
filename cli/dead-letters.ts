import type { DeadLetterReplay } from '@atlas-webhooks/sdk'
import { type Command, Option } from 'commander'
import { examples, group, inWorkspace } from './command.ts'
import { followJob } from './job.ts'
import { type ListOptions, limitOption, pageSize, printList, timeOptions } from './list.ts'
import { httpStatus, pastTime } from './option-value.ts'
import type { WorkspaceSession } from './session.ts'
import { deadLetterColumns, deadLetterGroupColumns } from './view/delivery.ts'
import { table } from './view/table.ts'

interface Selection {
  readonly endpoint?: string
  readonly type?: string
  readonly since?: string
  readonly until?: string
}

interface GroupSelection extends Selection {
  readonly error?: NonNullable<DeadLetterReplay['last_error']>
  readonly status?: number
}

const errors = [
  ...['timeout', 'dns', 'refused', 'reset', 'tls', 'blocked_address', 'redirect', 'status'],
  ...['response_rejected', 'internal', 'unknown'],
]

export function deadLetterCommands(program: Command): void {
  const deadLetters = group(program, 'dead-letters', 'deliveries whose retries are used up')
  examples(
    selectionOptions(
      deadLetters.command('groups').description('how many there are at each endpoint for each error'),
    ).action(inWorkspace(groups)),
    'atlas dead-letters groups --since 2d',
  )
  examples(
    groupOptions(deadLetters.command('list').description('list dead letters, the newest first'))
      .addOption(limitOption())
      .action(inWorkspace(list)),
    'atlas dead-letters list --since 2d',
  )
  examples(
    groupOptions(
      deadLetters
        .command('replay')
        .description('deliver dead letters again: all of the workspace, or those that are picked')
        .argument('[delivery...]', 'these only'),
    ).action(inWorkspace(replay)),
    'atlas dead-letters replay',
    'atlas dead-letters replay --endpoint ep_01h455vb4pex5vsknk084sn02q --error status --status 500',
  )
}

function selectionOptions(command: Command): Command {
  const selected = command
    .option('--endpoint <id>', 'of this endpoint')
    .option('--type <pattern>', 'of this event type, or of those that the pattern means')
  return timeOptions(selected, pastTime)
}

function groupOptions(command: Command): Command {
  return selectionOptions(command)
    .addOption(new Option('--error <error>', 'whose last attempt failed with this').choices(errors))
    .addOption(new Option('--status <status>', 'whose last attempt was answered with this').argParser(httpStatus))
}

async function groups({ atlas, output }: WorkspaceSession, options: Selection): Promise<void> {
  const { endpoint, type, since, until } = options
  const { data, more } = await atlas.deadLetters.groups({ endpoint, type, since, until })
  if (data.length === 0 && !output.json) output.say('There are no dead letters.')
  else output.result(data, (screen) => table(data, deadLetterGroupColumns, screen))
  if (more) output.say('There are more, which were not counted; --since and --until narrow it down.')
}

async function list({ atlas, output }: WorkspaceSession, options: GroupSelection & ListOptions): Promise<void> {
  const { endpoint, type, error, status, since, until } = options
  const found = atlas.deliveries.list({
    ...{ state: 'dead_letter', endpoint, type, last_error: error, last_status: status, since, until },
    limit: pageSize(options),
  })
  await printList(output, found, { ...options, columns: deadLetterColumns, none: 'There are no dead letters.' })
}

async function replay(session: WorkspaceSession, ids: readonly string[], options: GroupSelection): Promise<void> {
  const { endpoint, type, error, status, since, until } = options
  const selection: DeadLetterReplay = {
    ...{ endpoint, last_error: error, last_status: status, since, until },
    ...(type !== undefined && { types: [type] }),
    ...(ids.length > 0 && { ids }),
  }
  await followJob(session, await session.atlas.deadLetters.replay(selection))
}
