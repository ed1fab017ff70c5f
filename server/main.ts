import './thread-pool.ts'
import { parseArgs } from 'node:util'
import type { Logger } from 'pino'
import { devBanner } from './banner.ts'
import { type Config, ConfigError, loadConfig } from './config.ts'
import { KeyFileError } from './generated-keys.ts'
import { createLog } from './log.ts'
import { migrateDatabase, type Server, startServer } from './server.ts'
import { DataDirectoryInUse } from './storage/embedded-lock.ts'
import { DatabaseUnavailable, PostgresTooOld } from './storage/failure.ts'
import { MigrationAltered, SchemaTooNew } from './storage/migrate.ts'

const usage = 'usage: main.ts [--dev | --migrate]'

/** Failures that the operator can mend: a line says more than a stack. */
const expected = [KeyFileError, DataDirectoryInUse, DatabaseUnavailable, PostgresTooOld, MigrationAltered, SchemaTooNew]

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

interface Arguments {
  readonly dev: boolean
  readonly migrate: boolean
}

function readArguments(): Arguments | null {
  const flag = { type: 'boolean', default: false } as const
  try {
    const { values } = parseArgs({ options: { dev: flag, migrate: flag } })
    return values.dev && values.migrate ? null : values
  } catch {
    return null
  }
}

function readConfig(dev: boolean): Config | null {
  try {
    return loadConfig(process.env, { dev })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const fault of error.faults) say(fault)
    return null
  }
}

function describe(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  if (expected.some((kind) => error instanceof kind)) return error.message
  const isSystemError = 'syscall' in error
  return isSystemError ? error.message : null
}

function failedToStart(error: unknown, log: Logger): void {
  const message = describe(error)
  if (message === null) log.fatal({ err: error }, 'the server could not start')
  else say(`The server could not start: ${message}`)
}

async function migrate(config: Config, log: Logger): Promise<number> {
  try {
    const applied = await migrateDatabase(config, log)
    log.info({ applied }, 'the database is up to date')
    return 0
  } catch (error) {
    failedToStart(error, log)
    return 1
  }
}

async function run(config: Config, log: Logger): Promise<number> {
  // Nothing that was accepted depends on this process's memory, so a node in an unknown state is better ended.
  const crash = (error: unknown) => {
    log.fatal({ err: error }, 'unexpected error; the node ends')
    process.exit(1)
  }
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)

  const asked = Promise.withResolvers<void>()
  let signals = 0
  const onSignal = () => {
    signals += 1
    if (signals > 1) process.exit(1)
    asked.resolve()
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)

  let server: Server
  try {
    server = await startServer(config, log)
  } catch (error) {
    failedToStart(error, log)
    return 1
  }
  log.info({ url: server.url }, 'ready')
  if (config.dev && signals === 0) process.stdout.write(devBanner(server, (await server.signInLink()).url))
  await asked.promise
  log.info('stopping')
  await server.stop()
  log.info('stopped')
  return 0
}

async function main(): Promise<number> {
  const args = readArguments()
  if (args === null) {
    say(usage)
    return 2
  }
  const config = readConfig(args.dev)
  if (config === null) return 1
  const log = createLog(config)
  return args.migrate ? await migrate(config, log) : await run(config, log)
}

process.exit(await main())
