import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { json } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { type ReceivedMail, TestMailServer } from '../testing/mail-server.ts'
import { TestOpenIdProvider } from '../testing/open-id-provider.ts'
import { People, Person } from '../testing/people.ts'
import { startTestServer, type TestServer } from '../testing/server.ts'

const ada = 'ada@acme.example'
const newPassword = 'quite another password'

async function start(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  const mailServer = await TestMailServer.start(t)
  const server = await startTestServer(t, {
    ...{ ATLAS_SMTP_URL: mailServer.url, ATLAS_MAIL_FROM: 'people@atlas.example', ...env },
  })
  const people = new People(server)
  const { path } = await server.createWorkspace('acme')
  return { mailServer, server, people, path, ask: (email: string) => askFor(server, email) }
}

function askFor(server: TestServer, email: string) {
  return new Person(server).request('POST', '/auth/forgotten-password', { email })
}

/** As if the server were called something else, which `fetch` cannot say. */
async function askAsHost(server: TestServer, email: string, host: string): Promise<unknown> {
  const headers = { host, 'x-forwarded-host': host, origin: `http://${host}`, 'content-type': 'application/json' }
  const request = httpRequest(`${server.url}/auth/forgotten-password`, { method: 'POST', headers })
  request.end(JSON.stringify({ email }))
  const [response] = await once(request, 'response')
  return await json(response)
}

function reset(server: TestServer, token: string, password = newPassword) {
  return new Person(server).request('POST', '/auth/reset-password', { token, newPassword: password })
}

/** That of an invitation is not sent any more when it was accepted first. */
const isNoInvitation = ({ mail }: ReceivedMail): boolean => !mail.subject?.startsWith('Invitation')

/** The link of the last mail so far, once there are that many beside invitations. */
async function tokenOf(mailServer: TestMailServer, count: number): Promise<string> {
  const mails = await mailServer.waitFor(count, isNoInvitation)
  const link = /Set a new password: (\S+)/.exec(mails[count - 1]?.mail.text ?? '')?.[1] ?? ''
  return new URL(link).hash.replace('#token=', '')
}

async function actions(server: TestServer, path: string): Promise<string[]> {
  const { data } = (await server.request('GET', `${path}/audit-log`)).json
  return data.map((entry: { action: string }) => entry.action)
}

test('a forgotten password is set anew with a mailed link, once; every session ends, and the audit log tells', async (t) => {
  const { mailServer, server, people, path, ask } = await start(t)
  const before = await people.join(path, ada, 'member')
  const asked = await askAsHost(server, 'Ada@acme.example', 'evil.example')
  assert.deepEqual(asked, { status: true })
  const [received] = await mailServer.waitFor(1, isNoInvitation)
  assert(received?.mail.text?.includes(`${server.url}/new-password#token=`), 'whoever asks chooses no host')
  const token = await tokenOf(mailServer, 1)
  await ask(ada)
  const another = await tokenOf(mailServer, 2)
  assert.equal((await reset(server, token, 'short')).status, 400)
  assert.equal((await before.request('GET', '/v1/me')).status, 200, 'asking alone changes nothing')

  assert.equal((await reset(server, token)).status, 200)
  assert.equal((await before.request('GET', '/v1/me')).status, 401)
  assert.equal((await people.signIn(ada)).status, 401)
  assert.equal((await people.signIn(ada, newPassword)).status, 200)
  for (const used of [token, another, 'x'.repeat(43), '']) {
    assert.equal((await reset(server, used, 'and yet another one')).status, 400, 'used, or ended with the other one')
  }
  assert.equal((await people.signIn(ada, newPassword)).status, 200)
  assert.deepEqual((await actions(server, path)).slice(0, 6), [
    ...['signed_in', 'signed_in', 'sign_in_failed', 'password_reset', 'password_reset_requested'],
    'password_reset_requested',
  ])
  const { text } = await server.request('GET', `${path}/audit-log`)
  assert(!text.includes(token) && !text.includes(newPassword))
})

test('who asks hears the same for every address, and an address without a password gets no link', async (t) => {
  const provider = await TestOpenIdProvider.start(t)
  const { mailServer, server, people, path, ask } = await start(t, provider.env)
  await people.join(path, ada, 'member')
  await server.request('POST', '/v1/sign-in-links')
  provider.user = { sub: '7', email: 'oidc@acme.example', email_verified: true, name: 'Olga' }
  const olga = new Person(server)
  const begun = await olga.request('POST', '/auth/sign-in/social', { provider: 'oidc', callbackURL: '/' })
  const back = new URL((await fetch(begun.json.url, { redirect: 'manual' })).headers.get('location') ?? '')
  await olga.request('GET', back.pathname + back.search)

  const addresses = ['nobody@acme.example', 'operator@atlas.localhost', 'oidc@acme.example', ada]
  for (const email of addresses) {
    const { status, json, headers } = await ask(email)
    assert.deepEqual([status, json, headers.get('set-cookie')], [200, { status: true }, null], email)
  }
  const mails = await mailServer.waitFor(2, isNoInvitation)
  const told = mails.map(({ to, mail }) => `${to}: ${mail.subject}`)
  assert.deepEqual(told.sort(), [
    `${ada}: Set a new password for Atlas Webhooks`,
    'oidc@acme.example: Signing in to Atlas Webhooks',
  ])
  const olgas = mails.find(({ to }) => to.includes('oidc@acme.example'))
  assert.match(olgas?.mail.text ?? '', /you sign in with Acme ID/)
  assert.doesNotMatch(olgas?.mail.text ?? '', /token/)
  // What was asked for is in the logs of those whom it is about, and of others in the operator's.
  const { data } = (await server.request('GET', '/v1/audit-log?action=auth.password_reset_requested')).json
  const names = data.map((entry: { target: { name: string } }) => entry.target.name)
  assert.deepEqual([...names].sort(), [...addresses].sort())

  for (const email of ['nobody@acme.example', ada]) {
    const statuses = [(await ask(email)).status, (await ask(email)).status]
    const { status, json, headers } = await ask(email)
    assert.deepEqual([...statuses, status, json.code], [200, 200, 429, 'TOO_MANY_ATTEMPTS'], email)
    assert(Number(headers.get('retry-after')) > 600)
  }
})

test('of two who use a link at the same time one sets the password', async (t) => {
  const { mailServer, server, people, path, ask } = await start(t)
  await people.join(path, ada, 'member')
  await ask(ada)
  const token = await tokenOf(mailServer, 1)
  const tries = ['the first password', 'the second password', 'the third password']
  const statuses = await Promise.all(tries.map(async (password) => (await reset(server, token, password)).status))
  assert.deepEqual(statuses.toSorted(), [200, 400, 400])
  for (const [index, password] of tries.entries()) {
    assert.equal((await people.signIn(ada, password)).status === 200, statuses[index] === 200)
  }
  assert.equal((await actions(server, path)).filter((action) => action === 'password_reset').length, 1)
})

test('a link ends after half an hour, and neither it nor its token is in the database', async (t) => {
  const { mailServer, server, people, path, ask } = await start(t)
  await people.join(path, ada, 'member')
  await ask(ada)
  const token = await tokenOf(mailServer, 1)
  const made = await server.request('POST', '/v1/password-links', { body: { email: ada, remove_second_factor: true } })
  const tokens = [token, new URL(made.json.url).hash.replace('#token=', '')]
  const rows = await server.database.query<{ text: string; minutes: number }>({
    name: 'verification',
    text: `select row_to_json(v)::text as text, round(extract(epoch from "expiresAt" - now()) / 60)::int as minutes
      from sign_in.verification v`,
  })
  assert.deepEqual(
    rows.map(({ minutes }) => minutes),
    [30, 30, 30],
  )
  for (const { text } of rows) assert(!tokens.some((each) => text.includes(each)), text)
  await server.database.execute({
    name: 'half-an-hour',
    text: `update sign_in.verification set "expiresAt" = now() - interval '1 second'`,
  })
  for (const each of tokens) {
    const { status, json } = await reset(server, each)
    assert.deepEqual([status, json.code], [400, 'INVALID_TOKEN'])
  }
  assert.equal((await ask('no address')).status, 400)
  assert.equal((await people.signIn(ada)).status, 200)
})

test('the second factor is asked for after a reset, also where a browser was trusted or half-way in', async (t) => {
  const { mailServer, server, people, path, ask } = await start(t)
  const person = await people.join(path, ada, 'member')
  const factor = await people.addSecondFactor(person)
  const code = () => ({ code: factor.code(), trustDevice: true })
  await person.signOut()
  const trusted = (await people.signIn(ada)).person
  assert.equal((await trusted.request('POST', '/auth/two-factor/verify-totp', code())).status, 200)
  await trusted.signOut()
  const signInAgain = (password: string) => trusted.request('POST', '/auth/sign-in/email', { email: ada, password })
  assert.equal((await signInAgain(people.password)).json.twoFactorRedirect, undefined, 'the browser is trusted')
  await trusted.signOut()

  const halfWay = (await people.signIn(ada)).person
  await ask(ada)
  assert.equal((await reset(server, await tokenOf(mailServer, 1))).status, 200)
  assert.equal((await halfWay.request('POST', '/auth/two-factor/verify-totp', code())).status, 401)
  assert.equal((await signInAgain(newPassword)).json.twoFactorRedirect, true)
  assert.equal((await trusted.request('GET', '/v1/me')).status, 401)
  assert.equal((await trusted.request('POST', '/auth/two-factor/verify-totp', code())).status, 200)
})

test('of who lost their second factor the operator removes it, with a link that is used once', async (t) => {
  const { server, people, path } = await start(t)
  const person = await people.join(path, ada, 'member')
  await people.addSecondFactor(person)
  const link = async (more: object) => {
    const made = await server.request('POST', '/v1/password-links', { body: { email: ada, ...more } })
    assert.equal(made.status, 201, made.text)
    return new URL(made.json.url).hash.replace('#token=', '')
  }
  const [other, removing] = [await link({ remove_second_factor: false }), await link({ remove_second_factor: true })]
  assert.equal((await people.signIn(ada)).json.twoFactorRedirect, true, 'until it is used, nothing is removed')
  assert.equal((await reset(server, removing)).status, 200)
  const { person: back, json: signedIn } = await people.signIn(ada, newPassword)
  assert.equal(signedIn.twoFactorRedirect, undefined)
  assert.equal((await back.request('GET', '/v1/me')).json.user.two_factor_enabled, false)
  for (const token of [removing, other]) assert.notEqual((await reset(server, token)).status, 200)
  const told = await actions(server, path)
  assert.deepEqual(told.slice(1, 3), ['second_factor_disabled', 'password_reset'])
  // A new one can be set up.
  await people.addSecondFactor(back, newPassword)
  assert.equal((await people.signIn(ada, newPassword)).json.twoFactorRedirect, true)

  // Another link leaves it alone.
  assert.equal((await reset(server, await link({}))).status, 200)
  assert.equal((await people.signIn(ada, newPassword)).json.twoFactorRedirect, true)
})

test('a sign-in that began with the old password ends with it', async (t) => {
  const { mailServer, server, people, path, ask } = await start(t)
  await people.join(path, ada, 'member')
  await ask(ada)
  const token = await tokenOf(mailServer, 1)
  const [done, ...racers] = await Promise.all([
    reset(server, token),
    ...Array.from({ length: 8 }, () => people.signIn(ada)),
  ])
  assert.equal(done.status, 200)
  for (const { person, status } of racers) {
    assert.equal((await person.request('GET', '/v1/me')).status, 401, `signed in with ${status}`)
  }
})

test('without a mail server the operator makes the link, and nobody else may', async (t) => {
  const server = await startTestServer(t)
  const people = new People(server)
  const { path } = await server.createWorkspace('acme')
  const owner = await people.join(path, 'owner@acme.example', 'owner')
  const member = await people.join(path, ada, 'member')
  assert.equal((await server.request('GET', '/v1/sign-in-methods', { key: null })).json.password_mails, false)
  const asked = await askFor(server, ada)
  assert.deepEqual([asked.status, asked.json.code], [404, 'NO_MAIL_SERVER'])
  assert.equal((await owner.request('POST', '/v1/password-links', { email: ada })).status, 403)
  const key = await server.createKey(path, ['manage'])
  assert.equal((await server.request('POST', '/v1/password-links', { key, body: { email: ada } })).status, 403)
  const none = await server.request('POST', '/v1/password-links', { body: { email: 'no@acme.example' } })
  assert.equal(none.status, 404)

  const { status, json } = await server.request('POST', '/v1/password-links', { body: { email: ada } })
  assert.equal(status, 201)
  assert.equal((await reset(server, new URL(json.url).hash.replace('#token=', ''))).status, 200)
  assert.equal((await member.request('GET', '/v1/me')).status, 401)
  assert.equal((await people.signIn(ada, newPassword)).status, 200)
  const [, , made] = (await server.request('GET', `${path}/audit-log`)).json.data
  assert.deepEqual([made.action, made.actor.type, made.target.name], ['password_link_created', 'operator', ada])
  assert((await actions(server, '/v1')).includes('password_link_created'))
})

test('the operator, whom a link signed in, sets a first password, and no account a second one', async (t) => {
  const server = await startTestServer(t)
  const people = new People(server)
  const { path } = await server.createWorkspace('acme')
  const link = async () => new URL((await server.request('POST', '/v1/sign-in-links')).json.url).hash.slice(7)
  const operator = await people.signInByLink(await link())
  assert(operator)
  const set = (person: Person, password: string, headers = {}) =>
    person.request('POST', '/auth/set-password', { newPassword: password }, headers)
  assert.equal((await set(operator, 'short')).status, 400)
  assert.equal((await set(operator, newPassword, { origin: 'https://evil.example' })).status, 403)
  assert.equal((await set(new Person(server), newPassword)).status, 401)
  await server.database.execute({
    name: 'later',
    text: `update sign_in.session set "createdAt" = now() - interval '16 minutes'`,
  })
  assert.equal((await set(operator, newPassword)).json.code, 'SESSION_NOT_FRESH')
  const fresh = await people.signInByLink(await link())
  assert(fresh)
  const statuses = await Promise.all([1, 2, 3].map(async () => (await set(fresh, newPassword)).status))
  assert.deepEqual(statuses.toSorted(), [200, 409, 409])
  assert.equal((await people.signIn('operator@atlas.localhost', newPassword)).status, 200)
  const member = await people.join(path, ada, 'member')
  assert.equal((await set(member, newPassword)).json.code, 'PASSWORD_ALREADY_SET')
  assert.equal((await people.signIn(ada)).status, 200)
  assert((await actions(server, '/v1')).includes('password_changed'))
})

test('of an account its owner changes the name, and nothing else', async (t) => {
  const { server, people, path } = await start(t)
  const person = await people.join(path, ada, 'member')
  const change = async (body: object) => (await person.request('POST', '/auth/update-user', body)).status
  assert.equal(await change({ name: 'Ada Lovelace' }), 200)
  for (const body of [{ name: ' ' }, { name: 'x'.repeat(201) }, { name: 1 }, {}, { image: 'https://evil.example' }]) {
    assert.equal(await change(body), 400, JSON.stringify(body))
  }
  for (const body of [
    { name: 'A', operator: true },
    { name: 'A', email: 'x@acme.example' },
    { name: 'A', image: 'x' },
  ]) {
    assert.equal(await change(body), 400, JSON.stringify(body))
  }
  const { user, operator } = (await person.request('GET', '/v1/me')).json
  assert.deepEqual([user.name, user.email, operator], ['Ada Lovelace', ada, false])
  const [entry] = (await server.request('GET', `${path}/audit-log`)).json.data
  assert.deepEqual(
    [entry.action, entry.metadata],
    ['name_changed', { changes: { name: { before: 'ada', after: 'Ada Lovelace' } } }],
  )
})
