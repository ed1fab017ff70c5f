// npm test [-- files or node --test flags]: every check of the repository in order, all of them even if one fails.
// With files only their tests run. Runs on the pinned Node.js.
import { spawn } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './setup.mjs'

const bin = (name) => join(root, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name)

// What the caller has set for a server of their own must not reach the tests.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ATLAS_')))
// A runner that thinks it runs inside another runner prints no report.
delete env.NODE_TEST_CONTEXT

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort())

/** Runs a command with its output shown as it comes; resolves to whether it succeeded. */
function succeeds(command, args, extraEnv = {}) {
  return new Promise((resolve) => {
    if (stop.signal.aborted) return resolve(false)
    const options = { cwd: root, env: { ...env, ...extraEnv }, stdio: ['ignore', 'inherit', 'inherit'] }
    const child = spawn(command, args, {
      ...options,
      shell: process.platform === 'win32' && command !== process.execPath,
    })
    const end = () => child.kill('SIGTERM')
    stop.signal.addEventListener('abort', end)
    child.on('error', (error) => {
      console.error(error.message)
      resolve(false)
    })
    child.on('close', (code) => {
      stop.signal.removeEventListener('abort', end)
      resolve(code === 0)
    })
  })
}

/** What tests had to leave out, see server/testing/not-run.ts. */
const notRun = []

async function tests(selected) {
  const named = selected.filter((argument) => !argument.startsWith('-'))
  const flags = selected.filter((argument) => argument.startsWith('-'))
  const exclude = ['**/node_modules/**']
  const files =
    named.length > 0
      ? named
      : globSync('{server,dashboard,cli,benchmarks,scripts,sdk}/**/*.test.ts', { cwd: root, exclude })
  if (files.length === 0) {
    console.error('There are no test files.')
    return false
  }
  // Two files at a time: more would only take the processor from each other on a small machine.
  const runner = ['--test', '--test-reporter=spec', '--test-concurrency=2', '--test-timeout=300000']
  runner.push('--import', pathToFileURL(join(root, 'scripts', 'test-time-limit.mjs')).href)
  // A test that is killed cannot tidy up: what it leaves is in here, and goes with it.
  const directory = await mkdtemp(join(tmpdir(), 'atlas-tests-'))
  // As root, servers of other users run in it.
  await chmod(directory, 0o711)
  const notes = join(directory, 'not-run')
  await installChromium()
  try {
    await writeFile(notes, '')
    return await withPostgres(directory, (variables) =>
      succeeds(process.execPath, [...runner, ...flags, ...files], { ...variables, ATLAS_TEST_NOTES: notes }),
    )
  } finally {
    notRun.push(...(await readFile(notes, 'utf8')).split('\n').filter(Boolean))
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

/** The tests in a browser take Debian's. Where it cannot be installed they are left out, which is said at the end. */
async function installChromium() {
  if (existsSync('/usr/bin/chromium') || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  console.log('Installing Chromium for the tests in a browser.')
  const quietly = { DEBIAN_FRONTEND: 'noninteractive' }
  await succeeds('apt-get', ['-qq', 'update'], quietly)
  await succeeds(
    'apt-get',
    ['-qq', 'install', '--yes', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
    quietly,
  )
}

/** One Postgres for all test files, each of which makes databases of its own in it. */
async function withPostgres(directory, work) {
  const variables = { TMPDIR: directory, TEMP: directory, TMP: directory }
  Object.assign(process.env, variables)
  const { startTestPostgres } = await import('../server/testing/database.ts')
  const postgres = await startTestPostgres()
  try {
    return await work({ ...variables, ATLAS_TEST_DATABASE_URL: postgres.url })
  } finally {
    await postgres.stop()
  }
}

const selected = process.argv.slice(2)
const steps = [
  { name: 'types', run: () => succeeds(bin('tsc'), ['--noEmit', '--project', '.']) },
  { name: 'types of dashboard', run: () => succeeds(bin('tsc'), ['--noEmit', '--project', 'dashboard']) },
  {
    name: 'lint and format',
    run: () => succeeds(bin('biome'), ['ci', ...(process.stdout.isTTY ? [] : ['--colors=off']), '.']),
  },
  { name: 'dead code', run: () => succeeds(bin('knip'), []) },
  { name: 'tests', run: () => tests(selected) },
]

const results = []
for (const step of selected.length > 0 ? steps.slice(-1) : steps) {
  console.log(`\n== ${step.name}`)
  const started = performance.now()
  const passed = await step.run().catch((error) => {
    console.error(error)
    return false
  })
  results.push({ ...step, passed, seconds: (performance.now() - started) / 1000 })
}

console.log('\n== summary')
for (const { name, passed, seconds } of results) {
  console.log(`${passed ? 'ok    ' : 'FAILED'}  ${name.padEnd(20)} ${seconds.toFixed(1).padStart(6)} s`)
}
for (const note of notRun) console.log(`not run ${note}`)
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1
