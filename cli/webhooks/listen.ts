import { hostname } from 'node:os'
import { type Command, Option } from 'commander'
import { collect, commaList } from '../option-value.ts'
import { UsageError } from '../usage-error.ts'
import { coloured, plain } from '../view/style.ts'
import { readClientId } from './client-id.ts'
import { unlistedTypes } from './event-names.ts'
import { parseForwardUrl } from './forward-url.ts'
import { readHeaders } from './header-option.ts'
import { ListenNotices } from './listen-notices.ts'
import { jsonView, textView } from './listen-view.ts'
import { Listening } from './listening.ts'
import { type Hello, TunnelClient, type TunnelPlace } from './tunnel-client.ts'
import { tunnelFailure } from './tunnel-failure.ts'

/** What the command needs of the rest of the command line. */
export interface ListenPlace extends TunnelPlace {
  /** The user's folder for the settings of this program. */
  readonly settingsFolder: string
  /** The event types that the workspace knows. */
  typeNames(): Promise<readonly string[]>
}

interface ListenOptions {
  readonly forwardTo?: string
  readonly events?: readonly string[]
  readonly filter?: string
  readonly headers?: readonly string[]
  readonly format: 'text' | 'json'
  readonly json?: true
  readonly printSecret?: true
  readonly skipVerify?: true
  readonly latest?: true
  readonly retry?: true
}

/** @param find gives where the server is and as whom, from options, environment and what is stored */
export function listenCommand(webhooks: Command, find: (command: Command) => Promise<ListenPlace>): Command {
  return webhooks
    .command('listen')
    .description('send what the workspace publishes to a server on this machine, signed as in production')
    .option('--forward-to <url>', 'where to: 3000, localhost:3000/hooks, /hooks or https://localhost')
    .option('--events <types>', 'these event types only, such as deal.*,contact.created', commaList)
    .option('--filter <expression>', 'only events for which this is true, such as "deal.value > 10000"')
    .option('--headers <name: value>', 'send this header, too; may be given several times', collect)
    .addOption(
      new Option('--format <format>', 'json prints a line of JSON for each thing that happens')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('--print-secret', 'print the signing secret, and do no more')
    .option('--skip-verify', 'accept any certificate of the local server')
    .option('--latest', 'send the newest event that there is, to begin with')
    .option('--retry', 'try again what has failed; without it a failure is final')
    .action(async function (this: Command, options: ListenOptions) {
      await listen(
        await find(this),
        this.optsWithGlobals<ListenOptions>().json ? { ...options, format: 'json' } : options,
      )
    })
}

async function listen(place: ListenPlace, options: ListenOptions): Promise<void> {
  const { events = [], filter, printSecret } = options
  if (options.forwardTo === undefined && !printSecret) {
    throw new UsageError('--forward-to says where events go, such as --forward-to localhost:3000')
  }
  const url = parseForwardUrl(options.forwardTo ?? 'localhost')
  const headers = readHeaders(options.headers ?? [])
  const client = await readClientId(place.settingsFolder)
  const hello: Hello = {
    ...{ client: client.id, name: machineName(), forward_to: url.href, types: events, filter: filter ?? null, headers },
    ...{ retry: options.retry ?? false, latest: options.latest ?? false },
  }
  if (printSecret) {
    process.stdout.write(`${await secretOf(place, hello)}\n`)
    return
  }
  const notices = new ListenNotices()
  try {
    notices.connecting(place.server)
    const unlisted = events.length === 0 ? [] : unlistedTypes(events, await place.typeNames())
    for (const type of unlisted) notices.say(`the catalog has no event type ${type}; listening for it all the same`)
    if (!client.kept) notices.say(`nothing can be kept in ${place.settingsFolder}: the secret is another one each time`)
    await new Listening({
      ...{ place, hello, url, notices, signal: interruption(), skipVerify: options.skipVerify ?? false },
      view: options.format === 'json' ? jsonView : textView(process.stdout.hasColors?.() ? coloured : plain),
      print: (line) => void process.stdout.write(`${line}\n`),
    }).run()
  } finally {
    notices.end()
  }
}

/** Aborted by Ctrl-C; a second one ends the process at once. */
function interruption(): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  return stop.signal
}

async function secretOf(place: ListenPlace, hello: Hello): Promise<string> {
  try {
    const client = await TunnelClient.connect(place, { ...hello, secret_only: true }, () => {})
    await client.leave()
    return client.welcome.secret
  } catch (error) {
    throw tunnelFailure(error, place.server)
  }
}

/** As people know it, who may have several. */
function machineName(): string {
  const user = process.env.USER ?? process.env.USERNAME ?? 'someone'
  return `${user}@${hostname()}`.replaceAll(/\p{Cc}/gu, '').slice(0, 100)
}
