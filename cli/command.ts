import { NotFoundError } from '@atlas-webhooks/sdk'
import type { Command } from 'commander'
import { explainNotFound, openSession, type Session, type WorkspaceSession, withWorkspace } from './session.ts'
import type { Flags } from './settings.ts'

type Handler<Arguments extends unknown[]> = (this: Command, ...args: [...Arguments, Command]) => Promise<void>

/** The handler of a command that talks to the server. Its arguments are the command's, then its options. */
export function onServer<Arguments extends unknown[]>(
  work: (session: Session, ...args: Arguments) => Promise<void>,
): Handler<Arguments> {
  return async function (...args) {
    await work(await openSession(this.optsWithGlobals<Flags>()), ...(args.slice(0, -1) as Arguments))
  }
}

/** The handler of a command that is about one workspace. */
export function inWorkspace<Arguments extends unknown[]>(
  work: (session: WorkspaceSession, ...args: Arguments) => Promise<void>,
): Handler<Arguments> {
  return onServer<Arguments>(async (server, ...args) => {
    const session = await withWorkspace(server)
    try {
      await work(session, ...args)
    } catch (error) {
      throw error instanceof NotFoundError ? await explainNotFound(session, error) : error
    }
  })
}

/** A command that is there for those below it. */
export function group(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).helpCommand(false)
}

/** Adds the examples to a command's help. */
export function examples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join('')}`)
}
