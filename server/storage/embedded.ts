import { realpath } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BaseLogger } from 'pino'
import { findInstalled, prepareBinaries } from './embedded-binaries.ts'
import { chooseAccount, createCluster, makeDataDirectory, readPassword, USER } from './embedded-cluster.ts'
import { lockDataDirectory } from './embedded-lock.ts'
import { stopOrphan } from './embedded-orphan.ts'
import { type Cluster, Postmaster } from './embedded-process.ts'

export interface EmbeddedOptions {
  /** Where the database lives; it is created if it does not exist. Private to this user. */
  readonly dataDirectory: string
  readonly log: BaseLogger
  /** On loopback; by default any free one. */
  readonly port?: number
  /** Postgres settings on top of ours. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface EmbeddedPostgres {
  /** Holds the password: not for logs. Stays the same for as long as this process runs. */
  readonly url: string
  stop(): Promise<void>
}

const HOST = '127.0.0.1'
const FIRST_START_ATTEMPTS = 5
const RESTART_FIRST_MS = 50
const RESTART_MOST_MS = 5_000

// For one service with many small writes on a machine that it shares. What is not here is Postgres' default: fsync
// and synchronous commits above all.
const SETTINGS = {
  listen_addresses: HOST,
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  // No replicas: the least log that crash recovery needs.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  wal_buffers: '16MB',
  // What crash recovery replays at most: measured at 2.3 s for 1 GB and 19 s for 4 GB, with no gain in throughput.
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  // Statements are short and prepared: compiling them costs more than it saves.
  jit: 'off',
  random_page_cost: '1.1',
  // Queue tables change all over within seconds: vacuum early and often, in small portions.
  autovacuum_naptime: '15s',
  autovacuum_vacuum_scale_factor: '0.05',
  autovacuum_vacuum_insert_scale_factor: '0.1',
  autovacuum_analyze_scale_factor: '0.05',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '',
  // The log must not show payloads: neither statements nor the rows that a constraint refused.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  // One call instead of one per file at the start after a crash.
  ...(process.platform === 'linux' && { recovery_init_sync_method: 'syncfs' }),
}

/**
 * Runs a Postgres of our own in the data directory, on loopback, until `stop`, and starts it again if it dies.
 * Rejects with `DataDirectoryInUse` if another server runs there.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  await makeDataDirectory(options.dataDirectory)
  const dataDirectory = await realpath(options.dataDirectory)
  const lock = await lockDataDirectory(dataDirectory)
  try {
    const folder = join(dataDirectory, 'postgres')
    const account = await chooseAccount(folder)
    const [{ initdb, postgres }, password] = await Promise.all([
      findInstalled().then((installed) => prepareBinaries(account, installed)),
      readPassword(dataDirectory, folder),
    ])
    await createCluster(folder, initdb, account, password, options.settings?.fsync !== 'off')
    await stopOrphan(folder, options.log)
    const cluster = { folder, account, postgres, settings: { ...SETTINGS, ...options.settings } }
    const { postmaster, url, settings } = await startFirst(cluster, password, options)
    const supervisor = new Supervisor({ ...cluster, settings }, url, postmaster, options.log)
    const stop = async (): Promise<void> => {
      await supervisor.stop()
      await lock.release()
    }
    return { url, stop }
  } catch (error) {
    await lock.release()
    throw error
  }
}

// A free port may be taken before Postgres binds it, and remains of a killed Postgres may take a moment to go.
async function startFirst(
  cluster: Cluster,
  password: string,
  { log, port }: EmbeddedOptions,
): Promise<{ postmaster: Postmaster; url: string; settings: Cluster['settings'] }> {
  for (let attempt = 1; ; attempt++) {
    const chosen = port ?? (await findFreePort())
    const url = `postgresql://${USER}:${password}@${HOST}:${chosen}/postgres`
    const settings = { ...cluster.settings, port: String(chosen) }
    const postmaster = new Postmaster({ ...cluster, settings }, log)
    try {
      await postmaster.ready(url)
      return { postmaster, url, settings }
    } catch (error) {
      await postmaster.stop()
      if (attempt === FIRST_START_ATTEMPTS) throw error
      await sleep(RESTART_FIRST_MS * 2 ** attempt)
    }
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, HOST, resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}

/** Keeps Postgres running: when it dies it is started again on the same port, for as long as it takes. */
class Supervisor {
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>
  #postmaster: Postmaster

  constructor(cluster: Cluster, url: string, postmaster: Postmaster, log: BaseLogger) {
    this.#postmaster = postmaster
    this.#running = this.#run(cluster, url, log)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#postmaster.stop()
    await this.#running
  }

  async #run(cluster: Cluster, url: string, log: BaseLogger): Promise<void> {
    const { signal } = this.#stopping
    let delayMs = RESTART_FIRST_MS
    for (;;) {
      const reason = await this.#postmaster.exited
      if (signal.aborted) return
      log.error({ reason, delayMs }, 'Postgres ended by itself, starting it again')
      await sleep(delayMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      this.#postmaster = new Postmaster(cluster, log)
      const ready = await this.#postmaster.ready(url).then(
        () => true,
        () => false,
      )
      if (ready) log.info('Postgres is back')
      delayMs = ready ? RESTART_FIRST_MS : Math.min(delayMs * 2, RESTART_MOST_MS)
    }
  }
}
