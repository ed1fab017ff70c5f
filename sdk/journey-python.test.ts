import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { createTestDatabase } from '../server/testing/database.ts'
import { notRun } from '../server/testing/not-run.ts'
import { testOperatorKey } from '../server/testing/server.ts'
import { ServerProcess } from '../server/testing/server-process.ts'
import { findPython, toolSettings } from './toolchains.ts'

const execute = promisify(execFile)
const root = join(import.meta.dirname, '..')
const folder = join(import.meta.dirname, 'python')
const noPython = 'Python 3.10 or newer was not found'
const installPatience = 240_000

interface Run {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Gives what a command says, on both channels. */
async function run(command: string, args: readonly string[], { cwd = folder, env = {} }: Run = {}): Promise<string> {
  const options = { cwd, env: { ...process.env, ...toolSettings, ...env }, maxBuffer: 2 ** 26 }
  const { stdout, stderr } = await execute(command, args, options).catch((error) => {
    assert.fail(`${command} ${args.join(' ')}\n${error.stdout}\n${error.stderr}`)
  })
  return stdout + stderr
}

test('the SDK for Python passes its own tests, with a real server', async (t) => {
  const python = findPython()
  if (python === null) return notRun(t, noPython)
  const { url: databaseUrl } = await createTestDatabase(t)
  const { url } = await ServerProcess.start(t, { databaseUrl })
  const env = { ATLAS_SERVER: url, ATLAS_KEY: testOperatorKey }
  const report = await run(python, ['-W', 'error', '-m', 'unittest', 'discover', '-s', 'tests', '-t', '.'], { env })
  assert.match(report, /^Ran [1-9]\d* tests in .*\n\nOK$/m, report)
})

/** The frameworks, with what checks types: installed once for each list of them; null: they could not be. */
async function frameworks(python: string): Promise<{ readonly python: string } | { readonly reason: string }> {
  const requirements = join(folder, 'framework_tests', 'requirements.txt')
  const version = await run(python, ['--version'])
  const hash = createHash('sha256')
    .update(version)
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 12)
  const venv = join(root, 'node_modules', '.cache', `atlas-sdk-python-${hash}`)
  const found = { python: join(venv, process.platform === 'win32' ? 'Scripts' : 'bin', 'python') }
  const complete = join(venv, 'complete')
  if (existsSync(complete)) return found
  try {
    await execute(python, ['-m', 'venv', '--clear', venv])
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]
    await execute(found.python, pip, { timeout: installPatience })
    await execute(found.python, ['-c', 'import sys; open(sys.argv[1], "w").close()', complete])
    return found
  } catch (error) {
    return { reason: `the frameworks could not be installed: ${String(error).trim().split('\n').at(-1)}` }
  }
}

test('the SDK for Python, installed, works with Flask, FastAPI and Django, and its types hold', async (t) => {
  const python = findPython()
  if (python === null) return notRun(t, noPython)
  const installed = await frameworks(python)
  if ('reason' in installed) return notRun(t, installed.reason)

  // A copy, since building leaves files behind; and only what is installed can be imported from there.
  const directory = await mkdtemp(join(tmpdir(), 'atlas-sdk-python-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  await cp(folder, join(directory, 'source'), { recursive: true })
  const site = join(directory, 'site')
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-index', '--no-deps', '--no-build-isolation', '--target', site]
  await run(installed.python, [...pip, join(directory, 'source')], { cwd: directory })
  const tests = join(directory, 'framework_tests')
  await cp(join(folder, 'framework_tests'), tests, { recursive: true })

  const env = { PYTHONPATH: site }
  const unittest = ['-m', 'unittest', 'discover', '-s', 'framework_tests', '-t', '.']
  const report = await run(installed.python, unittest, { cwd: directory, env })
  assert.match(report, /^Ran 5 tests in .*\n\nOK$/m, report)

  const config = ['--config-file', join(folder, 'pyproject.toml'), '--cache-dir', join(directory, 'cache')]
  await run(installed.python, ['-m', 'mypy', ...config, 'atlas_webhooks', 'tests', 'framework_tests'])
  await run(installed.python, ['-m', 'mypy', ...config, 'framework_tests'], { cwd: directory, env: { MYPYPATH: site } })
})
