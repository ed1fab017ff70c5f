import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grants } from '../domain/api-key.ts'
import { type Role, roles, scopesOfRole } from '../domain/role.ts'
import { People } from '../testing/people.ts'
import { routeTable } from '../testing/route-table.ts'
import { startTestServer } from '../testing/server.ts'

test('an invitation makes an account, which signs in, is a member, and signs out', async (t) => {
  const server = await startTestServer(t)
  const people = new People(server)
  const { id, path } = await server.createWorkspace('acme')
  const ada = await people.join(path, 'Ada@acme.example', 'member')
  const me = (await ada.request('GET', '/v1/me')).json
  assert.deepEqual(
    [me.kind, me.user.email, me.user.two_factor_enabled, me.operator],
    ['user', 'ada@acme.example', false, false],
  )
  const scopes = ['publish', 'read', 'manage']
  assert.deepEqual(me.workspaces, [{ id, name: 'Acme', slug: 'acme', role: 'member', scopes }])
  assert.match(ada.setCookie, /atlas\.session_token=[^;]+;.*HttpOnly; SameSite=Lax/)
  assert.equal((await ada.request('GET', `${path}/endpoints`)).status, 200)
  assert.equal((await ada.request('POST', `${path}/events`, { type: 'a.b', data: {} })).status, 202)
  const listed = (await ada.request('GET', '/v1/workspaces')).json.data
  assert.deepEqual(
    listed.map((each: { id: string }) => each.id),
    [id],
  )

  const [member] = (await ada.request('GET', `${path}/members`)).json.data
  assert.deepEqual([member.email, member.role], ['ada@acme.example', 'member'])
  await ada.signOut()
  assert.equal((await ada.request('GET', '/v1/me')).status, 401)

  const log = (await server.request('GET', `${path}/audit-log`)).json.data
  const told = log.map(
    (entry: { category: string; action: string; actor: { type: string } }) =>
      `${entry.actor.type} ${entry.category}.${entry.action}`,
  )
  assert.deepEqual(told.slice(0, 4), [
    'user auth.signed_out',
    'user auth.signed_in',
    'user team_member.joined',
    'operator team_member.invited',
  ])
})

test('each role opens the routes of its scopes and rank, and another workspace is not there', async (t) => {
  const server = await startTestServer(t)
  const people = new People(server)
  const { id, path } = await server.createWorkspace('acme')
  const other = await server.createWorkspace('other')
  const anyId = 'a'.repeat(26).replace(/^a/, '0')
  const prefixes: Record<string, string> = {
    key: 'key',
    endpoint: 'ep',
    event: 'evt',
    delivery: 'dlv',
    job: 'job',
    entry: 'aud',
    member: 'usr',
    invitation: 'inv',
  }
  const urlOf = (routePath: string, workspace: string) =>
    routePath
      .replace('{workspace}', workspace)
      .replaceAll(/\{(\w+)\}/g, (_, name: string) => (prefixes[name] ? `${prefixes[name]}_${anyId}` : 'none.such'))
  const isLast = ({ method, path: each }: { method: string; path: string }) =>
    method === 'DELETE' && each === '/v1/workspaces/{workspace}' ? 1 : 0
  const routes = routeTable()
    .filter(({ scope, connect }) => scope !== 'public' && connect === undefined)
    .toSorted((one, another) => isLast(one) - isLast(another))
  for (const role of roles) {
    const person = await people.join(path, `${role}@acme.example`, role)
    for (const route of routes) {
      const label = `${role}: ${route.method} ${route.path}`
      const answer = await person.request(route.method, urlOf(route.path, id))
      assert.equal(answer.status === 403, !mayCall(role, route), `${label}: ${answer.status}`)
      if (isLast(route) && role === 'owner') assert.equal(answer.status, 204, 'nothing was left to ask for before')
      if (route.path.includes('{workspace}')) {
        const elsewhere = await person.request(route.method, urlOf(route.path, other.id))
        assert.equal(elsewhere.status, 404, label)
      }
    }
  }
})

function mayCall(role: Role, route: ReturnType<typeof routeTable>[number]): boolean {
  const { scope } = route
  if (scope === 'operator') return false
  if (scope === 'any' || scope === 'public') return true
  if (!grants(scopesOfRole(role), scope)) return false
  return route.role === undefined || roles.indexOf(role) >= roles.indexOf(route.role)
}

test('from another site nothing can be changed with the cookies of who looks at it', async (t) => {
  const server = await startTestServer(t)
  const people = new People(server)
  const { path } = await server.createWorkspace()
  const ada = await people.join(path, 'ada@acme.example', 'admin')
  const event = { type: 'a.b', data: {} }
  const from = async (headers: Record<string, string>) =>
    (await ada.request('POST', `${path}/events`, event, headers)).status
  assert.equal(await from({ origin: server.url }), 202)
  assert.equal(await from({ origin: server.url, 'sec-fetch-site': 'same-origin' }), 202)
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: server.url, 'sec-fetch-site': 'same-site' },
  ]) {
    assert.equal(await from(headers), 403, JSON.stringify(headers))
  }
  const signIn = await people.signIn('ada@acme.example', undefined, { origin: 'https://evil.example' })
  assert.equal(signIn.status, 403)
})

test('guessing is slowed, for accounts that there are and for those that there are not', async (t) => {
  const server = await startTestServer(t)
  const people = new People(server)
  const { path } = await server.createWorkspace()
  await people.join(path, 'ada@acme.example', 'member')
  for (const email of ['ada@acme.example', 'nobody@acme.example']) {
    const statuses: number[] = []
    for (let guess = 0; guess < 6; guess++) statuses.push((await people.signIn(email, `wrong-${guess}-wrong`)).status)
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429], email)
    const { status, headers, json } = await people.signIn(email)
    assert.deepEqual([status, json.code], [429, 'TOO_MANY_ATTEMPTS'], 'the right one has to wait, too')
    assert(Number(headers.get('retry-after')) >= 1)
  }
  const failures = await server.request('GET', `${path}/audit-log?action=auth.sign_in_failed`)
  assert.equal(failures.json.data.length, 5)
  const all = await server.request('GET', '/v1/audit-log?action=auth.sign_in_failed')
  const actors = all.json.data.map((entry: { actor: { type: string } }) => entry.actor.type)
  assert.deepEqual(actors.filter((type: string) => type === 'anonymous').length, 5)
  await server.database.execute({
    name: 'later',
    text: `update sign_in_failures set last_at = last_at - interval '1 hour'`,
  })
  assert.equal((await people.signIn('ada@acme.example')).status, 200)
})

test('the link of the operator signs in once, with everything allowed', async (t) => {
  const server = await startTestServer(t)
  const people = new People(server)
  const { path } = await server.createWorkspace('acme')
  const { status, json } = await server.request('POST', '/v1/sign-in-links')
  assert.equal(status, 201)
  const token = new URL(json.url).hash.replace('#token=', '')
  const operator = await people.signInByLink(token)
  assert(operator)
  const me = (await operator.request('GET', '/v1/me')).json
  assert.deepEqual([me.operator, me.workspaces[0].slug, me.workspaces[0].role], [true, 'acme', null])
  assert.equal((await operator.request('POST', '/v1/workspaces', { name: 'New' })).status, 201)
  assert.equal((await operator.request('GET', `${path}/keys`)).status, 200)
  assert.equal(await people.signInByLink(token), null, 'a second time')
  assert.equal(await people.signInByLink('x'.repeat(32)), null)
  const { path: linkPath } = { path: '/auth/sign-in/magic-link' }
  assert.equal(
    (await server.request('POST', linkPath, { key: null, body: { email: 'operator@atlas.localhost' } })).status,
    404,
  )
  const log = (await server.request('GET', '/v1/audit-log')).json.data
  const actions = log.map((entry: { action: string }) => entry.action)
  assert(actions.includes('signed_in') && actions.includes('link_created'))
})

test('with a second factor a password alone does not sign in', async (t) => {
  const server = await startTestServer(t)
  const people = new People(server)
  const { path } = await server.createWorkspace()
  const ada = await people.join(path, 'ada@acme.example', 'member')
  const { code } = await people.addSecondFactor(ada)
  await ada.signOut()

  const half = await people.signIn('ada@acme.example')
  assert.equal(half.json.twoFactorRedirect, true)
  assert.equal((await half.person.request('GET', '/v1/me')).status, 401)
  assert.equal((await half.person.request('POST', '/auth/two-factor/verify-totp', { code: '000000' })).status, 401)
  const whole = await half.person.request('POST', '/auth/two-factor/verify-totp', { code: code() })
  assert.equal(whole.status, 200)
  const me = (await half.person.request('GET', '/v1/me')).json
  assert.equal(me.user.two_factor_enabled, true)
  const log = (await server.request('GET', `${path}/audit-log`)).json.data
  const actions = log.map((entry: { action: string }) => entry.action)
  assert.deepEqual(actions.slice(0, 5), [
    ...['signed_in', 'sign_in_failed', 'signed_out', 'second_factor_enabled', 'signed_in'],
  ])
})

test('a role or membership that was taken away is gone with the answer, and the last owner stays', async (t) => {
  const server = await startTestServer(t)
  const people = new People(server)
  const { path } = await server.createWorkspace()
  const owner = await people.join(path, 'owner@acme.example', 'owner')
  const admin = await people.join(path, 'admin@acme.example', 'admin')
  const members = (await owner.request('GET', `${path}/members`)).json.data
  const idOf = (email: string) => members.find((each: { email: string }) => each.email === email).id
  const [ownerPath, adminPath] = [
    `${path}/members/${idOf('owner@acme.example')}`,
    `${path}/members/${idOf('admin@acme.example')}`,
  ]

  assert.equal((await admin.request('PATCH', adminPath, { role: 'owner' })).status, 403)
  assert.equal((await admin.request('PATCH', ownerPath, { role: 'viewer' })).status, 403)
  assert.equal((await admin.request('DELETE', ownerPath)).status, 403)
  assert.equal(
    (await admin.request('POST', `${path}/invitations`, { email: 'x@acme.example', role: 'owner' })).status,
    403,
  )
  assert.equal((await owner.request('PATCH', ownerPath, { role: 'viewer' })).status, 409)
  assert.equal((await owner.request('DELETE', ownerPath)).status, 409)

  assert.equal((await owner.request('PATCH', adminPath, { role: 'viewer' })).json.role, 'viewer')
  assert.equal((await admin.request('GET', `${path}/keys`)).status, 403)
  assert.equal((await admin.request('GET', `${path}/endpoints`)).status, 200)
  assert.equal((await admin.request('DELETE', ownerPath)).status, 403)
  assert.equal((await owner.request('DELETE', adminPath)).status, 204)
  assert.equal((await admin.request('GET', `${path}/endpoints`)).status, 404)
})

test('an invitation is for its address, for one time, and for seven days', async (t) => {
  const server = await startTestServer(t)
  const people = new People(server)
  const [first, second] = [await server.createWorkspace(), await server.createWorkspace()]
  const invite = async (path: string, email: string) =>
    (await server.request('POST', `${path}/invitations`, { body: { email, role: 'member' } })).json
  const accept = async (url: string, body: object = {}, headers: Record<string, string> = {}) => {
    const token = new URL(url).hash.replace('#token=', '')
    return await server.request('POST', '/v1/invitations/accept', { key: null, body: { token, ...body }, headers })
  }
  const account = { name: 'Ada', password: people.password }
  const ended = await invite(first.path, 'ada@acme.example')
  const { url } = await invite(first.path, 'ada@acme.example')
  assert.equal((await accept(ended.url, account)).status, 404)
  const incomplete = await accept(url)
  assert.deepEqual(
    incomplete.json.errors.map((each: { path: string }) => each.path),
    ['name', 'password'],
  )
  assert.equal((await accept(url, account)).status, 204)
  assert.equal((await accept(url, account)).status, 404)

  const other = await invite(second.path, 'ada@acme.example')
  assert.equal((await accept(other.url, account)).status, 401, 'an account has to be signed in to')
  const eve = await people.join(first.path, 'eve@acme.example', 'member')
  assert.equal((await accept(other.url, {}, { cookie: eve.cookie })).status, 401)
  const { person: ada } = await people.signIn('ada@acme.example')
  assert.equal((await accept(other.url, {}, { cookie: ada.cookie })).status, 204)
  assert.equal((await ada.request('GET', `${second.path}/events`)).status, 200)

  const late = await invite(first.path, 'late@acme.example')
  await server.database.execute({ name: 'expire-invitations', text: `update invitations set expires_at = now()` })
  assert.equal((await accept(late.url, account)).status, 404)
  const withdrawn = await invite(first.path, 'gone@acme.example')
  assert.equal((await server.request('DELETE', `${first.path}/invitations/${withdrawn.id}`)).status, 204)
  assert.equal((await accept(withdrawn.url, account)).status, 404)
})
