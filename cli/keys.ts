import type { ApiKey, NewApiKey } from '@atlas-webhooks/sdk'
import { type Command, InvalidArgumentError } from 'commander'
import { examples, group, inWorkspace } from './command.ts'
import { type ListOptions, limitOption, pageSize, printList } from './list.ts'
import { commaList, futureTime, idOrSlug } from './option-value.ts'
import { confirm } from './prompt.ts'
import type { WorkspaceSession } from './session.ts'
import { printable } from './view/printable.ts'
import { type Column, details, type Screen } from './view/table.ts'
import { showTime } from './view/time.ts'

type KeyScope = ApiKey['scopes'][number]

const keyScopes: readonly KeyScope[] = ['publish', 'read', 'manage']

export function keyCommands(program: Command): void {
  const keys = group(program, 'keys', 'API keys of a workspace')
  examples(
    keys
      .command('list')
      .description('list the keys; what they are made of is not shown')
      .addOption(limitOption())
      .action(inWorkspace(list)),
    'atlas keys list',
  )
  examples(
    keys
      .command('create')
      .description('create a key; it is shown this once')
      .argument('<name>', 'what it is for')
      .requiredOption('--scopes <scopes>', `what it may do: ${keyScopes.join(', ')}; separated by commas`, scopes)
      .option('--expires <time>', 'when it ends: 30d (from now), 2026-12-31 or 2026-12-31T12:00:00Z', futureTime)
      .action(inWorkspace(create)),
    'atlas keys create publisher --scopes publish',
    'atlas keys create "CI of Jane" --scopes read,manage --expires 30d',
  )
  examples(
    keys
      .command('revoke')
      .description('revoke a key, for good')
      .argument('<key>', 'its id', idOrSlug)
      .option('--yes', 'do not ask whether you are sure')
      .action(inWorkspace(revoke)),
    'atlas keys revoke key_01h455vb4pex5vsknk084sn02q',
  )
}

function scopes(text: string): KeyScope[] {
  return commaList(text).map((name) => {
    const scope = keyScopes.find((each) => each === name)
    if (scope === undefined) throw new InvalidArgumentError(`"${name}" is none of ${keyScopes.join(', ')}.`)
    return scope
  })
}

const columns: readonly Column<ApiKey>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'NAME', cell: ({ name }) => name, shrinks: true },
  { title: 'SCOPES', cell: ({ scopes }) => scopes.join(', ') },
  { title: 'EXPIRES', cell: ({ expires_at }) => (expires_at === null ? 'never' : showTime(expires_at)) },
  { title: 'CREATED', cell: ({ created_at }) => showTime(created_at) },
]

async function list({ atlas, output }: WorkspaceSession, options: ListOptions): Promise<void> {
  const none = 'There are no keys.'
  await printList(output, atlas.keys.list({ limit: pageSize(options) }), { ...options, columns, none })
}

interface NewKeyOptions {
  readonly scopes: readonly KeyScope[]
  readonly expires?: string
}

async function create({ atlas, output }: WorkspaceSession, name: string, options: NewKeyOptions): Promise<void> {
  const key = await atlas.keys.create({ name, scopes: options.scopes, expires_at: options.expires })
  output.result(key, (screen) => view(key, screen))
  output.say('Keep the key now: it is not shown again.')
}

async function revoke(
  { atlas, output }: WorkspaceSession,
  id: string,
  { yes = false }: { yes?: boolean },
): Promise<void> {
  await confirm(`Revoke ${id}? Whoever uses it is refused from then on.`, yes)
  await atlas.keys.revoke(id)
  output.result({ id, revoked: true }, () => `${id} is revoked\n`)
}

function view(key: NewApiKey, screen: Screen): string {
  const fields = [
    ['ID', key.id],
    ['Name', printable(key.name)],
    ['Scopes', key.scopes.join(', ')],
    ['Expires', key.expires_at === null ? 'never' : showTime(key.expires_at)],
    ['Key', screen.style('strong', key.key)],
  ] as const
  return details(fields, screen)
}
