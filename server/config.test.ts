import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, loadConfig } from './config.ts'

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env, { dev: false })
  } catch (error) {
    assert(error instanceof ConfigError)
    return error.faults
  }
  return []
}

test('an empty environment gives the strict defaults', () => {
  const config = loadConfig({}, { dev: false })
  assert.equal(config.port, 8400)
  assert.equal(config.host, '127.0.0.1')
  assert.equal(config.databaseUrl, null)
  assert.equal(config.allowHttp, false)
  assert.deepEqual(config.allowTargets, [])
  assert.equal(config.maxPayloadBytes, 262_144)
})

test('the dev mode opens http and loopback, unless the environment says otherwise', () => {
  const dev = loadConfig({}, { dev: true })
  assert.equal(dev.allowHttp, true)
  assert.deepEqual(
    dev.allowTargets.map(({ text }) => text),
    ['127.0.0.0/8', '::1/128'],
  )
  const strict = loadConfig({ ATLAS_ALLOW_HTTP: 'false', ATLAS_ALLOW_TARGETS: '' }, { dev: true })
  assert.equal(strict.allowHttp, false)
  assert.deepEqual(strict.allowTargets, [])
})

test('origins of the portal are plain origins, since they become a part of its security policy', () => {
  const originsOf = (text: string) => loadConfig({ ATLAS_PORTAL_ORIGINS: text }, { dev: false }).portalOrigins
  assert.deepEqual(originsOf(''), [])
  assert.deepEqual(originsOf('https://App.acme.example/, http://[::1]:3000'), [
    'https://app.acme.example',
    'http://[::1]:3000',
  ])
  const illegal = ['*', 'https://*.acme.example', 'acme.example', 'https://acme.example/x', 'https://a.example,,']
  for (const text of [...illegal, "https://a.example;script-src-'self'", 'javascript:1', 'https://u:p@a.example']) {
    assert.deepEqual(faultsOf({ ATLAS_PORTAL_ORIGINS: text }), [
      'ATLAS_PORTAL_ORIGINS: must be origins like https://app.example.com, without a path, separated by commas',
    ])
  }
  for (const color of ['red', '#fff', '#12345g', '#0b5cad;']) {
    assert.equal(faultsOf({ ATLAS_PORTAL_COLOR: color }).length, 1, color)
  }
  for (const logo of ['data:image/png,x', 'https://a.example;x/logo.svg', 'logo.svg']) {
    assert.equal(faultsOf({ ATLAS_PORTAL_LOGO_URL: logo }).length, 1, logo)
  }
})

test('every fault is told in a line of its own, and secrets are not repeated', () => {
  const faults = faultsOf({
    ATLAS_PRT: '1',
    ATLAS_SMTP_URL: 'smtp://user:hunter2@mail.example?x',
    ATLAS_MAIL_FROM: 'hunter2',
    ATLAS_PORT: '70000',
    ATLAS_ALLOW_HTTP: 'maybe',
    ATLAS_ALLOW_TARGETS: '10.0.0.0/99',
    ATLAS_DATABASE_URL: 'mysql://user:hunter2@db',
    ATLAS_OPERATOR_KEY: 'atlas_op_hunter2',
    ATLAS_MASTER_KEY: 'hunter2',
    ATLAS_ROLES: 'api,cook',
    ATLAS_RETENTION_DAYS: '0',
    ATLAS_LOG_LEVEL: 'loud',
  })
  const names = faults.map((line) => line.split(':')[0])
  assert.deepEqual(names.sort(), [
    'ATLAS_ALLOW_HTTP',
    'ATLAS_ALLOW_TARGETS',
    'ATLAS_DATABASE_URL',
    'ATLAS_LOG_LEVEL',
    'ATLAS_MAIL_FROM',
    'ATLAS_MASTER_KEY',
    'ATLAS_OPERATOR_KEY',
    'ATLAS_PORT',
    'ATLAS_PRT',
    'ATLAS_RETENTION_DAYS',
    'ATLAS_ROLES',
    'ATLAS_SMTP_URL',
  ])
  assert(faults.every((line) => !line.includes('\n')))
  assert.doesNotMatch(faults.join(), /hunter2/)
})

test("the command line's and the tests' names are known, and so is DATABASE_URL behind ours", () => {
  const env = { ATLAS_KEY: 'k', ATLAS_SERVER: 's', ATLAS_WORKSPACE: 'w', ATLAS_TEST_DATABASE_URL: 'x' }
  assert.deepEqual(faultsOf(env), [])
  const url = 'postgres://a/b'
  assert.equal(loadConfig({ DATABASE_URL: url }, { dev: false }).databaseUrl, url)
  const both = { DATABASE_URL: 'postgres://other/b', ATLAS_DATABASE_URL: url }
  assert.equal(loadConfig(both, { dev: false }).databaseUrl, url)
})

test('a mail server needs to know whom its mails are from', () => {
  const server = { ATLAS_SMTP_URL: 'smtp://mail.example' }
  assert.deepEqual(faultsOf(server), ['ATLAS_MAIL_FROM: must be set when ATLAS_SMTP_URL is'])
  const { mailServer, mailFrom } = loadConfig({ ...server, ATLAS_MAIL_FROM: 'Atlas <a@b.example>' }, { dev: false })
  assert.deepEqual([mailServer?.port, mailFrom], [587, { name: 'Atlas', address: 'a@b.example' }])
  assert.equal(loadConfig({ ATLAS_SMTP_URL: '', ATLAS_MAIL_FROM: '' }, { dev: false }).mailServer, null)
})
