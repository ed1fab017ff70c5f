import type { DeadLetterReplay } from '@atlas-webhooks/sdk'
import type { Command } from 'commander'
import { examples, group, inWorkspace } from './command.ts'
import { followJob } from './job.ts'
import { type ListOptions, limitOption, pageSize, printList, timeOptions } from './list.ts'
import { pastTime } from './option-value.ts'
import type { WorkspaceSession } from './session.ts'
import { deadLetterColumns } from './view/delivery.ts'

interface Selection {
  readonly endpoint?: string
  readonly since?: string
  readonly until?: string
}

export function deadLetterCommands(program: Command): void {
  const deadLetters = group(program, 'dead-letters', 'deliveries whose retries are used up')
  examples(
    timeOptions(
      deadLetters
        .command('list')
        .description('list dead letters, the newest first')
        .option('--endpoint <id>', 'of this endpoint'),
      pastTime,
    )
      .addOption(limitOption())
      .action(inWorkspace(list)),
    'atlas dead-letters list --since 2d',
  )
  examples(
    timeOptions(
      deadLetters
        .command('replay')
        .description('deliver dead letters again: all of the workspace, or those that are picked')
        .argument('[delivery...]', 'these only')
        .option('--endpoint <id>', 'of this endpoint'),
      pastTime,
    ).action(inWorkspace(replay)),
    'atlas dead-letters replay',
    'atlas dead-letters replay --endpoint ep_01h455vb4pex5vsknk084sn02q --since 2d',
  )
}

async function list({ atlas, output }: WorkspaceSession, options: Selection & ListOptions): Promise<void> {
  const { endpoint, since, until } = options
  const found = atlas.deliveries.list({ state: 'dead_letter', endpoint, since, until, limit: pageSize(options) })
  await printList(output, found, { ...options, columns: deadLetterColumns, none: 'There are no dead letters.' })
}

async function replay(session: WorkspaceSession, ids: readonly string[], options: Selection): Promise<void> {
  const selection: DeadLetterReplay = { ...options, ...(ids.length > 0 && { ids }) }
  await followJob(session, await session.atlas.deadLetters.replay(selection))
}
