import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { loginPath, readLogin, writeLogin } from './login-file.ts'
import { UsageError } from './usage-error.ts'

test('it is the user’s alone, also where a file that others may read was there before', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-login-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = loginPath({ XDG_CONFIG_HOME: join(folder, 'new') })
  assert.equal(await readLogin(path), null)
  const login = { server: 'https://a.example', key: 'atlas_ws_1', workspace: null }
  await writeLogin(path, login)
  assert.deepEqual(await readLogin(path), login)
  assert.equal((await stat(dirname(path))).mode & 0o777, 0o700)
  assert.equal((await stat(path)).mode & 0o777, 0o600)

  await rm(path)
  await writeFile(path, '{}', { mode: 0o666 })
  await writeLogin(path, { ...login, workspace: 'acme' })
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.equal((await readLogin(path))?.workspace, 'acme')
  assert.deepEqual(await readdir(dirname(path)), ['login.json'], 'no draft is left')
})

test('it is where programs of the system keep their settings', () => {
  assert.equal(loginPath({ XDG_CONFIG_HOME: '/x' }), join('/x', 'atlas-webhooks', 'login.json'))
  assert(loginPath({}).startsWith(homedir()))
})

test('what was broken by hand is told by its place, without the key', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-login-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'login.json')
  for (const [text, message] of [
    ['{"server": "https://a.example", "key": "secret",}', /login\.json:1:49: not valid JSON/],
    ['{"server": "https://a.example"}', /login\.json is not what "atlas login" stores: run it again$/],
    ['null', /login\.json is not what "atlas login" stores: run it again$/],
  ] as const) {
    await writeFile(path, text)
    await assert.rejects(
      readLogin(path),
      (error) => error instanceof UsageError && message.test(error.message) && !error.message.includes('secret'),
    )
  }
})
