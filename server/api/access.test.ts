import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { grants, type KeyScope, keyScopes } from '../domain/api-key.ts'
import { toTypeId } from '../domain/identifier.ts'
import { insertKey } from '../storage/api-key.ts'
import { insertWorkspace } from '../storage/workspace.ts'
import { TestRooms } from '../testing/rooms.ts'
import { routeTable } from '../testing/route-table.ts'
import { newId } from '../testing/seed.ts'
import { startTestServer } from '../testing/server.ts'
import { Access } from './access.ts'
import { RateLimit } from './rate-limit.ts'
import type { Route } from './route.ts'

const anyId = '01h455vb4pex5vsknk084sn02q'
const prefixes: Record<string, string> = { key: 'key', event: 'evt', endpoint: 'ep', delivery: 'dlv', job: 'job' }

function urlOf(route: Route, workspace: string): string {
  return route.path
    .replace('{workspace}', workspace)
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => (prefixes[name] ? `${prefixes[name]}_${anyId}` : 'none.such'))
}

test('every route refuses no key, a wrong key, an expired key, another workspace, and a missing scope', async (t) => {
  const server = await startTestServer(t)
  const mine = await server.createWorkspace('mine')
  const other = await server.createWorkspace('other')
  const keys = Object.fromEntries(
    await Promise.all(keyScopes.map(async (scope) => [scope, await server.createKey(mine.path, [scope])] as const)),
  ) as Record<KeyScope, string>
  const foreign = await server.createKey(other.path, keyScopes)
  const expiring = await server.createKey(mine.path, keyScopes, {
    expires_at: new Date(Date.now() + 60_000).toISOString(),
  })
  await server.database.execute({
    name: 'expire',
    text: `update api_keys set expires_at = now() where expires_at is not null`,
  })

  const routes = routeTable().filter(({ scope }) => scope !== 'public')
  assert(routes.length >= 12)
  for (const route of routes) {
    const ask = async (key: string | null, workspace = mine.id) => {
      const answer = await server.request(route.method, urlOf(route, workspace), { key })
      return `${answer.status} ${answer.json?.code}`
    }
    const label = `${route.method} ${route.path}`
    const namesWorkspace = route.path.includes('{workspace}')
    const unauthorized = '401 unauthorized'
    assert.equal(await ask(null), unauthorized, label)
    assert.equal(await ask('nonsense'), unauthorized, label)
    assert.equal(await ask(`atlas_ws_${'0'.repeat(50)}`), unauthorized, label)
    assert.equal(await ask(`atlas_op_${'0'.repeat(40)}`), unauthorized, label)
    assert.equal(await ask(expiring), unauthorized, label)
    if (route.scope === 'operator' || namesWorkspace) {
      assert.equal(await ask(foreign), namesWorkspace ? '404 not_found' : '403 forbidden', label)
    }
    if (namesWorkspace) {
      assert.equal(await ask(foreign, 'mine'), '404 not_found', label)
      assert.equal(await ask(foreign, 'no-such'), '404 not_found', label)
    }
    for (const scope of keyScopes) {
      if (route.scope === 'any' || route.scope === 'public') continue
      const isForKeys = route.scope !== 'operator' && route.role !== 'owner'
      if (isForKeys && grants([scope], route.scope)) continue
      assert.equal(await ask(keys[scope]), '403 forbidden', `${label} with ${scope}`)
    }
  }
})

test('each scope opens its routes, by id and by slug, and manage includes read', async (t) => {
  const server = await startTestServer(t)
  const { id } = await server.createWorkspace('acme')
  const read = await server.createKey('/v1/workspaces/acme', ['read'])
  const manage = await server.createKey('/v1/workspaces/acme', ['manage'])
  for (const name of [id, 'acme']) {
    assert.equal((await server.request('GET', `/v1/workspaces/${name}`, { key: read })).status, 200)
    assert.equal((await server.request('GET', `/v1/workspaces/${name}`, { key: manage })).status, 200)
  }
  const lowerCase = { authorization: `bearer ${read}` }
  assert.equal((await server.request('GET', '/v1/workspaces/acme', { key: null, headers: lowerCase })).status, 200)
})

test('what is public needs no key', async (t) => {
  const server = await startTestServer(t)
  const reading = routeTable().filter(({ scope, method }) => scope === 'public' && method === 'GET')
  for (const route of reading) {
    assert.equal((await server.request(route.method, route.path, { key: null })).status, 200, route.path)
  }
})

test('a revoked key stops working with the answer, and on its own behalf too', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const key = await server.createKey(path, ['manage'])
  const listed = await server.request('GET', `${path}/keys`, { key })
  assert.equal(listed.status, 200)
  assert(!listed.text.includes(key), 'a key is shown once')
  assert.equal((await server.request('DELETE', `${path}/keys/${listed.json.data[0].id}`, { key })).status, 204)
  assert.equal((await server.request('GET', `${path}/keys`, { key })).status, 401)
})

test('a key that asks too much gets 429 and when to come back', async (t) => {
  const server = await startTestServer(t, { ATLAS_MAX_REQUESTS_PER_SECOND: '1' })
  const answers = await Promise.all(Array.from({ length: 5 }, () => server.request('GET', '/v1/workspaces')))
  const refused = answers.filter(({ status }) => status === 429)
  assert(refused.length >= 3)
  assert.equal(refused[0]?.json.code, 'too_many_requests')
  assert.equal(refused[0]?.headers.get('retry-after'), '1')
})

test('a bucket fills again with time, up to its size', () => {
  const limit = new RateLimit(2)
  assert.deepEqual([limit.take('a', 0), limit.take('a', 0), limit.take('a', 0)], [0, 0, 0.5])
  assert.equal(limit.take('b', 0), 0, 'another key has its own')
  assert.equal(limit.take('a', 500), 0)
  assert.equal(limit.take('a', 500), 0.5)
  assert.deepEqual([limit.take('a', 60_000), limit.take('a', 60_000), limit.take('a', 60_000)], [0, 0, 0.5])
  assert.equal(limit.take('a', 59_000), 0.5, 'a clock that steps back gives nothing and takes nothing')
})

test('a key that asks for another workspace makes nobody look whether there is one', async (t) => {
  const rooms = await TestRooms.open(t)
  const at = new Date()
  const { configuration, database } = rooms
  const workspace = { name: 'Other', strictTypes: false, validatePayloads: false, createdAt: at }
  const other = await insertWorkspace(database, { ...workspace, id: newId(), slug: 'other' })
  assert(other)
  const text = `atlas_ws_${'k'.repeat(50)}`
  const key = { id: newId(), workspaceId: rooms.seed.workspaceId, name: 'k', scopes: ['read'] as const }
  await insertKey(database, { ...key, expiresAt: null, createdAt: at }, hash('sha256', text, 'buffer'), 1)
  const options = { operatorKey: `atlas_op_${'o'.repeat(40)}`, limit: new RateLimit(100), now: Date.now }
  const nobody = { userOf: async () => null, roleIn: async () => null }
  const people = { accounts: nobody, publicUrl: () => 'http://atlas.example', portalSession: async () => null }
  const access = new Access({ ...options, configuration, ...people })
  const headers = { authorization: `Bearer ${text}` }
  const read = { scope: 'read', role: undefined, isWrite: false, portal: false } as const
  // Had it been looked for, it would be in memory now, and the next question be answered sooner.
  for (const name of ['other', toTypeId('ws', other.id), 'none']) {
    await assert.rejects(async () => access.admit(headers, read, name), { code: 'not_found' }, name)
    assert.equal(configuration.knownWorkspace(other.id), undefined, name)
  }
  const admitted = await access.admit(headers, read, toTypeId('ws', rooms.seed.workspaceId))
  assert.equal(admitted.workspace?.workspace.id, rooms.seed.workspaceId)
})
