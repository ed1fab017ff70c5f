import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../testing/server.ts'

test('health, readiness and figures need no key, and name no tenant', async (t) => {
  const server = await startTestServer(t)
  await server.createWorkspace('a-tenant')
  await server.request('GET', '/v1/workspaces/a-tenant')
  const health = await server.request('GET', '/healthz', { key: null })
  assert.equal(health.json.status, 'ok')
  assert.match(health.json.version, /^\d+\.\d+\.\d+$/)
  assert.equal((await server.request('GET', '/readyz', { key: null })).status, 200)
  const { text, headers } = await server.request('GET', '/metrics', { key: null })
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=/)
  assert.match(
    text,
    /atlas_http_request_duration_seconds_count\{method="GET",route="\/v1\/workspaces\/\{workspace\}",status="200"\} 1/,
  )
  assert.doesNotMatch(text, /a-tenant|ws_/)
})

test('a database with another schema is not ready', async (t) => {
  const { request, database } = await startTestServer(t)
  await database.execute({
    name: 'newer',
    text: `insert into migrations (number, name, checksum) values (9999, 'x', 'x')`,
  })
  const answer = await request('GET', '/readyz', { key: null })
  assert.equal(answer.status, 503)
  assert.equal(answer.headers.get('retry-after'), '2')
  assert.equal((await request('GET', '/healthz', { key: null })).status, 200)
})
