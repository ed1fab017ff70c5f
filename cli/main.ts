import { homedir } from 'node:os'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { Failure, UsageError } from './usage-error.ts'
import { type ListenPlace, listenCommand } from './webhooks/listen.ts'

const { ATLAS_SERVER: server = 'http://127.0.0.1:8400', ATLAS_KEY, ATLAS_WORKSPACE, XDG_CONFIG_HOME } = process.env

async function find(): Promise<ListenPlace> {
  const [key, workspace] = [ATLAS_KEY, ATLAS_WORKSPACE]
  if (!key) throw new UsageError('set ATLAS_KEY to an API key')
  if (!workspace) throw new UsageError('set ATLAS_WORKSPACE to the id or slug of a workspace')
  return {
    ...{ server, key, workspace },
    settingsFolder: join(XDG_CONFIG_HOME || join(homedir(), '.config'), 'atlas-webhooks'),
    typeNames: () => eventTypes(key, workspace),
  }
}

async function eventTypes(key: string, workspace: string): Promise<string[]> {
  const headers = { authorization: `Bearer ${key}` }
  const answer = await fetch(`${server}/v1/workspaces/${encodeURIComponent(workspace)}/event-types`, { headers }).catch(
    () => {
      throw new Failure(`cannot reach ${server}; is the server running, and is this its address?`)
    },
  )
  const body = (await answer.json()) as { data: { name: string }[]; detail?: string }
  if (!answer.ok) throw new Failure(body.detail ?? `the server answered ${answer.status}`)
  return body.data.map(({ name }) => name)
}

const program = new Command('atlas').description('The command line of Atlas Webhooks.').exitOverride()
listenCommand(program.command('webhooks').description('try webhooks out while developing'), find)

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else if (error instanceof UsageError || error instanceof Failure) {
    process.stderr.write(`error: ${error.message}\n`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  } else throw error
}
