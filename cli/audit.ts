import type { Command } from 'commander'
import { searchLog } from './audit-source.ts'
import { verifyCommand } from './audit-verify.ts'
import { examples, group, inWorkspace } from './command.ts'
import { type ListOptions, limitOption, pageSize, printList, timeOptions } from './list.ts'
import { pastTime } from './option-value.ts'
import type { WorkspaceSession } from './session.ts'
import { auditColumns } from './view/audit.ts'

interface AuditListOptions extends ListOptions {
  readonly query?: string
  readonly actor?: string
  readonly category?: string
  readonly action?: string
  readonly since?: string
  readonly until?: string
}

export function auditCommands(program: Command): void {
  const audit = group(program, 'audit', 'who did what')
  examples(
    timeOptions(
      audit
        .command('list')
        .description('search the audit log; what was recorded last comes first')
        .option('-q, --query <words>', 'with these words in the actor, action, target or description')
        .option('--actor <id>', 'by this actor')
        .option('--category <category>', 'of this category')
        .option('--action <action>', 'this action, with or without its category'),
      pastTime,
    )
      .addOption(limitOption())
      .action(inWorkspace(list)),
    'atlas audit list --action webhook.created --since 7d',
    'atlas audit list -q jane --json',
    'atlas audit list --workspace operator      what belongs to no workspace; takes the operator key',
  )
  verifyCommand(audit)
}

async function list(session: WorkspaceSession, options: AuditListOptions): Promise<void> {
  const { query: q, actor, category, action, since, until } = options
  const found = searchLog(session, { q, actor, category, action, since, until, limit: pageSize(options) })
  await printList(session.output, found, { ...options, columns: auditColumns, none: 'There are no such entries.' })
}
