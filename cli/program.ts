import { Command } from 'commander'
import { auditCommands } from './audit.ts'
import { completionCommand } from './completion.ts'
import { deadLetterCommands } from './dead-letters.ts'
import { deliveryCommands } from './deliveries.ts'
import { endpointCommands } from './endpoints.ts'
import { eventCommands } from './events.ts'
import { keyCommands } from './keys.ts'
import { loginCommand } from './login.ts'
import packageFile from './package.json' with { type: 'json' }
import { serverCommands } from './serve.ts'
import { webhookCommands } from './webhooks.ts'
import { workspaceCommands } from './workspaces.ts'

const notes = `
Where the server is and who you are come from the options, else from the environment (ATLAS_SERVER, ATLAS_KEY,
ATLAS_WORKSPACE), else from what "atlas login" stored. Where there is one workspace only, it need not be named.

Exit codes: 0 done, 1 it failed, 2 what was typed cannot be used and nothing was done.`

/** The whole command line. */
export function createProgram(): Command {
  const program: Command = new Command('atlas')
  program
    .description('The command line of Atlas Webhooks.')
    .version(packageFile.version, '--version', 'show the version of this program')
    .helpOption('-h, --help', 'show what a command does')
    .helpCommand(false)
    .option('--server <url>', 'the server to talk to')
    .option('--key <key>', 'the API key; others on this machine can see what is typed, so better log in')
    .option('--workspace <name>', 'the workspace, by its id or slug')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', notes)
    // The caller decides what becomes of an error.
    .exitOverride()
    .configureHelp({
      showGlobalOptions: true,
      visibleGlobalOptions: (command) =>
        command === program ? [] : program.options.filter(({ long }) => long !== '--version'),
    })
    .configureOutput({ outputError: (text, write) => write(text) })
  const registrations = [
    ...[serverCommands, loginCommand, webhookCommands, eventCommands, endpointCommands, deliveryCommands],
    ...[deadLetterCommands, auditCommands, workspaceCommands, keyCommands, completionCommand],
  ]
  for (const register of registrations) register(program)
  return program
}
