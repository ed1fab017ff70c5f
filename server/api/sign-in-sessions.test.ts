import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { createTestDatabase } from '../testing/database.ts'
import { DatabaseProxy } from '../testing/database-proxy.ts'
import { People } from '../testing/people.ts'
import { startTestServer, testOperatorKey } from '../testing/server.ts'

const masterKey = { ATLAS_MASTER_KEY: 'bWFzdGVyLWtleS1vZi10d28tbm9kZXMtMzItYnl0ZXM=' }

test('a session counts at every node, and ends at all of them at once: with its time, and when it is ended elsewhere', async (t) => {
  const first = await startTestServer(t, masterKey)
  const second = await startTestServer(t, { ...masterKey, ATLAS_DATABASE_URL: first.databaseUrl })
  const people = new People(first)
  const { path } = await first.createWorkspace('acme')
  const ada = await people.join(path, 'ada@acme.example', 'admin')
  const { person: laptop } = await people.signIn('ada@acme.example')
  const atSecond = async (cookie: string, of = '/v1/me') =>
    (await second.request('GET', of, { key: null, headers: { cookie } })).status
  assert.equal(await atSecond(laptop.cookie), 200)

  assert.equal((await ada.request('POST', '/auth/revoke-other-sessions', {})).status, 200)
  assert.equal(await atSecond(laptop.cookie), 401)
  assert.equal(await atSecond(ada.cookie), 200)
  const [ended] = (await first.request('GET', `${path}/audit-log`)).json.data
  assert.deepEqual([ended.action, ended.actor.name], ['signed_out', 'ada@acme.example'])

  assert.equal(await atSecond(ada.cookie, `${path}/keys`), 200)
  const [{ id }] = (await ada.request('GET', `${path}/members`)).json.data
  await people.join(path, 'owner@acme.example', 'owner')
  assert.equal((await first.request('PATCH', `${path}/members/${id}`, { body: { role: 'viewer' } })).status, 200)
  assert.equal(await atSecond(ada.cookie, `${path}/keys`), 403)
  assert.equal((await first.request('DELETE', `${path}/members/${id}`)).status, 204)
  assert.equal(await atSecond(ada.cookie, path), 404)

  const expire = { name: 'expire-sessions', text: `update sign_in.session set "expiresAt" = now()` }
  await first.database.execute(expire)
  assert.equal(await atSecond(ada.cookie), 401)
})

test('behind https, cookies are never sent without it', async (t) => {
  const origin = 'https://atlas.example'
  const port = await freePort()
  const server = await startTestServer(t, { ATLAS_PUBLIC_URL: origin, ATLAS_PORT: String(port) })
  assert.equal(server.url, origin)
  // As a proxy does it, which speaks https with the world and http with us.
  const request = async (method: string, path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    await fetch(`http://127.0.0.1:${port}${path}`, {
      ...{ method, body: JSON.stringify(body) },
      headers: { 'content-type': 'application/json', origin, host: 'atlas.example', ...headers },
    })
  const asOperator = { authorization: `Bearer ${testOperatorKey}` }
  const { url } = (await (await request('POST', '/v1/sign-in-links', {}, asOperator)).json()) as { url: string }
  assert(url.startsWith(`${origin}/sign-in/link#token=`))
  const token = new URL(url).hash.replace('#token=', '')
  const signedIn = await fetch(`http://127.0.0.1:${port}/auth/magic-link/verify?token=${token}`)
  const [cookie = ''] = signedIn.headers.getSetCookie()
  assert.match(cookie, /^__Secure-atlas\.session_token=/)
  for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax']) assert(cookie.includes(`; ${attribute}`), cookie)
  const headers = { cookie: cookie.split(';', 1)[0] ?? '' }
  assert.equal((await request('POST', '/v1/workspaces', { name: 'Acme' }, headers)).status, 201)
  const evil = { ...headers, origin: 'https://evil.example' }
  assert.equal((await request('POST', '/v1/workspaces', { name: 'Acme' }, evil)).status, 403)
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('while the database is away nobody is told that they are signed out', async (t) => {
  const { url } = await createTestDatabase(t)
  const proxy = await DatabaseProxy.start(t, url)
  const server = await startTestServer(t, { ATLAS_DATABASE_URL: proxy.url })
  const people = new People(server)
  const { path } = await server.createWorkspace()
  const ada = await people.join(path, 'ada@acme.example', 'member')
  proxy.goAway()
  for (const [method, of, body] of [
    ['GET', '/v1/me', undefined],
    ['GET', '/auth/get-session', undefined],
    ['POST', '/auth/sign-in/email', { email: 'ada@acme.example', password: people.password }],
    ['POST', '/auth/sign-out', {}],
  ] as const) {
    const { status, json, headers } = await ada.request(method, of, body)
    assert.deepEqual([status, json.code, headers.has('retry-after')], [503, 'database_unavailable', true], of)
  }
  proxy.comeBack()
  assert.equal((await ada.request('GET', '/v1/me')).status, 200)
})

test('a backup code stands in for the second factor, once; wrong codes lock the account for a while', async (t) => {
  const server = await startTestServer(t)
  const people = new People(server)
  const { path } = await server.createWorkspace()
  const ada = await people.join(path, 'ada@acme.example', 'member')
  const { code, backupCodes } = await people.addSecondFactor(ada)
  const [backupCode = ''] = backupCodes
  const tryCode = async (kind: 'totp' | 'backup-code', code: string) => {
    const { person } = await people.signIn('ada@acme.example')
    return (await person.request('POST', `/auth/two-factor/verify-${kind}`, { code })).status
  }
  assert.equal(await tryCode('backup-code', backupCode), 200)
  assert.equal(await tryCode('backup-code', backupCode), 401)
  // What the address has used up is not what this is about.
  const forget = { name: 'forget-rates', text: 'delete from sign_in."rateLimit"' }
  let status = 401
  let wrong = 1
  for (; status === 401 && wrong < 15; wrong++) {
    await server.database.execute(forget)
    status = await tryCode('totp', '000000')
  }
  assert.deepEqual([status, wrong], [429, 11])
  assert.equal(await tryCode('totp', code()), 429, 'the right one has to wait, too')
  const failed = (await server.request('GET', `${path}/audit-log?action=auth.sign_in_failed`)).json.data
  assert.equal(failed.length, 10)
  assert.equal(failed[0].description, 'A second factor was refused.')
})
