import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from 'commander'
import { examples } from './command.ts'
import { Failure } from './usage-error.ts'

export function serverCommands(program: Command): void {
  examples(
    program
      .command('serve')
      .description('start the server; only inside its repository, from which it runs')
      .option('--dev', 'development mode: permits endpoints on this machine, and shows the key')
      .action(async ({ dev = false }: { dev?: boolean }) => await runServer(dev ? ['--dev'] : [])),
    'npx atlas serve --dev',
    'ATLAS_DATABASE_URL=postgres://atlas@db.internal/atlas npx atlas serve',
  )
  examples(
    program
      .command('migrate')
      .description('bring the database up to date without serving; only inside the repository')
      .action(async () => await runServer(['--migrate'])),
    'npx atlas migrate',
  )
}

/** Runs the server's own program as `npm start` does, and ends as it ends. */
async function runServer(args: readonly string[]): Promise<void> {
  const root = join(import.meta.dirname, '..')
  const starter = join(root, 'scripts', 'run.mjs')
  if (!existsSync(starter) || !existsSync(join(root, 'server', 'main.ts'))) {
    throw new Failure('the server is not part of this package: clone the repository of Atlas Webhooks and run it there')
  }
  // Should this process be killed, the channel between the two closes, and the server stops in good order.
  const withParent = pathToFileURL(join(root, 'scripts', 'stop-with-parent.mjs')).href
  const child = spawn(process.execPath, ['--import', withParent, starter, 'server/main.ts', ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (exitCode, signal) => resolve(exitCode ?? 128 + constants.signals[signal ?? 'SIGTERM']))
  })
  process.exit(code)
}
