import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../server/testing/server.ts'
import { CliUser } from './testing/run-cli.ts'

test('keys are created, listed and revoked, and shown once', async (t) => {
  const server = await startTestServer(t)
  await server.createWorkspace('acme')
  const user = new CliUser(server.url, { workspace: 'acme' })

  const made = await user.run(['keys', 'create', 'publisher', '--scopes', 'publish,read', '--expires', '30d'])
  assert.equal(made.code, 0, made.stderr)
  const [, key = ''] = /^Key +(atlas_ws_\w+)$/m.exec(made.stdout) ?? []
  assert.match(made.stdout, /^Scopes +publish, read$/m)
  assert.equal(made.stderr, 'Keep the key now: it is not shown again.\n')
  const json = await user.run(['keys', 'create', 'ci', '--scopes', 'manage', '--json'])
  assert.deepEqual(JSON.parse(json.stdout).scopes, ['manage'])

  const [ci, publisher] = await user.json('keys', 'list')
  assert.equal(ci.expires_at, null)
  assert(Math.abs(Date.parse(publisher.expires_at) - Date.now() - 30 * 86_400_000) < 60_000)
  const table = await user.text('keys', 'list')
  assert.match(
    table,
    /^ID +NAME +SCOPES +EXPIRES +CREATED\nkey_\w+ +ci +manage +never .*\nkey_\w+ +publisher +publish, read /,
  )
  assert(!table.includes(key))

  const holder = new CliUser(server.url, { key, workspace: 'acme' })
  assert.deepEqual(await holder.json('events', 'list'), [])
  assert.deepEqual(await holder.failure('keys', 'list'), [1, 'error: this API key lacks the scope "manage"'])
  assert.equal((await user.failure('keys', 'revoke', publisher.id))[0], 2)
  assert.equal(await user.text('keys', 'revoke', publisher.id, '--yes'), `${publisher.id} is revoked\n`)
  assert.deepEqual(await user.json('keys', 'revoke', ci.id, '--yes'), { id: ci.id, revoked: true })
  assert.deepEqual(await holder.failure('events', 'list'), [
    1,
    'error: the API key is unknown, expired or revoked: run "atlas login", or set ATLAS_KEY to another one',
  ])

  assert.deepEqual(await user.failure('keys', 'create', 'x', '--scopes', 'publish,raed'), [
    2,
    `error: option '--scopes <scopes>' argument 'publish,raed' is invalid. "raed" is none of publish, read, manage.`,
  ])
})
