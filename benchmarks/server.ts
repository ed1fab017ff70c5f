import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { atTheEnd } from './cleanup.ts'

const root = dirname(import.meta.dirname)
const nodeFlags = JSON.parse(readFileSync(join(root, 'scripts', 'node-flags.json'), 'utf8')) as string[]
const operatorKey = `atlas_op_${'benchmark'.repeat(5)}`
const readyWithinMs = 60_000
const stopWithinMs = 30_000
const readyPollMs = 10

export interface ServerOptions {
  readonly dataDirectory: string
  /** Where a profile of the server's processor time is written when it stops. */
  readonly profileDirectory?: string | null
  /** What this node does, as in ATLAS_ROLES; all of it without. */
  readonly roles?: string
  /** Through `npm start`, as a person does it. Needs npm; then the process that is measured is not the server. */
  readonly throughNpm?: boolean
}

/** The real server in a process of its own. */
export class Server {
  readonly url: string
  readonly port: number
  readonly operatorKey = operatorKey
  /** From the start of the process to the first answer 200 of /readyz. */
  readyMs = 0
  readonly #process: ChildProcess
  readonly #lines: string[] = []
  #stopping = false

  static async start(options: ServerOptions): Promise<Server> {
    const server = new Server(options, await freePort())
    atTheEnd(() => server.end())
    await server.#ready()
    return server
  }

  private constructor(options: ServerOptions, port: number) {
    this.port = port
    this.url = `http://127.0.0.1:${port}`
    const { command, args } = commandLine(options)
    // The channel carries nothing: its end tells the server that the benchmark is gone.
    this.#process = spawn(command, args, {
      cwd: root,
      env: environment(options, port),
      stdio: options.throughNpm ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#process.on('error', (error) => this.#lines.push(error.message))
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#lines.push(text)
        this.#lines.splice(0, this.#lines.length - 50)
      })
    }
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  get ended(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null
  }

  /** Resident memory now and at most, in bytes; null where the system does not say. */
  async memory(): Promise<{ now: number; peak: number } | null> {
    const status = await readFile(`/proc/${this.#process.pid}/status`, 'utf8').catch(() => '')
    const kilobytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN)
    const [now, peak] = [kilobytes('VmRSS') * 1024, kilobytes('VmHWM') * 1024]
    return now > 0 && peak > 0 ? { now, peak } : null
  }

  async metrics(): Promise<string> {
    const response = await fetch(`${this.url}/metrics`, { headers: { authorization: `Bearer ${operatorKey}` } })
    return response.ok ? await response.text() : ''
  }

  /** Stops it as an operator would; fails unless it exits with 0. */
  async stop(): Promise<void> {
    if (this.ended) throw new Error(`the server ended by itself:\n${this.#lines.join('')}`)
    await this.end()
    const { exitCode, signalCode } = this.#process
    if (exitCode !== 0) throw new Error(`the server stopped with ${signalCode ?? exitCode}:\n${this.#lines.join('')}`)
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Stops it if it runs, by force if it must be. */
  async end(): Promise<void> {
    if (this.#stopping) return
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), stopWithinMs)
    await this.#end('SIGTERM')
    clearTimeout(timer)
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#stopping = true
    if (this.ended) return
    const exited = once(this.#process, 'exit')
    this.#process.kill(signal)
    await exited
  }

  async #ready(): Promise<void> {
    const startedAt = performance.now()
    for (;;) {
      const response = await fetch(`${this.url}/readyz`).catch(() => null)
      await response?.arrayBuffer().catch(() => null)
      this.readyMs = performance.now() - startedAt
      if (response?.status === 200) return
      if (this.ended || this.readyMs > readyWithinMs) throw new Error(`no ready server:\n${this.#lines.join('')}`)
      await sleep(readyPollMs)
    }
  }
}

function commandLine({ profileDirectory, throughNpm }: ServerOptions): { command: string; args: string[] } {
  if (throughNpm) return { command: 'npm', args: ['start'] }
  const preload = pathToFileURL(join(root, 'scripts', 'stop-with-parent.mjs')).href
  const profile = profileDirectory
    ? ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`, '--cpu-prof-interval=500']
    : []
  const args = [...nodeFlags, '--import', preload, ...profile, join(root, 'server', 'main.ts')]
  return { command: process.execPath, args }
}

function environment({ dataDirectory, roles }: ServerOptions, port: number): NodeJS.ProcessEnv {
  // What the caller has set for a server of their own must not reach this one.
  const inherited = Object.entries(process.env).filter(([name]) => !/^ATLAS_|^DATABASE_URL$/.test(name))
  return {
    ...Object.fromEntries(inherited),
    ATLAS_DATA_DIR: dataDirectory,
    ATLAS_PORT: String(port),
    ATLAS_OPERATOR_KEY: operatorKey,
    ATLAS_ALLOW_HTTP: 'true',
    ATLAS_ALLOW_TARGETS: '127.0.0.0/8',
    // One scenario has a thousand with filters.
    ATLAS_MAX_ENDPOINTS_PER_WORKSPACE: '1001',
    ATLAS_LOG_LEVEL: 'warn',
    ...(roles !== undefined && { ATLAS_ROLES: roles }),
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return address !== null && typeof address === 'object' ? address.port : 0
}
