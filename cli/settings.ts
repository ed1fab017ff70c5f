import type { Login } from './login-file.ts'
import { isName } from './option-value.ts'
import { UsageError } from './usage-error.ts'

/** The options that every command takes. */
export interface Flags {
  readonly server?: string
  readonly key?: string
  readonly workspace?: string
  readonly json?: true
}

/** The server to talk to, as whom, and about which workspace; null: the only one there is. */
export interface Target {
  readonly server: string
  readonly key: string
  readonly workspace: string | null
}

export const defaultServer = 'http://127.0.0.1:8400'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Flags come before the environment, and that before what `atlas login` has stored. What was stored belongs together:
 * the key goes to no other server, and the workspace with no other key.
 */
export function chooseTarget(flags: Flags, env: Environment, login: Login | null): Target {
  const server = readServer(flags.server ?? given(env.ATLAS_SERVER) ?? login?.server ?? defaultServer)
  const stored = login?.server === server ? login : null
  const key = flags.key ?? given(env.ATLAS_KEY) ?? stored?.key
  if (key === undefined) throw new UsageError(missingKey(server, login))
  const own = stored?.key === key ? stored.workspace : null
  const workspace = flags.workspace ?? given(env.ATLAS_WORKSPACE) ?? own
  if (workspace !== null && !isName(workspace))
    throw new UsageError(`"${workspace}" is no id and no slug of a workspace`)
  return { server, key: readKey(key), workspace }
}

/** Where the server is, for what needs no key. */
export function chooseServer(flags: Flags, env: Environment, login: Login | null): string {
  return readServer(flags.server ?? given(env.ATLAS_SERVER) ?? login?.server ?? defaultServer)
}

/** Variables that are passed on without a value are as good as none. */
function given(text: string | undefined): string | undefined {
  return text?.trim() || undefined
}

function missingKey(server: string, login: Login | null): string {
  const other = login === null ? '' : `, and the stored one is for ${login.server}`
  return `there is no key for ${server}${other}: run "atlas login", set ATLAS_KEY, or give --key`
}

/** The base of a server's URLs. Throws a UsageError where the text is no such thing. */
export function readServer(text: string): string {
  // Node.js 22.0 has no URL.parse.
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null
  const isBase = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search + url.hash === ''
  if (!isBase) throw new UsageError(`the server must be a URL such as ${defaultServer}, not "${text}"`)
  return url.href.replace(/\/+$/, '')
}

export function readKey(text: string): string {
  const key = text.trim()
  // A header takes nothing else. The key is not repeated: it may be a real one with a slip in it.
  if (!/^[!-~]+$/.test(key)) throw new UsageError('the key has characters that no key has')
  return key
}
