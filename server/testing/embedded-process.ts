import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../storage/embedded.ts'
import { endAfter } from './teardown.ts'

/** A data directory of a test, and the servers on it. After the test they are stopped and it is removed. */
export class TestDataDirectory {
  readonly path: string
  readonly #stops: (() => Promise<void>)[] = []

  private constructor(path: string) {
    this.path = path
  }

  /** One that does not exist yet. */
  static async create(t: TestContext): Promise<TestDataDirectory> {
    const parent = await mkdtemp(join(tmpdir(), 'atlas-embedded-'))
    const created = new TestDataDirectory(join(parent, 'data'))
    endAfter(t, async () => {
      for (const stop of created.#stops.reverse()) await stop()
      await rm(parent, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
    })
    return created
  }

  /** One with a database in it, which is copied: making one takes a second. */
  static async createFilled(t: TestContext): Promise<TestDataDirectory> {
    filled ??= fill()
    const created = await TestDataDirectory.create(t)
    await promisify(execFile)('cp', ['-a', await filled, created.path])
    return created
  }

  /** Starts Postgres from this process. */
  async start(): Promise<EmbeddedPostgres> {
    const postgres = await startEmbeddedPostgres({ dataDirectory: this.path, log: pino({ level: 'silent' }) })
    let stopped: Promise<void> | null = null
    const stop = async (): Promise<void> => {
      stopped ??= postgres.stop()
      await stopped
    }
    this.#stops.push(stop)
    return { url: postgres.url, stop }
  }

  /** Starts Postgres from a server process of its own. */
  spawn(account: { uid?: number; gid?: number } = {}): EmbeddedProcess {
    const process = new EmbeddedProcess(this.path, account)
    this.#stops.push(() => process.stop())
    return process
  }

  /** The id of the Postgres that runs here, or ran when it was killed. */
  async postmasterPid(): Promise<number> {
    return Number.parseInt(await readFile(join(this.path, 'postgres', 'postmaster.pid'), 'utf8'), 10)
  }
}

let filled: Promise<string> | null = null

async function fill(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'atlas-embedded-'))
  process.once('exit', () => rmSync(parent, { recursive: true, force: true }))
  const dataDirectory = join(parent, 'data')
  const postgres = await startEmbeddedPostgres({ dataDirectory, log: pino({ level: 'silent' }) })
  await postgres.stop()
  return dataDirectory
}

/** What a server process tells, see `embedded-child.ts`. */
export interface Message {
  readonly url?: string
  readonly error?: string
  readonly message?: string
  readonly pid?: number | null
  readonly answer?: number
  readonly stopped?: boolean
}

/** A server process with an embedded Postgres, to be killed. It leads a process group, as in a terminal. */
export class EmbeddedProcess {
  readonly child: ChildProcess
  readonly #exit: Promise<unknown>
  readonly #lines: AsyncIterator<string>

  constructor(dataDirectory: string, account: { uid?: number; gid?: number }) {
    const script = join(import.meta.dirname, 'embedded-child.ts')
    const stdio: ['pipe', 'pipe', 'inherit'] = ['pipe', 'pipe', 'inherit']
    this.child = spawn(process.execPath, [script, dataDirectory], { ...account, detached: true, stdio })
    this.#exit = once(this.child, 'exit')
    this.#lines = createInterface(this.child.stdout as Readable)[Symbol.asyncIterator]()
  }

  /** The next thing that it tells. */
  async next(): Promise<Message> {
    const { value, done } = await this.#lines.next()
    assert(!done, 'the process ended without a word')
    return JSON.parse(value) as Message
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.#exit
  }

  async stop(): Promise<void> {
    this.child.stdin?.end()
    await this.#exit
  }
}

/** Resolves when the process has gone; rejects after ten seconds. */
export async function untilGone(pid: number): Promise<void> {
  const deadline = performance.now() + 10_000
  while (isAlive(pid)) {
    assert(performance.now() < deadline, `process ${pid} is still alive`)
    await sleep(5)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** The processes that this one has started, by name. Linux only. */
export async function childrenOf(parent: number): Promise<{ pid: number; name: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = pids.map(async (pid) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    const [, name = '', parentPid] = /^\d+ \((.*)\) \S (\d+)/.exec(stat) ?? []
    return Number(parentPid) === parent ? [{ pid: Number(pid), name }] : []
  })
  return (await Promise.all(found)).flat()
}
