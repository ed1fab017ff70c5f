import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { testOperatorKey } from '../../server/testing/server.ts'
import { cleanEnvironment } from './run-cli.ts'

export interface CliPlace {
  readonly server: string
  readonly workspace: string
  readonly key?: string
  /** Where its settings are; without it, in a folder of its own. */
  readonly settings?: string
}

export interface CliProcessOptions {
  /** On a terminal of its own. */
  readonly terminal?: boolean
  /** Beside that of its place; undefined: not set. */
  readonly env?: NodeJS.ProcessEnv
  /** The program and its first arguments; without them, that of the repository. */
  readonly command?: readonly string[]
}

const main = join(import.meta.dirname, '..', 'main.ts')
const patience = 30_000

/** `atlas` as people run it, and all that it says. */
export class CliProcess {
  readonly #child: ChildProcess
  /** Resolves with the exit code when it has ended. */
  readonly exited: Promise<number | null>
  #out = ''
  #err = ''
  readonly #watchers = new Set<() => void>()

  private constructor(child: ChildProcess) {
    this.#child = child
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text
      for (const look of this.#watchers) look()
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text
      for (const look of this.#watchers) look()
    })
    this.exited = new Promise((resolve) => child.once('close', resolve))
  }

  /** Starts it; ended after the test. */
  static async start(
    t: TestContext,
    { server, workspace, key = testOperatorKey, settings }: CliPlace,
    args: readonly string[],
    { terminal = false, env: more = {}, command = [process.execPath, main] }: CliProcessOptions = {},
  ): Promise<CliProcess> {
    const folder = settings ?? (await CliProcess.settingsFolder(t))
    const env = {
      ...{ ...cleanEnvironment(), TERM: 'xterm-256color', XDG_CONFIG_HOME: folder },
      ...{ ATLAS_SERVER: server, ATLAS_KEY: key, ATLAS_WORKSPACE: workspace, ...more },
    }
    const line = [...command, ...args]
    const [file = '', ...rest] = terminal ? onTerminal(line) : line
    const cli = new CliProcess(spawn(file, rest, { env, stdio: [terminal ? 'pipe' : 'ignore', 'pipe', 'pipe'] }))
    t.after(async () => {
      cli.#child.kill('SIGKILL')
      await cli.exited
      if ('passed' in t && t.passed !== true) t.diagnostic(`the CLI said:\n${cli.output}\n${cli.errors}`)
    })
    return cli
  }

  static async settingsFolder(t: TestContext): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'atlas-cli-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    return folder
  }

  /** What it wrote to standard output so far, or to its terminal, without colours. */
  get output(): string {
    return stripVTControlCharacters(this.#out)
  }

  /** The same with them. */
  get raw(): string {
    return this.#out
  }

  get errors(): string {
    return stripVTControlCharacters(this.#err)
  }

  /** Resolves with the match as soon as it has said this, on whichever stream. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    return await new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this.output) ?? pattern.exec(this.errors)
        if (!match) return
        this.#watchers.delete(look)
        clearTimeout(timer)
        resolve(match)
      }
      const give = (why: string): void => {
        this.#watchers.delete(look)
        clearTimeout(timer)
        reject(new Error(`${why}: it did not say ${pattern}, but:\n${this.output}\n${this.errors}`))
      }
      const timer = setTimeout(() => give('in time'), patience)
      void this.exited.then((code) => {
        look()
        if (this.#watchers.has(look)) give(`it ended with ${code}`)
      })
      this.#watchers.add(look)
      look()
    })
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** What a person types. */
  type(text: string): void {
    this.#child.stdin?.write(text)
  }
}

/** `script` of util-linux gives it a terminal of its own; `exec`, since Ctrl-C ends a shell that waits with a code of its own. */
function onTerminal(command: readonly string[]): string[] {
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  return ['script', '--quiet', '--return', '--flush', '--command', `exec ${quoted}`, '/dev/null']
}
