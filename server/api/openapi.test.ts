import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { startTestServer } from '../testing/server.ts'

test('the description is valid OpenAPI 3.1 and describes what is served', async (t) => {
  const { request, url } = await startTestServer(t)
  const { status, json } = await request('GET', '/openapi.json', { key: null })
  assert.equal(status, 200)
  const validator = new Validator()
  const result = await validator.validate(structuredClone(json))
  assert.deepEqual(result.errors ?? [], [])
  assert(result.valid)
  assert.equal(validator.version, '3.1')

  assert.deepEqual(json.servers, [{ url }])
  const create = json.paths['/v1/workspaces'].post
  const { WorkspaceToCreate, Workspace } = json.components.schemas
  assert.equal(create.requestBody.content['application/json'].schema.$ref, '#/components/schemas/WorkspaceToCreate')
  assert.deepEqual(WorkspaceToCreate.required, ['name'])
  const list = json.paths['/v1/workspaces'].get.responses[200].content['application/json'].schema
  assert.deepEqual(list.properties.data.items, { $ref: '#/components/schemas/Workspace' })
  assert.equal(Workspace.properties.id.type, 'string')
  assert.deepEqual(create.security, [{ key: [] }])
  assert.deepEqual(json.paths['/healthz'].get.security, [])
  assert(
    'Atlas-Signature' in
      Object.fromEntries(json.webhooks.event.post.parameters.map((p: { name: string }) => [p.name, p])),
  )

  const operations = Object.values<Record<string, { operationId: string }>>(json.paths).flatMap((path) =>
    Object.values(path),
  )
  const ids = operations.map(({ operationId }) => operationId)
  assert.equal(new Set(ids).size, ids.length)
  for (const path of Object.keys(json.paths)) {
    const asked = path.replaceAll(/\{\w+\}/g, 'x')
    const { status } = await request('PUT', asked, { key: null })
    assert.equal(status, 405, `${path} exists`)
  }
})

test('the page for people holds every route and loads nothing', async (t) => {
  const { request } = await startTestServer(t)
  const { json } = await request('GET', '/openapi.json')
  const { text, headers, status } = await request('GET', '/docs', { key: null })
  assert.equal(status, 200)
  assert.equal(headers.get('content-type'), 'text/html; charset=utf-8')
  assert.match(
    headers.get('content-security-policy') ?? '',
    /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; /,
  )
  for (const path of Object.keys(json.paths)) assert(text.includes(path), path)
  assert.doesNotMatch(text, /<script|<link|<img|\son\w+=|style="/)
  const anchors = [...text.matchAll(/href="#([^"]+)"/g)].map(([, name]) => name)
  for (const name of anchors) assert(text.includes(`id="${name}"`), `#${name} leads somewhere`)
})
