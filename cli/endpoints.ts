import type { EndpointToCreate } from '@atlas-webhooks/sdk'
import type { Command } from 'commander'
import { examples, group, inWorkspace } from './command.ts'
import { type EndpointOptions, endpointOf, warnOfUnknownTypes } from './endpoint-options.ts'
import { exitCodes } from './failure.ts'
import { type ListOptions, limitOption, pageSize, printList } from './list.ts'
import { collect, commaList, idOrSlug } from './option-value.ts'
import { confirm } from './prompt.ts'
import type { WorkspaceSession } from './session.ts'
import { endpointColumns, endpointView, testView } from './view/endpoint.ts'
import { printable } from './view/printable.ts'
import { details } from './view/table.ts'
import { showTime } from './view/time.ts'

export function endpointCommands(program: Command): void {
  const endpoints = group(program, 'endpoints', 'URLs that receive events')
  examples(
    endpoints.command('list').description('list the endpoints').addOption(limitOption()).action(inWorkspace(list)),
    'atlas endpoints list',
  )
  createCommand(endpoints)
  const aboutOne = (name: string, description: string, more = ''): Command => {
    const command = endpoints.command(name).description(description).argument('<endpoint>', 'its id', idOrSlug)
    return examples(command, `atlas endpoints ${name} ep_01h455vb4pex5vsknk084sn02q${more}`)
  }
  aboutOne('show', 'show all settings of an endpoint').action(inWorkspace(show))
  const testing = 'send a test event, once, and show what came of it; exit code 1 if it was not accepted'
  aboutOne('test', testing, ' --type deal.created')
    .option('--type <type>', 'the example of this event type')
    .action(inWorkspace(test))
  aboutOne('pause', 'hold what comes for an endpoint until it is resumed').action(inWorkspace(setStatus('pause')))
  aboutOne('resume', 'deliver what was held, and what comes').action(inWorkspace(setStatus('resume')))
  aboutOne('rotate-secret', 'make a new secret; the old one is valid for 24 hours more').action(
    inWorkspace(rotateSecret),
  )
  aboutOne('delete', 'delete an endpoint; what waits for it is canceled')
    .option('--yes', 'do not ask whether you are sure')
    .action(inWorkspace(remove))
}

function createCommand(endpoints: Command): void {
  const command = endpoints
    .command('create')
    .description('create an endpoint; its secret is shown this once')
    .argument('[url]', 'where requests go to; not needed where --data has it')
    .option('--types <patterns>', 'the event types that it wants, separated by commas; all without it', commaList)
    .option('--filter <expression>', 'only events for which this is true')
    .option('--tags <tags>', 'only events with one of these tags, separated by commas', commaList)
    .option('--description <text>', 'what it is for')
    .option('--profile <profile>', 'the form of the requests: atlas, cloudevents, datadog, splunk, …')
    .option('--header <name: value>', 'a header to send with each request; may be given several times', collect)
    .option('--serialize', 'one request at a time, in order')
    .option('--set <field=value>', 'any other field of the API; may be given several times', collect)
    .option('--data <file>', 'take the fields from a JSON file, - for standard input')
    .action(inWorkspace(create))
  examples(
    command,
    "atlas endpoints create https://hooks.acme.example/atlas --types 'deal.*,contact.created'",
    "atlas endpoints create https://hooks.acme.example/big --filter 'deal.value > 10000'",
    'atlas endpoints create https://hooks.acme.example/slow --set max_per_second=5 --set timeout_seconds=30',
    'atlas endpoints create --data endpoint.json',
  )
}

async function list({ atlas, output }: WorkspaceSession, options: ListOptions): Promise<void> {
  const found = atlas.endpoints.list({ limit: pageSize(options) })
  await printList(output, found, { ...options, columns: endpointColumns, none: 'There are no endpoints.' })
}

async function create(session: WorkspaceSession, url: string | undefined, options: EndpointOptions): Promise<void> {
  const { atlas, output } = session
  const wanted = await endpointOf(url, options)
  await warnOfUnknownTypes(session, options.types ?? [])
  const endpoint = await atlas.endpoints.create(wanted as unknown as EndpointToCreate)
  output.result(endpoint, (screen) => endpointView(endpoint, screen))
  output.say('Keep the secret now: it is not shown again.')
}

async function show({ atlas, output }: WorkspaceSession, id: string): Promise<void> {
  const endpoint = await atlas.endpoints.get(id)
  output.result(endpoint, (screen) => endpointView(endpoint, screen))
}

async function test({ atlas, output }: WorkspaceSession, id: string, options: { type?: string }): Promise<void> {
  const result = await atlas.endpoints.test(id, options)
  output.result(result, (screen) => testView(result, screen))
  if (!result.ok) process.exitCode = exitCodes.failed
}

function setStatus(action: 'pause' | 'resume') {
  return async ({ atlas, output }: WorkspaceSession, id: string): Promise<void> => {
    const endpoint = await atlas.endpoints[action](id)
    output.result(endpoint, () => `${endpoint.id} is ${endpoint.status}\n`)
  }
}

async function rotateSecret({ atlas, output }: WorkspaceSession, id: string): Promise<void> {
  const rotated = await atlas.endpoints.rotateSecret(id)
  output.result(rotated, (screen) =>
    details(
      [
        ['Secret', screen.style('strong', rotated.secret)],
        ['Old one valid until', showTime(rotated.previous_expires_at)],
      ],
      screen,
    ),
  )
  output.say('Keep the secret now: it is not shown again.')
}

async function remove(
  { atlas, output }: WorkspaceSession,
  id: string,
  { yes = false }: { yes?: boolean },
): Promise<void> {
  const { url } = await atlas.endpoints.get(id)
  await confirm(`Delete the endpoint ${printable(url)} (${id})?`, yes)
  await atlas.endpoints.delete(id)
  output.result({ id, deleted: true }, () => `${id} is deleted\n`)
}
