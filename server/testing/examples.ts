import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { type CodeBlock, codeBlocks } from './markdown.ts'

const repositoryRoot = join(import.meta.dirname, '..', '..')
const patienceSeconds = 60

const exampleLanguages = ['sh', 'js', 'python', 'go']

export function isExample({ language }: CodeBlock): boolean {
  return exampleLanguages.includes(language)
}

/** What the reader of a page would have seen. */
export interface Transcript {
  /** In the terminal of the commands. */
  readonly commands: string
  /** In the further terminals, one after the other. */
  readonly terminals: string
}

/** A folder that looks like a clone, whose files may be added to and whose `data` is its own. Removed after the test. */
export async function makeClone(t: TestContext): Promise<string> {
  const clone = await mkdtemp(join(tmpdir(), 'atlas-docs-'))
  t.after(() => rm(clone, { recursive: true, force: true }))
  const entries = globSync('*', { cwd: repositoryRoot }).filter((entry) => entry !== 'data')
  await Promise.all(entries.map((entry) => symlink(join(repositoryRoot, entry), join(clone, entry))))
  return clone
}

/**
 * Does what a page tells its reader to do, in the page's order, and gives what they would see; throws at the first
 * command that fails. Ports that the page names (8400, and 3000 to 3099) become free ones; nothing else is changed.
 *
 * ```sh is run in one shell; ```sh new-terminal in a shell of its own that goes on in the background, once it has said
 * that it is ready or listening; ```js is run, or kept as the file that its first line, a comment, names; ```python and
 * ```go are kept.
 */
export async function runExamples(
  t: TestContext,
  page: string,
  { clone, env }: { clone: string; env: Readonly<Record<string, string>> },
): Promise<Transcript> {
  const blocks = codeBlocks(page).filter(isExample)
  const folder = join(clone, '.terminals')
  await mkdir(folder)
  const script = await withFreePorts(`${prologue}${blocks.map(step).join('')}`)
  await writeFile(join(folder, 'script'), script)
  const commands = await runScript(t, clone, env)
  const logs = globSync('*.log', { cwd: folder }).sort()
  const terminals = await Promise.all(logs.map((log) => readFile(join(folder, log), 'utf8')))
  return { commands, terminals: terminals.join('') }
}

// -a: a page's variables reach its programs as if each block exported them. -m: each terminal is a process group.
const prologue = `
set -aeumo pipefail
ATLAS_PORT=8400
terminals=()
finish() {
  local status=$?
  trap - EXIT TERM
  set +e
  if [ $status -ne 0 ]; then echo "the example in line $at failed with $status" >&2; fi
  for terminal in \${terminals[@]+"\${terminals[@]}"}; do
    kill -TERM -- "-$terminal" 2>/dev/null
    while kill -0 -- "-$terminal" 2>/dev/null; do sleep 0.05; done
  done
  exit $status
}
trap finish EXIT
trap 'exit 143' TERM
`

function step(block: CodeBlock): string {
  const begin = `\nat=${block.line}\n`
  const { code, language, note } = block
  if (language !== 'sh') {
    const [, file] = /^(?:\/\/|#) (\S+\.(?:mjs|py|go))\n/.exec(code) ?? []
    if (file === undefined && language !== 'js') throw new Error(`line ${block.line}: the first line names no file`)
    const command = file === undefined ? 'node --input-type=module' : `mkdir -p ${dirname(file)}; cat > ${file}`
    return `${begin}${command} <<'END_OF_EXAMPLE'\n${code}END_OF_EXAMPLE\n`
  }
  return begin + (note === 'new-terminal' ? newTerminal(block) : code)
}

function newTerminal({ line, code }: CodeBlock): string {
  const log = `.terminals/${String(line).padStart(4, '0')}.log`
  return `
: > ${log}
bash <<'END_OF_EXAMPLE' > ${log} 2>&1 &
${code}END_OF_EXAMPLE
terminals+=($!)
until grep -qE 'is ready|listening' ${log}; do
  kill -0 $! 2>/dev/null || { cat ${log} >&2; false; }
  sleep 0.05
done
`
}

async function withFreePorts(script: string): Promise<string> {
  const named = [...new Set(script.match(/\b(?:8400|30\d\d)\b/g))]
  const ports = await freePorts(named.length)
  return script.replace(/\b(?:8400|30\d\d)\b/g, (port) => String(ports[named.indexOf(port)]))
}

/** Ports that were free a moment ago, all of them at once. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

async function runScript(t: TestContext, clone: string, env: Readonly<Record<string, string>>): Promise<string> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:ATLAS_|NODE_TEST_CONTEXT$)/.test(name))
  const child = spawn('bash', ['.terminals/script'], {
    cwd: clone,
    // The node and npm of the page are the ones of this repository.
    env: { ...Object.fromEntries(inherited), ...env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  t.after(async () => {
    child.kill('SIGTERM')
    await ended
  })
  let seen = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      seen += text
    })
  }
  const timer = setTimeout(() => {
    seen += `\nnot finished after ${patienceSeconds} s\n`
    child.kill('SIGTERM')
  }, patienceSeconds * 1000)
  const code = await ended
  clearTimeout(timer)
  if (code !== 0) throw new Error(`the examples ended with ${code}:\n${seen}`)
  return seen
}
