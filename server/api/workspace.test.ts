import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../testing/server.ts'

test('a workspace is created, shown by id and by slug, changed and deleted', async (t) => {
  const { request } = await startTestServer(t)
  const made = await request('POST', '/v1/workspaces', { body: { name: 'Acme', slug: 'acme' } })
  assert.equal(made.status, 201)
  assert.match(made.json.id, /^ws_[0-9a-z]{26}$/)
  assert.deepEqual((await request('GET', '/v1/workspaces/acme')).json, made.json)
  assert.deepEqual((await request('GET', `/v1/workspaces/${made.json.id}`)).json, made.json)

  const changed = await request('PATCH', '/v1/workspaces/acme', { body: { slug: 'acme-2', strict_types: true } })
  assert.equal(changed.status, 200)
  assert.deepEqual(
    { ...changed.json, updated_at: '' },
    { ...made.json, slug: 'acme-2', strict_types: true, updated_at: '' },
  )
  assert.equal((await request('GET', '/v1/workspaces/acme')).status, 404, 'the old slug is free at once')
  assert.equal((await request('GET', '/v1/workspaces/acme-2')).status, 200)

  assert.equal((await request('DELETE', '/v1/workspaces/acme-2')).status, 204)
  assert.equal((await request('GET', '/v1/workspaces/acme-2')).status, 404)
  assert.equal((await request('GET', `/v1/workspaces/${made.json.id}`)).status, 404)
})

test('a slug belongs to one workspace, also when two ask at once', async (t) => {
  const { request, createWorkspace } = await startTestServer(t)
  const make = () => request('POST', '/v1/workspaces', { body: { name: 'A', slug: 'same' } })
  const statuses = (await Promise.all([make(), make(), make()])).map(({ status }) => status)
  assert.deepEqual(statuses.sort(), [201, 409, 409])
  const other = await createWorkspace('other')
  const taken = await request('PATCH', other.path, { body: { slug: 'same' } })
  assert.equal(taken.status, 409)
  assert.equal(taken.json.errors[0].path, 'slug')
})

test('every fault of a request is told with its path', async (t) => {
  const { request } = await startTestServer(t)
  const refused = await request('POST', '/v1/workspaces', {
    body: { name: 5, slug: 'ws_x', strict_types: 'yes', more: 1 },
  })
  assert.equal(refused.status, 422)
  assert.deepEqual(refused.json.errors.map(({ path }: { path: string }) => path).sort(), [
    'more',
    'name',
    'slug',
    'strict_types',
  ])
  const list = await request('GET', '/v1/workspaces?limit=0&x=1')
  assert.deepEqual(list.json.errors.map(({ path }: { path: string }) => path).sort(), ['limit', 'x'])
  assert.equal((await request('GET', '/v1/workspaces?cursor=abc')).json.errors[0].path, 'cursor')
  assert.equal((await request('GET', '/v1/workspaces?limit=1&limit=2')).status, 422)
  assert.equal((await request('GET', '/healthz?verbose=1')).json.errors[0].path, 'verbose')
})

test('a key that may read lists its own workspace and no other', async (t) => {
  const { request, createWorkspace, createKey } = await startTestServer(t)
  const [mine, other] = [await createWorkspace('mine'), await createWorkspace('other')]
  const key = await createKey(mine.path, ['read'])
  const own = (await request('GET', mine.path)).json
  assert.deepEqual((await request('GET', '/v1/workspaces?limit=1', { key })).json, { data: [own], next_cursor: null })
  const publisher = await createKey(other.path, ['publish'])
  assert.equal((await request('GET', '/v1/workspaces', { key: publisher })).status, 403)
})

test('lists come newest first, page by page, each once', async (t) => {
  const { request, createWorkspace } = await startTestServer(t)
  const made: string[] = []
  for (let count = 0; count < 5; count++) made.push((await createWorkspace()).id)
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const { json } = await request('GET', `/v1/workspaces?limit=2${cursor && `&cursor=${cursor}`}`)
    seen.push(...json.data.map(({ id }: { id: string }) => id))
    cursor = json.next_cursor
  }
  assert.deepEqual(seen, made.reverse())
})

test('a key of the workspace may manage it, but not its slug', async (t) => {
  const { request, createWorkspace, createKey } = await startTestServer(t)
  const { path } = await createWorkspace()
  const key = await createKey(path, ['manage'])
  assert.equal((await request('PATCH', path, { key, body: { name: 'New' } })).status, 200)
  assert.equal((await request('PATCH', path, { key, body: { slug: 'mine' } })).status, 403)
  const more = await request('POST', `${path}/keys`, { key, body: { name: 'p', scopes: ['publish'] } })
  assert.equal(more.status, 403, 'nobody gives away more than they have')
  assert.equal((await request('POST', `${path}/keys`, { key, body: { name: 'r', scopes: ['read'] } })).status, 201)
  const past = await request('POST', `${path}/keys`, {
    body: { name: 'r', scopes: ['read'], expires_at: '2020-01-01T00:00:00Z' },
  })
  assert.equal(past.json.errors[0].path, 'expires_at')
})

test('a workspace holds 100 keys, and a key that expires in a leap second is refused', async (t) => {
  const { request, createWorkspace } = await startTestServer(t)
  const { path } = await createWorkspace()
  const create = (more: object = {}) =>
    request('POST', `${path}/keys`, { body: { name: 'k', scopes: ['read'], ...more } })
  const leap = await create({ expires_at: '2099-12-31T23:59:60Z' })
  assert.deepEqual([leap.status, leap.json.errors?.[0].path], [422, 'expires_at'])
  for (let made = 0; made < 100; made++) assert.equal((await create()).status, 201)
  const refused = await create()
  assert.equal(refused.status, 409)
  const [newest] = (await request('GET', `${path}/keys`)).json.data
  assert.equal((await request('DELETE', `${path}/keys/${newest.id}`)).status, 204)
  assert.equal((await create()).status, 201)
})
