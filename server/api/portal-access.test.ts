import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromTypeId } from '../domain/identifier.ts'
import { eventually } from '../testing/eventually.ts'
import { plantHistory } from '../testing/history.ts'
import { Receiver } from '../testing/receiver.ts'
import { routeTable } from '../testing/route-table.ts'
import { startTestServer, type TestServer } from '../testing/server.ts'
import type { Route } from './route.ts'

const inWorkspace = '/v1/workspaces/{workspace}'
const endpoint = `${inWorkspace}/endpoints/{endpoint}`

/** All that is open to a portal session. What is added here is shown to the customers of whoever runs Atlas. */
const open = new Set([
  'GET /v1/me',
  `POST ${inWorkspace}/endpoints`,
  `GET ${inWorkspace}/endpoints`,
  ...['GET', 'PATCH', 'DELETE'].map((method) => `${method} ${endpoint}`),
  ...['pause', 'resume', 'disable', 'enable', 'test', 'redeliver'].map((action) => `POST ${endpoint}/${action}`),
  `POST ${endpoint}/secret/rotate`,
  `DELETE ${endpoint}/secret/previous`,
  `GET ${endpoint}/stats`,
  `POST ${inWorkspace}/filters/test`,
  `GET ${inWorkspace}/events`,
  `GET ${inWorkspace}/events/{event}`,
  `POST ${inWorkspace}/events/{event}/replay`,
  `GET ${inWorkspace}/deliveries`,
  `GET ${inWorkspace}/deliveries/{delivery}`,
  `POST ${inWorkspace}/deliveries/{delivery}/replay`,
  `GET ${inWorkspace}/dead-letters/groups`,
  `POST ${inWorkspace}/dead-letters/replay`,
  `GET ${inWorkspace}/jobs`,
  `GET ${inWorkspace}/jobs/{job}`,
  `DELETE ${inWorkspace}/jobs/{job}`,
  `GET ${inWorkspace}/event-types`,
  `GET ${inWorkspace}/event-types/{name}`,
])

const nameOf = ({ method, path }: Route): string => `${method} ${path}`

function urlOf({ path }: Route, workspace: string): string {
  return path.replace('{workspace}', workspace).replaceAll(/\{\w+\}/g, 'none.such')
}

async function portalToken(server: TestServer, path: string): Promise<string> {
  const { json } = await server.request('POST', `${path}/portal-sessions`)
  return new URL(json.url).hash.slice('#token='.length)
}

test('a portal session may do what is open to it in its own workspace, and nothing else on any route', async (t) => {
  const server = await startTestServer(t)
  const [mine, other] = [await server.createWorkspace('mine'), await server.createWorkspace('other')]
  const key = await portalToken(server, mine.path)
  const routes = routeTable().filter(({ scope }) => scope !== 'public')
  const known = new Set(routes.map(nameOf))
  assert.deepEqual(
    [...open].filter((name) => !known.has(name)),
    [],
    'routes that are gone',
  )
  for (const route of routes) {
    const ask = async (workspace: string, token = key) => {
      const { status, json } = await server.request(route.method, urlOf(route, workspace), { key: token })
      return `${status} ${json?.code}`
    }
    const label = nameOf(route)
    const refused = '403 forbidden'
    if (open.has(label)) assert.doesNotMatch(await ask(mine.id), /^40[13]/, label)
    else assert.equal(await ask(mine.id), refused, label)
    if (route.path.includes('{workspace}')) {
      for (const name of [other.id, 'other', 'none']) assert.equal(await ask(name), '404 not_found', label)
    }
    assert.equal(await ask(mine.id, `atlas_portal_${'0'.repeat(50)}`), '401 unauthorized', label)
  }
})

test('who is asking is told with the workspace alone', async (t) => {
  const server = await startTestServer(t)
  const { id, path } = await server.createWorkspace('mine')
  const { json } = await server.request('GET', '/v1/me', { key: await portalToken(server, path) })
  const workspace = { id, name: 'Acme', slug: null, role: null, scopes: ['read', 'manage'] }
  assert.deepEqual(json, { kind: 'portal', user: null, operator: false, workspaces: [workspace] })
})

test('the audit log cannot be reached by way of endpoints, nor seen in deliveries', async (t) => {
  const server = await startTestServer(t)
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace()
  const key = await portalToken(server, path)
  const create = async (body: Record<string, unknown>, more = {}) =>
    await server.request('POST', `${path}/endpoints`, { body: { url: receiver.url('/x'), ...body }, ...more })

  assert.equal((await create({ stream: 'audit', profile: 'cloudevents' }, { key })).status, 403)
  const audit = (await create({ stream: 'audit', profile: 'ndjson', batch: { max_events: 1 } })).json
  const events = (await create({}, { key })).json
  await receiver.waitFor(1)
  await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } })
  const all = await eventually(async () => {
    const { json } = await server.request('GET', `${path}/deliveries`)
    const isDelivered = json.data.every(({ state }: { state: string }) => state === 'delivered')
    return isDelivered && new Set(json.data.map((each: { endpoint: string }) => each.endpoint)).size === 2
      ? (json.data as { id: string; endpoint: string; event: string }[])
      : null
  })
  const hidden = all.find((each) => each.endpoint === audit.id)
  assert(hidden)

  const ask = async (method: string, rest: string, body?: unknown) =>
    await server.request(method, `${path}${rest}`, { key, ...(body !== undefined && { body }) })
  const listed = await ask('GET', '/endpoints')
  assert.deepEqual(
    listed.json.data.map(({ id }: { id: string }) => id),
    [events.id],
  )
  assert.equal((await ask('GET', '/endpoints?stream=audit')).status, 403)
  for (const query of ['', `?endpoint=${audit.id}`, `?event=${hidden.event}`]) {
    const { json } = await ask('GET', `/deliveries${query}`)
    const shown = json.data.map((each: { endpoint: string }) => each.endpoint)
    assert.deepEqual(shown, query === '' ? [events.id] : [], query)
  }
  for (const [method, rest, body] of [
    ['GET', `/deliveries/${hidden.id}`],
    ['POST', `/deliveries/${hidden.id}/replay`],
    ['GET', `/events/${hidden.event}`],
    ['GET', `/endpoints/${audit.id}`],
    ['PATCH', `/endpoints/${audit.id}`, { url: 'https://93.184.215.14/' }],
    ['POST', `/endpoints/${audit.id}/test`],
    ['POST', `/endpoints/${audit.id}/secret/rotate`],
    ['GET', `/endpoints/${audit.id}/stats`],
    ['POST', `/endpoints/${audit.id}/redeliver`, { since: '2026-01-01T00:00:00Z' }],
    ['DELETE', `/endpoints/${audit.id}`],
  ] as const) {
    assert.equal((await ask(method, rest, body)).status, 404, `${method} ${rest}`)
  }
  assert.equal((await ask('POST', '/dead-letters/replay', { endpoint: audit.id })).status, 422)
  const toAudit = await ask('POST', `/events/${all.find((each) => each !== hidden)?.event}/replay`, {
    endpoint: audit.id,
  })
  assert.equal(toAudit.json.detail, 'endpoint is no endpoint of this workspace.')
  const entry = {
    category: 'team',
    action: 'invited',
    actor: { type: 'user', id: 'usr_1' },
    target: { type: 'user', id: 'x' },
  }
  assert.equal((await ask('POST', '/filters/test', { filter: 'true', entry })).status, 403)
})

test('bulk work of a portal leaves audit streams alone, and bulk work on them does not show there', async (t) => {
  const server = await startTestServer(t)
  const { id, path } = await server.createWorkspace()
  const key = await portalToken(server, path)
  const create = async (body: Record<string, unknown>) => {
    const made = await server.request('POST', `${path}/endpoints`, { body: { url: 'https://93.184.215.14/', ...body } })
    assert.equal(made.status, 201, made.text)
    await server.request('POST', `${path}/endpoints/${made.json.id}/pause`)
    return made.json.id as string
  }
  const [events, audit] = [await create({}), await create({ stream: 'audit', profile: 'ndjson' })]
  const workspaceId = fromTypeId('ws', id) ?? ''
  for (const [endpoint, count] of [
    [events, 3],
    [audit, 4],
  ] as const) {
    const history = { workspaceId, endpointId: fromTypeId('ep', endpoint) ?? '', count, state: 'dead_letter' as const }
    await plantHistory(server.database, { ...history, failure: { error: 'timeout', status: null } })
  }
  const ask = async (method: string, rest: string, body?: unknown, asKey: { key?: string } = { key }) =>
    await server.request(method, `${path}${rest}`, { ...asKey, ...(body !== undefined && { body }) })
  const counts = async (asKey?: { key?: string }) =>
    (await ask('GET', '/dead-letters/groups', undefined, asKey)).json.data.map((each: { count: number }) => each.count)
  assert.deepEqual([await counts(), await counts({})], [[3], [4, 3]])
  const page = (await ask('GET', '/deliveries?limit=3')).json
  assert.deepEqual([page.data.length, page.next_cursor], [3, null])

  const ended = async (job: string) =>
    await eventually(async () => {
      const { json } = await ask('GET', `/jobs/${job}`, undefined, {})
      return json.state === 'running' ? null : json
    })
  const hiddenIds = (await ask('GET', `/deliveries?endpoint=${audit}`, undefined, {})).json.data.map(
    (each: { id: string }) => each.id,
  )
  const ofHidden = (await ask('POST', '/dead-letters/replay', { ids: hiddenIds })).json
  const ofAll = (await ask('POST', '/dead-letters/replay', {})).json
  const jobs = [await ended(ofHidden.id), await ended(ofAll.id)]
  assert.deepEqual(
    jobs.map(({ done, total }) => [done, total]),
    [
      [0, 0],
      [3, 3],
    ],
  )
  assert.deepEqual(await counts({}), [4])

  const since = '2026-01-01T00:00:00Z'
  const theirs = [
    (await ask('POST', '/dead-letters/replay', {}, {})).json.id,
    (await ask('POST', `/endpoints/${audit}/redeliver`, { since }, {})).json.id,
  ]
  const shared = (await ask('POST', `/endpoints/${events}/redeliver`, { since }, {})).json.id
  for (const job of theirs) {
    assert.equal((await ask('GET', `/jobs/${job}`)).status, 404)
    assert.equal((await ask('DELETE', `/jobs/${job}`)).status, 404)
    await ended(job)
  }
  const listed = (await ask('GET', '/jobs')).json.data.map((each: { id: string }) => each.id)
  assert.deepEqual(listed, [shared, ofAll.id, ofHidden.id])
})
