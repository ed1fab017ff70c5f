import { ApiError, Atlas, ForbiddenError, NotFoundError } from '@atlas-webhooks/sdk'
import { loginPath, readLogin } from './login-file.ts'
import { Output } from './output.ts'
import packageFile from './package.json' with { type: 'json' }
import { chooseTarget, type Flags, type Target } from './settings.ts'
import { Failure, UsageError } from './usage-error.ts'

/** What a command has to work with: the server, as whom, and where its words go. */
export interface Session {
  readonly atlas: Atlas
  readonly target: Target
  readonly output: Output
}

/** One that is about a workspace: the client's calls are about it unless they name another. */
export interface WorkspaceSession extends Session {
  /** Its id or slug. */
  readonly workspace: string
}

// Someone is waiting, and may try again; and what stands on a terminal is no service that must get through.
const retries = 2
const versionTimeoutMs = 10_000

export async function openSession(flags: Flags): Promise<Session> {
  const output = new Output(flags.json === true)
  const target = chooseTarget(flags, process.env, await readLogin(loginPath()))
  return await connect(target, output)
}

/** Asks the server for its version, so that what follows has one that this program can talk to. */
export async function connect(target: Target, output: Output): Promise<Session> {
  const { server, key, workspace } = target
  const atlas = new Atlas({ server, key, workspace: workspace ?? undefined, retries })
  const found = await serverVersion(atlas, server)
  const mismatch = found === null ? null : versionMismatch(server, found, packageFile.version)
  if (mismatch !== null) throw new Failure(mismatch)
  return { atlas, target, output }
}

async function serverVersion(atlas: Atlas, server: string): Promise<string | null> {
  try {
    const { version } = await atlas.server.health({ retries: 0, timeoutMs: versionTimeoutMs })
    if (typeof version !== 'string') throw new Failure(`what answers at ${server} is not Atlas`)
    return version
  } catch (error) {
    // What stands in front of the server need not let everybody ask for its health.
    if (error instanceof ApiError && error.code === 'unknown') return null
    throw error
  }
}

/** Why this program cannot talk to a server of another version; null: it can. */
export function versionMismatch(server: string, theirs: string, own: string): string | null {
  const [major = 0, ownMajor = 0] = [theirs, own].map((version) => Number.parseInt(version, 10))
  if (major === ownMajor) return null
  const older = major > ownMajor ? 'atlas' : 'the server'
  return `${server} runs version ${theirs}, and this is atlas ${own}, which cannot talk to it: update ${older}`
}

/** Finds the workspace where none was named: the only one there is for this key. */
export async function withWorkspace(session: Session): Promise<WorkspaceSession> {
  const { target, output } = session
  const workspace = target.workspace ?? (await onlyWorkspace(session))
  const atlas = new Atlas({ server: target.server, key: target.key, workspace, retries })
  return { atlas, target, output, workspace }
}

/** What to say about something that was not found: that there is no such workspace either, if that is so. */
export async function explainNotFound(
  { atlas, target, workspace }: WorkspaceSession,
  error: NotFoundError,
): Promise<Error> {
  try {
    await atlas.workspaces.get(workspace)
    return error
  } catch (again) {
    if (!(again instanceof NotFoundError)) return error
    return new Failure(`${target.server} has no workspace "${workspace}" for this key (atlas workspaces list)`)
  }
}

async function onlyWorkspace({ atlas, target }: Session): Promise<string> {
  const advice = 'name one with --workspace or ATLAS_WORKSPACE'
  try {
    const { data } = await atlas.workspaces.list({ limit: 2 }).page()
    const [only, second] = data
    if (only === undefined) throw new UsageError(`${target.server} has no workspace yet: atlas workspaces create`)
    if (second !== undefined) throw new UsageError(`there are several workspaces: ${advice} (atlas workspaces list)`)
    return only.slug ?? only.id
  } catch (error) {
    // A key that may publish only.
    if (error instanceof ForbiddenError) throw new UsageError(`this key may not ask for its workspace: ${advice}`)
    throw error
  }
}
