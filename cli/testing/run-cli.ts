import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { testOperatorKey } from '../../server/testing/server.ts'

export interface CliResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>
  /** What is piped in. */
  readonly input?: string
  readonly cwd?: string
  /** The program and its first arguments; without them, `atlas` as it is in the repository. */
  readonly command?: readonly [program: string, ...args: string[]]
}

const atlas = [process.execPath, join(import.meta.dirname, '..', 'bin', 'atlas.mjs')] as const

/** The environment of a user at a machine of their own who has not logged in, in a time zone that is the same everywhere. */
export function cleanEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:ATLAS_|NODE_TEST_CONTEXT$|NO_COLOR$|FORCE_COLOR$|CI$)/.test(name),
  )
  return { ...Object.fromEntries(inherited), XDG_CONFIG_HOME: join(tmpdir(), 'nobody'), TZ: 'UTC', ...more }
}

/** `atlas` as people run it, from the command line to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { env, input, cwd, command = atlas } = options
  const [program, ...first] = command
  const child = spawn(program, [...first, ...args], { env: cleanEnvironment(env), cwd, stdio: 'pipe' })
  child.stdin.on('error', () => {})
  child.stdin.end(input ?? '')
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr }
}

/** A user of one server. */
export class CliUser {
  readonly #env: Readonly<Record<string, string>>

  constructor(server: string, { workspace, key = testOperatorKey }: { workspace?: string; key?: string } = {}) {
    this.#env = { ATLAS_SERVER: server, ATLAS_KEY: key, ...(workspace !== undefined && { ATLAS_WORKSPACE: workspace }) }
  }

  run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    return runCli(args, { ...options, env: { ...this.#env, ...options.env } })
  }

  /** What a command prints for people, which must succeed. */
  async text(...args: string[]): Promise<string> {
    const result = await this.run(args)
    assert.equal(result.code, 0, `atlas ${args.join(' ')}: ${result.stderr}`)
    return result.stdout
  }

  /** What it prints for scripts: JSON alone, and nothing else anywhere. */
  // Tests read answers whose form is what they test.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  async json(...args: string[]): Promise<any> {
    const result = await this.run([...args, '--json'])
    assert.equal(result.code, 0, `atlas ${args.join(' ')}: ${result.stderr}`)
    return JSON.parse(result.stdout)
  }

  /** A command that fails: its code, and what it says about that, which is all that it says. */
  async failure(...args: string[]): Promise<readonly [code: number | null, message: string]> {
    const { code, stdout, stderr } = await this.run(args)
    assert.equal(stdout, '', 'what fails has no result')
    return [code, stderr.trimEnd()]
  }
}
