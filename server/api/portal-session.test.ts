import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { startTestServer, type TestServer } from '../testing/server.ts'

const second = 1_000

async function createSession(server: TestServer, path: string, body: Record<string, unknown> = {}) {
  const { status, json, text } = await server.request('POST', `${path}/portal-sessions`, { body })
  assert.equal(status, 201, text)
  const token = new URL(json.url).hash.replace('#token=', '')
  return { ...json, token } as Record<string, string> & { token: string; id: string }
}

test('a link is valid for an hour unless said otherwise, and its token is kept as a hash only', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const { token, ...session } = await createSession(server, path)
  assert.equal(session.url, `${server.url}/portal#token=${token}`)
  assert.match(token, /^atlas_portal_[0-9a-z]{50}$/)
  const lasts = (from: Record<string, string>) =>
    (Date.parse(from.expires_at ?? '') - Date.parse(from.created_at ?? '')) / second
  assert.equal(lasts(session), 3_600)
  assert.equal(lasts(await createSession(server, path, { expires_in_seconds: 60 })), 60)
  for (const seconds of [59, 86_401, 1.5]) {
    const body = { expires_in_seconds: seconds }
    assert.equal((await server.request('POST', `${path}/portal-sessions`, { body })).status, 422)
  }
  const kept = await server.database.query<{ hash: Buffer; row: string }>({
    name: 'kept',
    text: 'select hash, row_to_json(s)::text as row from portal_sessions s',
  })
  assert(kept.some((row) => row.hash.equals(hash('sha256', token, 'buffer'))))
  assert(!JSON.stringify(kept).includes(token))
})

test('it is listed while it is valid, without its token, and ends when it is revoked or its time is over', async (t) => {
  const server = await startTestServer(t)
  const [{ path }, other] = [await server.createWorkspace(), await server.createWorkspace()]
  const actor = { id: 'usr_42', name: 'Ada' }
  const [first, second] = [await createSession(server, path, { actor }), await createSession(server, path)]
  const listed = await server.request('GET', `${path}/portal-sessions`)
  assert.deepEqual(
    listed.json.data.map((each: Record<string, unknown>) => [each.id, each.actor]),
    [
      [second.id, null],
      [first.id, actor],
    ],
  )
  assert(!listed.text.includes('atlas_portal_'))

  const ask = async (token: string) => (await server.request('GET', `${path}/endpoints`, { key: token })).status
  assert.equal(await ask(first.token), 200)
  assert.equal((await server.request('DELETE', `${other.path}/portal-sessions/${first.id}`)).status, 404)
  assert.equal((await server.request('DELETE', `${path}/portal-sessions/${first.id}`)).status, 204)
  assert.equal((await server.request('DELETE', `${path}/portal-sessions/${first.id}`)).status, 404)
  assert.equal(await ask(first.token), 401)

  assert.equal(await ask(second.token), 200)
  await server.database.execute({ name: 'expire', text: 'update portal_sessions set expires_at = now()' })
  assert.equal(await ask(second.token), 401)
  assert.deepEqual((await server.request('GET', `${path}/portal-sessions`)).json.data, [])
})

test('it ends on every node at once, and with its workspace', async (t) => {
  const server = await startTestServer(t)
  const another = await startTestServer(t, { ATLAS_DATABASE_URL: server.databaseUrl })
  const { path } = await server.createWorkspace()
  const [first, second] = [await createSession(server, path), await createSession(server, path)]
  const ask = async (node: TestServer, token: string) =>
    (await node.request('GET', `${path}/endpoints`, { key: token })).status
  assert.equal(await ask(another, first.token), 200)
  assert.equal((await server.request('DELETE', `${path}/portal-sessions/${first.id}`)).status, 204)
  assert.equal(await ask(another, first.token), 401)
  assert.equal((await server.request('DELETE', path)).status, 204)
  assert.equal(await ask(another, second.token), 401)
})

test('the audit log tells who made a link, who ended it, and what was done with it by whom', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const named = await createSession(server, path, { actor: { id: 'usr_42', name: 'Ada' } })
  const unnamed = await createSession(server, path)
  for (const [index, { token }] of [named, unnamed].entries()) {
    const body = { url: `https://93.184.215.14/${index}` }
    const { status } = await server.request('POST', `${path}/endpoints`, { key: token, body })
    assert.equal(status, 201)
  }
  await server.request('DELETE', `${path}/portal-sessions/${named.id}`)
  const { json, text } = await server.request('GET', `${path}/audit-log?limit=200`)
  const entries = json.data as {
    category: string
    action: string
    actor: { type: string; id: string; name: string | null }
  }[]
  const told = entries.map(({ category, action, actor }) => [`${category}.${action}`, actor.type, actor.id, actor.name])
  assert.deepEqual(told.slice(0, 5), [
    ['portal_session.revoked', 'operator', 'operator', null],
    ['webhook.created', 'portal', unnamed.id, null],
    ['webhook.created', 'portal', 'usr_42', 'Ada'],
    ['portal_session.created', 'operator', 'operator', null],
    ['portal_session.created', 'operator', 'operator', null],
  ])
  assert(!text.includes('atlas_portal_'))
})

test('the branding is public, and nothing unless it is set', async (t) => {
  const plain = await startTestServer(t)
  const ask = async (server: TestServer) => (await server.request('GET', '/v1/portal/branding', { key: null })).json
  assert.deepEqual(await ask(plain), { name: null, logo_url: null, color: null })
  const branded = await startTestServer(t, {
    ATLAS_PORTAL_NAME: 'Acme CRM',
    ATLAS_PORTAL_LOGO_URL: 'https://cdn.acme.example/logo.svg',
    ATLAS_PORTAL_COLOR: '#0B5CAD',
    ATLAS_PORTAL_ORIGINS: 'https://app.acme.example, http://127.0.0.1:3000',
  })
  assert.deepEqual(await ask(branded), {
    ...{ name: 'Acme CRM', logo_url: 'https://cdn.acme.example/logo.svg', color: '#0b5cad' },
  })
  const policyOf = async (server: TestServer, path: string) => {
    const { headers } = await server.request('GET', path, { key: null, headers: { accept: 'text/html' } })
    const policy = headers.get('content-security-policy') ?? ''
    return policy.split('; ').filter((part) => /^(img-src|frame-ancestors)/.test(part))
  }
  const closed = ["img-src 'self' data:", "frame-ancestors 'none'"]
  const open = [
    "img-src 'self' data: https://cdn.acme.example",
    'frame-ancestors https://app.acme.example http://127.0.0.1:3000',
  ]
  for (const path of ['/portal', '/portal/w/x/endpoints', '/portal?x=1']) {
    assert.deepEqual(await policyOf(branded, path), open, path)
    assert.deepEqual(await policyOf(plain, path), closed, path)
  }
  for (const path of ['/', '/portals', '/w/portal', '/w/acme/endpoints?/portal/']) {
    assert.deepEqual(await policyOf(branded, path), closed, path)
  }
})
