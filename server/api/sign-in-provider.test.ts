import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestOpenIdProvider } from '../testing/open-id-provider.ts'
import { People, Person } from '../testing/people.ts'
import { startTestServer, type TestServer } from '../testing/server.ts'

/** As a browser does it: to the provider, and back to where it sends them. Gives where they come out. */
async function signInWithProvider(server: TestServer): Promise<{ person: Person; location: string }> {
  const person = new Person(server)
  const asked = { provider: 'oidc', callbackURL: '/w/acme', errorCallbackURL: '/sign-in' }
  const started = await person.request('POST', '/auth/sign-in/social', asked)
  assert.equal(started.status, 200, started.text)
  const back = (await fetch(started.json.url, { redirect: 'manual' })).headers.get('location') ?? ''
  const callback = new URL(back)
  assert.equal(callback.origin, server.url)
  const ended = await person.request('GET', callback.pathname + callback.search)
  assert.equal(ended.status, 302, ended.text)
  return { person, location: ended.headers.get('location') ?? '' }
}

test('with the provider one is signed in, and a member once invited; the audit log tells', async (t) => {
  const provider = await TestOpenIdProvider.start(t)
  const server = await startTestServer(t, provider.env)
  const { path } = await server.createWorkspace('acme')
  const methods = await server.request('GET', '/v1/sign-in-methods', { key: null })
  assert.deepEqual(methods.json.provider, { id: 'oidc', name: 'Acme ID' })

  const { person: ada, location } = await signInWithProvider(server)
  assert.equal(location, '/w/acme')
  const me = (await ada.request('GET', '/v1/me')).json
  assert.deepEqual([me.user.email, me.user.name, me.operator, me.workspaces], ['ada@acme.example', 'Ada', false, []])
  assert.equal((await ada.request('GET', `${path}/endpoints`)).status, 404)

  const body = { email: 'ada@acme.example', role: 'viewer' }
  const { url } = (await server.request('POST', `${path}/invitations`, { body })).json
  const token = new URL(url).hash.replace('#token=', '')
  assert.equal((await ada.request('POST', '/v1/invitations/accept', { token })).status, 204)
  assert.equal((await ada.request('GET', `${path}/endpoints`)).status, 200)
  const again = await signInWithProvider(server)
  assert.equal((await again.person.request('GET', '/v1/me')).json.user.id, me.user.id, 'the same account')
  const [entry] = (await server.request('GET', `${path}/audit-log?action=auth.signed_in`)).json.data
  assert.deepEqual([entry.actor.type, entry.actor.name], ['user', 'ada@acme.example'])

  const tokens = await server.database.query<{ accessToken: string; idToken: string }>({
    name: 'tokens',
    text: `select "accessToken", "idToken" from sign_in.account where "providerId" = 'oidc'`,
  })
  assert.equal(tokens.length, 1)
  assert(!JSON.stringify(tokens).includes('opaque-access-token'), 'tokens are kept encrypted')
})

test('an account is given to whom the provider has checked the address of, and to nobody else', async (t) => {
  const provider = await TestOpenIdProvider.start(t)
  const server = await startTestServer(t, provider.env)
  const people = new People(server)
  const { path } = await server.createWorkspace('acme')
  await people.join(path, 'ada@acme.example', 'owner')
  await server.request('POST', '/v1/sign-in-links')

  for (const email of ['ada@acme.example', 'operator@atlas.localhost']) {
    provider.user = { sub: email, email, email_verified: false, name: 'Eve' }
    const { person, location } = await signInWithProvider(server)
    assert.equal(location, '/sign-in?error=account_not_linked')
    assert.equal((await person.request('GET', '/v1/me')).status, 401)
  }
  provider.user = { sub: '1', email: 'ada@acme.example', email_verified: true, name: 'Ada' }
  const { person: ada } = await signInWithProvider(server)
  assert.equal((await ada.request('GET', '/v1/me')).json.workspaces[0].role, 'owner')
})

test('who refuses at the provider is told so, and a made-up answer of the provider signs nobody in', async (t) => {
  const provider = await TestOpenIdProvider.start(t)
  const server = await startTestServer(t, provider.env)
  provider.user = null
  assert.equal((await signInWithProvider(server)).location, '/sign-in?error=access_denied')
  const eve = new Person(server)
  const { status } = await eve.request('GET', '/auth/callback/oidc?code=x&state=y')
  assert.equal(status, 302)
  assert.equal((await eve.request('GET', '/v1/me')).status, 401)
})

test('what fails with the provider is told on the sign-in page and in the audit log, whoever it was', async (t) => {
  const provider = await TestOpenIdProvider.start(t)
  const server = await startTestServer(t, { ...provider.env, ATLAS_OIDC_CLIENT_SECRET: 'not-the-secret' })
  const errorOf = (location: string) => {
    const { origin, pathname, searchParams } = new URL(location, server.url)
    assert.deepEqual([origin, pathname], [server.url, '/sign-in'], location)
    return searchParams.get('error')
  }
  const refused = errorOf((await signInWithProvider(server)).location)
  const eve = new Person(server)
  const madeUp = await eve.request('GET', '/auth/callback/oidc?code=x&state=y')
  const lost = errorOf(madeUp.headers.get('location') ?? '')
  const nobody = provider.user
  provider.user = null
  const denied = errorOf((await signInWithProvider(server)).location)
  provider.user = nobody
  assert.deepEqual([refused, lost, denied], ['invalid_code', 'state_mismatch', 'access_denied'])
  await provider.stop()
  assert.equal((await new Person(server).request('POST', '/auth/sign-in/social', { provider: 'google' })).status, 404)
  const { data } = (await server.request('GET', '/v1/audit-log?action=auth.sign_in_failed')).json
  const told = data.map((entry: { metadata: { error: string }; target: { name: string } }) => [
    ...[entry.target.name, entry.metadata.error],
  ])
  assert.deepEqual(
    told,
    ['access_denied', 'state_mismatch', 'invalid_code'].map((error) => ['Acme ID', error]),
  )
})

test('a provider that is down when it is first needed is told, and used once it is back', async (t) => {
  const provider = await TestOpenIdProvider.start(t)
  const server = await startTestServer(t, provider.env)
  const port = await provider.stop()
  const asked = { provider: 'oidc', callbackURL: '/', errorCallbackURL: '/sign-in' }
  const { status, json } = await new Person(server).request('POST', '/auth/sign-in/social', asked)
  assert.deepEqual([status, json.code], [404, 'PROVIDER_NOT_FOUND'])
  const [entry] = (await server.request('GET', '/v1/audit-log?action=auth.sign_in_failed')).json.data
  assert.deepEqual([entry.target.id, entry.metadata], ['oidc', { error: 'provider_unreachable' }])
  await provider.listen(port)
  assert.equal((await signInWithProvider(server)).location, '/w/acme')
})

test('a provider that goes away on the way is told like any other failure', async (t) => {
  const provider = await TestOpenIdProvider.start(t)
  const server = await startTestServer(t, provider.env)
  const person = new Person(server)
  const asked = { provider: 'oidc', callbackURL: '/w/acme', errorCallbackURL: '/sign-in' }
  const started = await person.request('POST', '/auth/sign-in/social', asked)
  const back = new URL((await fetch(started.json.url, { redirect: 'manual' })).headers.get('location') ?? '')
  await provider.stop()
  const ended = await person.request('GET', back.pathname + back.search)
  assert.deepEqual([ended.status, ended.headers.get('location')], [302, '/sign-in?error=invalid_code'])
  const [entry] = (await server.request('GET', '/v1/audit-log?action=auth.sign_in_failed')).json.data
  assert.deepEqual(entry.metadata, { error: 'invalid_code' })
})
