import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startTestServer, testOperatorKey } from '../server/testing/server.ts'
import { CliProcess } from './testing/cli-process.ts'
import { runCli } from './testing/run-cli.ts'

async function openUser(t: TestContext) {
  const settings = await mkdtemp(join(tmpdir(), 'atlas-login-'))
  t.after(() => rm(settings, { recursive: true }))
  const file = join(settings, 'atlas-webhooks', 'login.json')
  const run = (args: readonly string[], input?: string) =>
    runCli(args, { env: { XDG_CONFIG_HOME: settings }, ...(input !== undefined && { input }) })
  return { settings, file, run, stored: async () => JSON.parse(await readFile(file, 'utf8')) }
}

test('on a terminal it asks, shows the key to nobody, and stores what the server accepts', async (t) => {
  const server = await startTestServer(t)
  for (const slug of ['acme', 'other']) await server.createWorkspace(slug)
  const { settings, file, run, stored } = await openUser(t)
  const place = { server: server.url, workspace: '', settings }
  const env = { ATLAS_SERVER: undefined, ATLAS_KEY: undefined, ATLAS_WORKSPACE: undefined }
  const cli = await CliProcess.start(t, place, ['login'], { terminal: true, env })
  await cli.says(/Server \[http:\/\/127\.0\.0\.1:8400\]: $/)
  cli.type(`${server.url}\r`)
  await cli.says(/API key: $/)
  cli.type(`${testOperatorKey}\r`)
  await cli.says(/Workspaces: other, acme\s+Workspace, if you mostly work in one: $/)
  cli.type('acme\r')
  await cli.says(/Logged in to http:\S+ as the operator, for the workspace acme\. Stored in \S+login\.json/)
  assert.equal(await cli.exited, 0)
  assert(!cli.raw.includes(testOperatorKey.slice(0, 12)), 'the key was to be seen')
  assert.deepEqual(await stored(), { server: server.url, key: testOperatorKey, workspace: 'acme' })
  assert.equal((await stat(file)).mode & 0o777, 0o600)

  // What it stored is enough for the others, and the server that it proposes next.
  const listed = await run(['events', 'list', '--json'])
  assert.deepEqual([listed.code, listed.stdout], [0, '[]\n'])
  const again = await CliProcess.start(t, place, ['login'], { terminal: true, env })
  await again.says(new RegExp(`Server \\[${server.url}\\]: $`))
})

test('without a terminal the key comes in, and what the server refuses is not stored', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace('acme')
  const { run, stored } = await openUser(t)
  const key = await server.createKey(path, ['read'])
  const piped = await run(['login', '--server', server.url], `${key}\n`)
  assert.deepEqual([piped.code, piped.stderr], [0, ''])
  assert.match(piped.stdout, /^Logged in to http:\S+ as a key of a workspace\. Stored in /)
  assert.deepEqual(await stored(), { server: server.url, key, workspace: null })
  assert.equal((await run(['events', 'list'])).code, 0)

  const publisher = await server.createKey(path, ['publish'])
  const flags = await run(['login', '--server', server.url, '--key', publisher, '--workspace', 'acme', '--json'])
  assert.deepEqual(JSON.parse(flags.stdout).workspace, 'acme')
  const before = await stored()
  assert.equal(before.key, publisher)

  const wrong = await run(['login', '--server', server.url], 'atlas_ws_wrong\n')
  assert.deepEqual([wrong.code, wrong.stdout], [1, ''])
  assert.match(wrong.stderr, /^error: the API key is unknown, expired or revoked/)
  assert.equal((await run(['login', '--server', server.url, '--workspace', 'none'], `${key}\n`)).code, 1)
  const nothing = await run(['login', '--server', server.url])
  assert.deepEqual([nothing.code, nothing.stderr], [2, 'error: there was no answer to this question\n'])
  assert.deepEqual(await stored(), before)
})

test('what was stored for one server is not sent to another', async (t) => {
  const server = await startTestServer(t)
  const { run } = await openUser(t)
  await run(['login', '--server', server.url], `${testOperatorKey}\n`)
  const other = await run(['events', 'list', '--server', 'http://127.0.0.1:8499'])
  assert.equal(other.code, 2)
  assert.match(other.stderr, /^error: there is no key for http:\/\/127\.0\.0\.1:8499, and the stored one is for http:/)
})
