import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createTestDatabase } from '../server/testing/database.ts'
import { startTestServer, testOperatorKey } from '../server/testing/server.ts'
import { ServerProcess } from '../server/testing/server-process.ts'
import { versionMismatch } from './session.ts'
import { CliUser, runCli } from './testing/run-cli.ts'

/** Something that listens, and is no Atlas server, or one of another time. */
async function stranger(t: TestContext, status: number, body: string): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a server that is away is told at once, in one line', async (t) => {
  const { url: databaseUrl } = await createTestDatabase(t)
  const server = await ServerProcess.start(t, { databaseUrl })
  const { url } = server
  await server.createWorkspace()
  const user = new CliUser(url)
  assert.equal((await user.run(['events', 'list'])).code, 0)
  await server.kill()
  const startedAt = performance.now()
  const [code, message] = await user.failure('events', 'list')
  assert.equal(code, 1)
  assert.match(
    message,
    /^error: http:\S+ did not answer: connect ECONNREFUSED [^\n]+; is the server running, and is this its address\?$/,
  )
  assert(performance.now() - startedAt < 5_000)
})

test('a wrong key, an expired one, and a workspace that is not there', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace('acme')
  const soon = new Date(Date.now() + 60_000).toISOString()
  const expired = await server.createKey(path, ['read'], { expires_at: soon })
  await server.database.execute({ name: 'expire', text: 'update api_keys set expires_at = now()' })
  for (const key of ['atlas_ws_wrong', 'nonsense', expired]) {
    assert.deepEqual(await new CliUser(server.url, { key, workspace: 'acme' }).failure('events', 'list'), [
      1,
      'error: the API key is unknown, expired or revoked: run "atlas login", or set ATLAS_KEY to another one',
    ])
  }
  const user = new CliUser(server.url, { workspace: 'amce' })
  const unknown = [1, `error: ${server.url} has no workspace "amce" for this key (atlas workspaces list)`]
  for (const command of [
    ['events', 'list'],
    ['endpoints', 'show', 'ep_01h455vb4pex5vsknk084sn02q'],
  ]) {
    assert.deepEqual(await user.failure(...command), unknown)
  }
  const withoutKey = await runCli(['events', 'list'], { env: { ATLAS_SERVER: server.url } })
  assert.deepEqual(
    [withoutKey.code, withoutKey.stderr],
    [2, `error: there is no key for ${server.url}: run "atlas login", set ATLAS_KEY, or give --key\n`],
  )
})

test('a server of another version, and what is no Atlas server', async (t) => {
  const [other, page, json, broken] = await Promise.all([
    stranger(t, 200, '{"status": "ok", "version": "7.1.0"}'),
    stranger(t, 200, '<h1>Welcome</h1>'),
    stranger(t, 200, '{"hello": "world"}'),
    stranger(t, 502, 'Bad Gateway'),
  ])
  const message = async (server: string) => (await new CliUser(server).failure('events', 'list', '--workspace', 'a'))[1]
  assert.match(
    await message(other),
    /^error: http:\S+ runs version 7\.1\.0, and this is atlas 0\.\S+, which cannot talk to it: update atlas$/,
  )
  assert.match(await message(page), /^error: the answer of http:\S+ is not JSON: is this the address of Atlas\?$/)
  assert.match(await message(json), /^error: what answers at http:\S+ is not Atlas$/)
  assert.match(await message(broken), /^error: what answered was not Atlas: 502 /)
})

test('versions are of one kind where their first number is', () => {
  assert.equal(versionMismatch('s', '1.9.0', '1.0.3'), null)
  assert.equal(
    versionMismatch('s', '2.0.0', '1.0.3'),
    's runs version 2.0.0, and this is atlas 1.0.3, which cannot talk to it: update atlas',
  )
  assert.match(versionMismatch('s', '1.0.0', '2.0.0') ?? '', /update the server$/)
})

test('who has read enough may go, and nothing is said about it', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace('acme')
  const data = { text: 'x'.repeat(10_000) }
  const events = Array.from({ length: 20 }, () => ({ type: 'deal.created', data }))
  const { json } = await server.request('POST', `${path}/events/batch`, { body: { events } })
  const { id } = json.data[0]
  const command = ['bash', '-c', `set -o pipefail; "$@" | head -c 1`, 'bash', process.execPath] as const
  const result = await runCli(['cli/bin/atlas.mjs', 'events', 'show', id, '--json'], {
    command,
    env: { ATLAS_SERVER: server.url, ATLAS_KEY: testOperatorKey },
    cwd: new URL('..', import.meta.url).pathname,
  })
  assert.deepEqual(result, { code: 0, stdout: '{', stderr: '' })
})
