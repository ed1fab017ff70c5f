import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../testing/server.ts'

test('a key learns which workspace it is of and what it may do there, and the operator all of them', async (t) => {
  const server = await startTestServer(t)
  const { id, path } = await server.createWorkspace('acme')
  const other = await server.createWorkspace()
  const ask = async (key?: string) => (await server.request('GET', '/v1/me', key === undefined ? {} : { key })).json
  const acme = { id, name: 'Acme', slug: 'acme' }
  const all = ['publish', 'read', 'manage']
  assert.deepEqual(await ask(), {
    kind: 'operator',
    user: null,
    operator: true,
    workspaces: [
      { id: other.id, name: 'Acme', slug: null, role: null, scopes: all },
      { ...acme, role: null, scopes: all },
    ],
  })
  for (const [held, shown] of [
    [['publish'], ['publish']],
    [['manage'], ['read', 'manage']],
  ] as const) {
    const key = await server.createKey(path, held)
    assert.deepEqual(await ask(key), {
      kind: 'key',
      user: null,
      operator: false,
      workspaces: [{ ...acme, role: null, scopes: shown }],
    })
  }
})
