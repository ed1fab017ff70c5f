import { ForbiddenError } from '@atlas-webhooks/sdk'
import type { Command } from 'commander'
import { examples } from './command.ts'
import { type Login, loginPath, readLogin, writeLogin } from './login-file.ts'
import { Output } from './output.ts'
import { Prompt } from './prompt.ts'
import { connect, type Session } from './session.ts'
import { defaultServer, type Flags, readKey, readServer } from './settings.ts'
import { printable } from './view/printable.ts'

export function loginCommand(program: Command): void {
  const command = program
    .command('login')
    .description('store a server and a key for the other commands')
    .action(async function () {
      await login(this.optsWithGlobals<Flags>())
    })
  examples(
    command,
    'atlas login',
    'atlas login --server https://webhooks.acme.example --workspace acme',
    'atlas login --server https://webhooks.acme.example < key.txt',
  )
}

async function login(flags: Flags): Promise<void> {
  const output = new Output(flags.json === true)
  const path = loginPath()
  const { session, workspace } = await askAndCheck(flags, await readLogin(path), output)
  const { server, key } = session.target
  await writeLogin(path, { server, key, workspace })
  const who = key.startsWith('atlas_op_') ? 'the operator' : 'a key of a workspace'
  output.result({ server, workspace, file: path }, () => {
    const about = workspace === null ? '' : `, for the workspace ${printable(workspace)}`
    return `Logged in to ${server} as ${who}${about}. Stored in ${path}\n`
  })
}

/** Asks for what was not given, and the server whether it is right. */
async function askAndCheck(
  { server: serverFlag, key: keyFlag, workspace: workspaceFlag }: Flags,
  before: Login | null,
  output: Output,
): Promise<{ session: Session; workspace: string | null }> {
  const { ATLAS_SERVER, ATLAS_KEY, ATLAS_WORKSPACE } = process.env
  const isAttended = process.stdin.isTTY === true
  const prompt = new Prompt()
  try {
    const proposed = before?.server ?? defaultServer
    const typed = serverFlag ?? (ATLAS_SERVER || (isAttended ? await prompt.ask(`Server [${proposed}]: `) : ''))
    const server = readServer(typed || proposed)
    const key = readKey(keyFlag ?? (ATLAS_KEY || (await prompt.ask('API key: ', { hidden: true }))))
    const session = await connect({ server, key, workspace: null }, output)
    const names = await visibleWorkspaces(session)
    let workspace = workspaceFlag ?? (ATLAS_WORKSPACE || null)
    if (workspace === null && isAttended && names.length > 1) {
      output.say(`Workspaces: ${names.map(printable).join(', ')}`)
      workspace = (await prompt.ask('Workspace, if you mostly work in one: ')) || null
    }
    if (workspace !== null) await requireWorkspace(session, workspace)
    return { session, workspace }
  } finally {
    prompt.close()
  }
}

const mostShown = 20

/** By their slugs or ids. Asking for them also shows whether the key is right. */
async function visibleWorkspaces({ atlas }: Session): Promise<string[]> {
  try {
    const { data } = await atlas.workspaces.list({ limit: mostShown }).page()
    return data.map(({ slug, id }) => slug ?? id)
  } catch (error) {
    // A key that may publish only is right too.
    if (error instanceof ForbiddenError) return []
    throw error
  }
}

async function requireWorkspace({ atlas }: Session, name: string): Promise<void> {
  try {
    await atlas.workspaces.get(name)
  } catch (error) {
    if (!(error instanceof ForbiddenError)) throw error
  }
}
