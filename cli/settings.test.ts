import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseServer, chooseTarget } from './settings.ts'
import { UsageError } from './usage-error.ts'

const login = { server: 'https://stored.example', key: 'atlas_ws_stored', workspace: 'stored' }
const env = { ATLAS_SERVER: 'https://env.example', ATLAS_KEY: 'atlas_ws_env', ATLAS_WORKSPACE: 'env' }

test('options come before the environment, and that before what was stored', () => {
  assert.deepEqual(chooseTarget({}, {}, login), login)
  const fromEnv = { server: 'https://env.example', key: 'atlas_ws_env', workspace: 'env' }
  assert.deepEqual(chooseTarget({}, env, login), fromEnv)
  const flags = { server: 'https://flag.example/', key: 'atlas_ws_flag', workspace: 'flag' }
  assert.deepEqual(chooseTarget(flags, env, login), { ...flags, server: 'https://flag.example' })
  assert.equal(chooseTarget({}, { ATLAS_KEY: 'k' }, null).server, 'http://127.0.0.1:8400')
  assert.deepEqual(chooseTarget({}, { ...env, ATLAS_SERVER: ' ' }, login).server, login.server, 'empty is not set')
})

test('a stored key goes to no other server, and a stored workspace with no other key', () => {
  assert.throws(
    () => chooseTarget({ server: 'https://other.example' }, {}, login),
    (error) =>
      error instanceof UsageError &&
      error.message.includes('no key for https://other.example, and the stored one is for https://stored.example'),
  )
  assert.equal(chooseTarget({ server: 'https://stored.example/' }, {}, login).key, login.key)
  assert.equal(chooseTarget({ key: 'atlas_ws_other' }, {}, login).workspace, null)
  assert.equal(chooseTarget({ key: login.key }, {}, login).workspace, 'stored')
})

test('what is no server and no key is refused, without repeating the key', () => {
  for (const server of ['localhost:8400', 'ftp://x.example', 'http://a:b@x.example', 'http://x.example/?a=1', 'x']) {
    assert.throws(() => chooseServer({ server }, {}, null), UsageError, server)
  }
  assert.equal(chooseServer({ server: 'http://x.example/atlas/' }, {}, null), 'http://x.example/atlas')
  for (const workspace of ['', '..', 'a/b']) {
    assert.throws(() => chooseTarget({ workspace }, env, null), UsageError, workspace)
  }
  for (const key of ['with space', 'ünïcode', 'two\nlines', '']) {
    assert.throws(
      () => chooseTarget({ key }, {}, null),
      (error) => error instanceof UsageError && (key === '' || !error.message.includes(key)),
    )
  }
})
