import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { BaseLogger } from 'pino'
import type { Account } from './embedded-binaries.ts'
import { connectFailure, isUnavailable } from './failure.ts'

/** How Postgres is asked to end, and for how long it may take: roll back and write a checkpoint, just end, or die. */
export const SHUTDOWN = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
] as const

/** Nothing of this process's environment is meant for Postgres, least of all its secrets. */
export const ENVIRONMENT = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

const READY_POLL_MS = 10
const SLOW_START_MS = 2_000
const REMEMBERED_LINES = 20

// When this process dies without a word its end of the pipe closes, `read` returns and Postgres is told to stop.
// The pid file guards against another process that has got the same id by then.
const WATCHER = 'read -r _; read -r pid < postmaster.pid && [ "$pid" = "$1" ] && kill -INT "$1"'

export interface Cluster {
  /** The directory of the cluster itself, which Postgres calls `PGDATA`. */
  readonly folder: string
  readonly account: Account
  readonly postgres: string
  readonly settings: Readonly<Record<string, string>>
}

/**
 * How a process of the account names the folder that it is started in. As root the folder may lie below directories
 * that the account cannot pass, but its own working directory it can always open.
 */
export function reachable(folder: string, account: Account): string {
  return process.platform === 'linux' && account.uid !== undefined ? '/proc/self/cwd' : folder
}

/** A Postgres that this process has started. */
export class Postmaster {
  /** Resolves with the reason and the last lines of its log when it has ended. */
  readonly exited: Promise<string>
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #log: BaseLogger
  readonly #lines: string[] = []

  constructor({ folder, account, postgres, settings }: Cluster, log: BaseLogger) {
    // Detached: in a session of its own, so that the Ctrl-C of a terminal reaches it through this process only.
    const options = { ...account, cwd: folder, env: ENVIRONMENT, detached: true } as const
    const set = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const command = ['-D', reachable(folder, account), ...set]
    const child = spawn(postgres, command, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
    const watch = ['-c', WATCHER, 'sh', String(child.pid)]
    const watcher = spawn('/bin/sh', watch, { ...options, stdio: ['pipe', 'ignore', 'ignore'] })
    watcher.on('error', (error) => log.warn({ err: error }, 'Postgres would outlive a crash of this server'))
    watcher.stdin.on('error', () => {})
    createInterface(child.stderr).on('line', (line) => this.#note(line))
    this.#child = child
    this.#folder = folder
    this.#log = log
    this.exited = ended(child).then((reason) => {
      watcher.kill('SIGKILL')
      return [reason, ...this.#lines].join('\n')
    })
    // None of this keeps the process running: when its own work is done, the watcher stops Postgres.
    for (const handle of [child, watcher, child.stderr as Socket, watcher.stdin as Socket]) handle.unref()
  }

  /** Resolves when Postgres accepts connections, after crash recovery if it must be; rejects when it ends before. */
  async ready(url: string): Promise<void> {
    const abort = new AbortController()
    const failed = this.exited.then((reason) => {
      throw new Error(`Postgres did not start: ${reason}`)
    })
    const slow = setTimeout(() => this.#log.info('waiting for Postgres: it recovers from a crash'), SLOW_START_MS)
    this.#child.ref()
    try {
      await Promise.race([failed, this.#untilConnected(url, abort.signal)])
    } finally {
      abort.abort()
      clearTimeout(slow)
      this.#child.unref()
    }
  }

  /** Shuts down, and resolves when the process has ended. */
  async stop(): Promise<void> {
    this.#child.ref()
    for (const [signal, patienceMs] of SHUTDOWN) {
      this.#child.kill(signal)
      const late = new AbortController()
      const done = this.exited.then(() => true)
      const waited = sleep(patienceMs, false, { signal: late.signal }).catch(() => false)
      const gone = await Promise.race([done, waited])
      late.abort()
      if (gone) return
    }
  }

  async #untilConnected(url: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (await this.#saysReady()) {
        try {
          await connectOnce(url)
          return
        } catch (error) {
          if (!isUnavailable(connectFailure(error))) throw error
        }
      }
      await sleep(READY_POLL_MS)
    }
  }

  // Postgres keeps its state in the eighth line of its pid file. Connecting before would fill the log with refusals.
  async #saysReady(): Promise<boolean> {
    const lines = (await readFile(join(this.#folder, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
    return Number(lines[0]) === this.#child.pid && lines[7]?.trim() === 'ready'
  }

  #note(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > REMEMBERED_LINES) this.#lines.shift()
    if (/^(WARNING|ERROR|FATAL|PANIC):/.test(line)) this.#log.warn({ postgres: line }, 'Postgres reports')
    else this.#log.debug({ postgres: line }, 'Postgres reports')
  }
}

async function ended(child: ChildProcess): Promise<string> {
  const closed = once(child, 'close')
  closed.catch(() => {})
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    // The last lines of its log tell why; but a backend that outlives the postmaster keeps the pipe open.
    await Promise.race([closed, sleep(100, undefined, { ref: false })])
    return signal ?? `exit code ${code}`
  } catch (error) {
    return String(error)
  }
}

async function connectOnce(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  await client.connect()
  await client.end()
}
