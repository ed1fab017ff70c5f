import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { atTheEnd } from './cleanup.ts'
import { temporaryDirectory } from './data-directory.ts'
import type { Server } from './server.ts'

const main = join(dirname(import.meta.dirname), 'cli', 'main.ts')

/** `atlas webhooks listen`, as a developer runs it. */
export class Listening {
  /** That of its tunnel. */
  readonly secret: string
  readonly #process: ChildProcess

  private constructor(child: ChildProcess, secret: string) {
    this.#process = child
    this.secret = secret
  }

  /** Starts it; resolves when it is connected. */
  static async start(server: Server, workspace: string, forwardTo: string): Promise<Listening> {
    const args = ['webhooks', 'listen', '--forward-to', forwardTo, '--format', 'json']
    const child = spawn(process.execPath, [main, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...{ ATLAS_SERVER: server.url, ATLAS_KEY: server.operatorKey, ATLAS_WORKSPACE: workspace },
        XDG_CONFIG_HOME: await temporaryDirectory('cli'),
      },
    })
    atTheEnd(() => void child.kill('SIGKILL'))
    const lines = createInterface(child.stdout)
    const [line] = await Promise.race([
      once(lines, 'line') as Promise<[string]>,
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`the CLI ended with ${code}`))),
    ])
    // What it goes on saying must not fill the pipe.
    lines.on('line', () => {})
    return new Listening(child, (JSON.parse(line) as { secret: string }).secret)
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    this.#process.kill('SIGTERM')
    await once(this.#process, 'exit')
  }
}
