import type { Workspace } from '@atlas-webhooks/sdk'
import type { Command } from 'commander'
import { examples, group, onServer } from './command.ts'
import { type ListOptions, limitOption, pageSize, printList } from './list.ts'
import { idOrSlug } from './option-value.ts'
import { confirm } from './prompt.ts'
import type { Session } from './session.ts'
import { printable } from './view/printable.ts'
import { type Column, details, type Screen } from './view/table.ts'
import { showTime } from './view/time.ts'

export function workspaceCommands(program: Command): void {
  const workspaces = group(program, 'workspaces', 'the tenants of the server')
  examples(
    workspaces
      .command('list')
      .description('list the workspaces that the key may see')
      .addOption(limitOption())
      .action(onServer(list)),
    'atlas workspaces list',
    "atlas workspaces list --json | jq -r '.[].slug'",
  )
  examples(
    workspaces
      .command('create')
      .description('create a workspace; takes the operator key')
      .argument('<name>', 'what people call it')
      .option('--slug <slug>', 'a name for URLs: a-z, 0-9 and -')
      .action(onServer(create)),
    'atlas workspaces create "Acme Corporation" --slug acme',
  )
  examples(
    workspaces
      .command('show')
      .description('show a workspace')
      .argument('<workspace>', 'its id or slug', idOrSlug)
      .action(onServer(show)),
    'atlas workspaces show acme',
  )
  examples(
    workspaces
      .command('delete')
      .description('delete a workspace with its keys, endpoints and event types; takes the operator key')
      .argument('<workspace>', 'its id or slug', idOrSlug)
      .option('--yes', 'do not ask whether you are sure')
      .action(onServer(remove)),
    'atlas workspaces delete acme',
  )
}

const columns: readonly Column<Workspace>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'SLUG', cell: ({ slug }) => slug ?? '-' },
  { title: 'NAME', cell: ({ name }) => name, shrinks: true },
  { title: 'CREATED', cell: ({ created_at }) => showTime(created_at) },
]

async function list({ atlas, output }: Session, options: ListOptions): Promise<void> {
  const none = 'There are no workspaces.'
  await printList(output, atlas.workspaces.list({ limit: pageSize(options) }), { ...options, columns, none })
}

async function create({ atlas, output }: Session, name: string, { slug }: { slug?: string }): Promise<void> {
  const workspace = await atlas.workspaces.create({ name, slug })
  output.result(workspace, (screen) => view(workspace, screen))
}

async function show({ atlas, output }: Session, name: string): Promise<void> {
  const workspace = await atlas.workspaces.get(name)
  output.result(workspace, (screen) => view(workspace, screen))
}

async function remove({ atlas, output }: Session, name: string, { yes = false }: { yes?: boolean }): Promise<void> {
  const { id, name: called } = await atlas.workspaces.get(name)
  await confirm(`Delete the workspace ${printable(called)} (${id}) with all that belongs to it?`, yes)
  await atlas.workspaces.delete(id)
  output.result({ id, deleted: true }, () => `${id} is deleted\n`)
}

function view(workspace: Workspace, screen: Screen): string {
  const fields = [
    ['ID', workspace.id],
    ['Name', printable(workspace.name)],
    ['Slug', workspace.slug],
    ['Strict types', workspace.strict_types ? 'yes' : 'no'],
    ['Validates payloads', workspace.validate_payloads ? 'yes' : 'no'],
    ['Audit log kept', `${workspace.audit_retention_days} days`],
    ['Created', showTime(workspace.created_at)],
  ] as const
  return details(fields, screen)
}
