import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import type { AuditRecord } from '../domain/audit-chain.ts'
import { openDatabase } from '../storage/database.ts'
import { Receiver } from '../testing/receiver.ts'
import { startTestServer, type TestAnswer, type TestServer } from '../testing/server.ts'
import { createRoutes } from './routes.ts'
import type { Services } from './services.ts'

/** What a scenario has to work with. */
interface Scene extends TestServer {
  /** Of the workspace. */
  readonly path: string
  /** Of an endpoint in it. */
  readonly endpoint: string
  /** Asks with the key of a manager, and expects a success. */
  ask(method: string, path: string, body?: unknown): Promise<TestAnswer>
  /** The id of an event that was delivered to the endpoint. */
  delivered(): Promise<{ event: string; delivery: string }>
}

type Scenario = (scene: Scene) => Promise<unknown>

const endpoints = '/v1/workspaces/{workspace}/endpoints'
const one = `${endpoints}/{endpoint}`
const types = '/v1/workspaces/{workspace}/event-types'

/** For every route that changes something: what is done, and the entries that must come of it, newest first. */
const scenarios: Readonly<Record<string, readonly [Scenario, ...string[]]>> = {
  'POST /v1/workspaces': [
    ({ request }) => request('POST', '/v1/workspaces', { body: { name: 'B' } }),
    'workspace.created',
  ],
  'PATCH /v1/workspaces/{workspace}': [
    ({ request, path }) =>
      request('PATCH', path, { body: { name: 'C', slug: 'c', strict_types: true, audit_retention_days: 30 } }),
    ...['workspace.settings_changed', 'workspace.slug_changed', 'workspace.renamed'],
  ],
  'DELETE /v1/workspaces/{workspace}': [({ request, path }) => request('DELETE', path), 'workspace.deleted'],
  'POST /v1/password-links': [
    async (scene) => {
      const { token } = await invite(scene)
      const body = { token, name: 'Ada', password: 'correct horse battery' }
      await scene.request('POST', '/v1/invitations/accept', { key: null, body })
      await scene.request('POST', '/v1/password-links', { body: { email: `somebody-${invited}@acme.example` } })
    },
    // In the log of the operator, and of the workspace.
    ...['auth.password_link_created', 'auth.password_link_created', 'team_member.joined', 'team_member.invited'],
  ],
  'POST /v1/sign-in-links': [({ request }) => request('POST', '/v1/sign-in-links'), 'auth.link_created'],
  'POST /v1/workspaces/{workspace}/invitations': [(scene) => invite(scene), 'team_member.invited'],
  'DELETE /v1/workspaces/{workspace}/invitations/{invitation}': [
    async (scene) => scene.ask('DELETE', `${scene.path}/invitations/${(await invite(scene)).id}`),
    ...['team_member.invitation_withdrawn', 'team_member.invited'],
  ],
  'PATCH /v1/workspaces/{workspace}/members/{member}': [
    async (scene) => scene.ask('PATCH', await join(scene), { role: 'viewer' }),
    ...['team_member.role_changed', 'team_member.joined', 'team_member.invited'],
  ],
  'DELETE /v1/workspaces/{workspace}/members/{member}': [
    async (scene) => scene.ask('DELETE', await join(scene)),
    ...['team_member.removed', 'team_member.joined', 'team_member.invited'],
  ],
  'POST /v1/workspaces/{workspace}/portal-sessions': [
    ({ ask, path }) => ask('POST', `${path}/portal-sessions`, {}),
    'portal_session.created',
  ],
  'DELETE /v1/workspaces/{workspace}/portal-sessions/{session}': [
    async ({ ask, path }) => {
      const { json } = await ask('POST', `${path}/portal-sessions`, {})
      await ask('DELETE', `${path}/portal-sessions/${json.id}`)
    },
    ...['portal_session.revoked', 'portal_session.created'],
  ],
  'POST /v1/workspaces/{workspace}/keys': [
    ({ ask, path }) => ask('POST', `${path}/keys`, { name: 'k', scopes: ['read'] }),
    'api_key.created',
  ],
  'DELETE /v1/workspaces/{workspace}/keys/{key}': [
    async ({ ask, path }) => {
      const { json } = await ask('GET', `${path}/keys`)
      await ask('DELETE', `${path}/keys/${json.data.at(-1).id}`)
    },
    'api_key.revoked',
  ],
  [`POST ${endpoints}`]: [
    ({ ask, path }) =>
      ask('POST', `${path}/endpoints`, { url: 'http://127.0.0.1:3999/secret-path?token=secret-token' }),
    'webhook.created',
  ],
  [`PATCH ${one}`]: [
    ({ ask, endpoint }) =>
      ask('PATCH', endpoint, {
        url: 'http://127.0.0.1:3999/other?token=secret-token',
        headers: { 'X-Token': 'secret-header' },
      }),
    'webhook.updated',
  ],
  [`DELETE ${one}`]: [({ ask, endpoint }) => ask('DELETE', endpoint), 'webhook.deleted'],
  [`POST ${one}/pause`]: [({ ask, endpoint }) => ask('POST', `${endpoint}/pause`), 'webhook.paused'],
  [`POST ${one}/resume`]: [
    async ({ ask, endpoint }) => {
      await ask('POST', `${endpoint}/pause`)
      await ask('POST', `${endpoint}/resume`)
    },
    ...['webhook.resumed', 'webhook.paused'],
  ],
  [`POST ${one}/disable`]: [({ ask, endpoint }) => ask('POST', `${endpoint}/disable`), 'webhook.disabled'],
  [`POST ${one}/enable`]: [
    async ({ ask, endpoint }) => {
      await ask('POST', `${endpoint}/disable`)
      await ask('POST', `${endpoint}/enable`)
    },
    ...['webhook.enabled', 'webhook.disabled'],
  ],
  [`POST ${one}/test`]: [({ ask, endpoint }) => ask('POST', `${endpoint}/test`), 'webhook.tested'],
  [`POST ${one}/secret/rotate`]: [
    ({ ask, endpoint }) => ask('POST', `${endpoint}/secret/rotate`),
    'webhook.secret_rotated',
  ],
  [`DELETE ${one}/secret/previous`]: [
    ({ ask, endpoint }) => ask('DELETE', `${endpoint}/secret/previous`),
    'webhook.secret_rotated',
  ],
  'POST /v1/workspaces/{workspace}/events/{event}/replay': [
    async ({ ask, path, delivered }) => ask('POST', `${path}/events/${(await delivered()).event}/replay`),
    'webhook.redelivered',
  ],
  'POST /v1/workspaces/{workspace}/deliveries/{delivery}/replay': [
    async ({ ask, path, delivered }) => ask('POST', `${path}/deliveries/${(await delivered()).delivery}/replay`),
    'webhook.redelivered',
  ],
  [`POST ${one}/redeliver`]: [
    ({ ask, endpoint }) => ask('POST', `${endpoint}/redeliver`, { since: '2026-01-01T00:00:00Z' }),
    'webhook.redelivered',
  ],
  'POST /v1/workspaces/{workspace}/dead-letters/replay': [
    ({ ask, path }) => ask('POST', `${path}/dead-letters/replay`),
    'webhook.redelivered',
  ],
  'DELETE /v1/workspaces/{workspace}/jobs/{job}': [
    async ({ ask, path, database }) => {
      const { json } = await ask('POST', `${path}/dead-letters/replay`)
      // As if there were more to do.
      await database.execute({
        name: 'run',
        text: `update jobs set state = 'running', due_at = now() + interval '1 day'`,
      })
      await ask('DELETE', `${path}/jobs/${json.id}`)
    },
    ...['webhook.redelivery_canceled', 'webhook.redelivered'],
  ],
  [`POST ${types}`]: [
    ({ ask, path }) => ask('POST', `${path}/event-types`, { name: 'a.b', description: '' }),
    'workspace.settings_changed',
  ],
  [`PATCH ${types}/{name}`]: [
    async ({ ask, path }) => {
      await ask('POST', `${path}/event-types`, { name: 'a.b', description: '' })
      await ask('PATCH', `${path}/event-types/a.b`, { description: 'x' })
    },
    ...['workspace.settings_changed', 'workspace.settings_changed'],
  ],
  [`DELETE ${types}/{name}`]: [
    async ({ ask, path }) => {
      await ask('POST', `${path}/event-types`, { name: 'a.b', description: '' })
      await ask('DELETE', `${path}/event-types/a.b`)
    },
    ...['workspace.settings_changed', 'workspace.settings_changed'],
  ],
}

let invited = 0

async function invite({ ask, path }: Scene): Promise<{ id: string; token: string }> {
  const body = { email: `somebody-${++invited}@acme.example`, role: 'member' }
  const { id, url } = (await ask('POST', `${path}/invitations`, body)).json
  return { id, token: new URL(url).hash.replace('#token=', '') }
}

/** Gives the path of a new member. */
async function join(scene: Scene): Promise<string> {
  const { token } = await invite(scene)
  const body = { token, name: 'Somebody', password: 'secret-password' }
  await scene.request('POST', '/v1/invitations/accept', { key: null, body })
  const { json } = await scene.ask('GET', `${scene.path}/members`)
  return `${scene.path}/members/${json.data[0].id}`
}

function changingRoutes(): string[] {
  const unused = {
    ...{ log: pino({ level: 'silent' }), config: { maxPayloadBytes: 1_024 } },
    database: openDatabase('postgres://127.0.0.1:1/none', { max: 1, log: pino({ level: 'silent' }) }),
  } as unknown as Services
  const node = { version: '0', publicUrl: () => '', isMigrated: async () => true, isDraining: () => false }
  return createRoutes(unused, { ...node, registry: new Registry() })
    .filter(
      ({ method, scope }) =>
        method === 'DELETE' ||
        ((method === 'POST' || method === 'PATCH') && (scope === 'manage' || scope === 'operator')),
    )
    .map(({ method, path }) => `${method} ${path}`)
}

test('every route that changes something has a scenario here', () => {
  assert.deepEqual(changingRoutes().sort(), Object.keys(scenarios).sort())
})

async function prepare(t: TestContext, server: TestServer): Promise<Scene> {
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace()
  const key = await server.createKey(path, ['manage', 'publish'])
  const ask = async (method: string, asked: string, body?: unknown) => {
    const answer = await server.request(method, asked, { key, body })
    assert(answer.status < 300, answer.text)
    return answer
  }
  const created = await ask('POST', `${path}/endpoints`, { url: receiver.url() })
  const delivered = async () => {
    const { json } = await ask('POST', `${path}/events`, { type: 'deal.created', data: {} })
    const { json: list } = await ask('GET', `${path}/deliveries?event=${json.id}`)
    return { event: json.id, delivery: list.data[0].id }
  }
  return { ...server, path, endpoint: `${path}/endpoints/${created.json.id}`, ask, delivered }
}

test('each change is recorded with who made it, and no secret is', async (t) => {
  const server = await startTestServer(t)
  const recorded = async (): Promise<AuditRecord[]> => {
    const { json } = await server.request('GET', '/v1/audit-log?limit=20')
    return json.data
  }
  for (const [route, [act, ...expected]] of Object.entries(scenarios)) {
    const scene = await prepare(t, server)
    const [before] = await recorded()
    await act(scene)
    const after = await recorded()
    const fresh = after.slice(
      0,
      after.findIndex(({ id }) => id === before?.id),
    )
    assert.deepEqual(
      fresh.map(({ category, action }) => `${category}.${action}`),
      expected,
      route,
    )
    for (const { actor, recorded_by } of fresh) {
      const isManager = actor.type === 'api_key' && actor.name === 'manage publish'
      const isInvited = actor.type === 'user' && actor.name === `somebody-${invited}@acme.example`
      assert(actor.type === 'operator' || isManager || isInvited, route)
      assert.deepEqual([actor.ip, recorded_by], ['127.0.0.1', 'atlas'], route)
    }
  }
  const { text } = await server.request('GET', '/v1/audit-log?limit=200')
  assert.doesNotMatch(text, /secret-|whsec_|atlas_ws_/)
})

test('what is refused or changes nothing is not recorded, and what cannot be recorded is not changed', async (t) => {
  const server = await startTestServer(t)
  const scene = await prepare(t, server)
  const count = async () => (await server.request('GET', `${scene.path}/audit-log?limit=200`)).json.data.length
  const before = await count()
  await scene.ask('POST', `${scene.endpoint}/resume`)
  await scene.ask('PATCH', scene.endpoint, {})
  await server.request('PATCH', scene.path, { body: { name: 'Acme' } })
  assert.equal(
    (await server.request('POST', `${scene.path}/endpoints`, { body: { url: 'https://10.0.0.1/' } })).status,
    422,
  )
  assert.equal(await count(), before)
  await server.database.execute({
    name: 'break',
    text: 'alter table audit_entries add constraint none check (false) not valid',
  })
  for (const [method, path, body] of [
    ['POST', `${scene.endpoint}/pause`, undefined],
    ['PATCH', scene.path, { name: 'Other' }],
    ['DELETE', scene.endpoint, undefined],
  ] as const) {
    assert((await server.request(method, path, { body })).status >= 400, `${method} ${path}`)
  }
  assert.equal((await server.request('GET', scene.endpoint)).json.status, 'active')
  assert.equal((await server.request('GET', scene.path)).json.name, 'Acme')
})

test('a change says what was and what is', async (t) => {
  const server = await startTestServer(t)
  const { ask, endpoint, path } = await prepare(t, server)
  await ask('PATCH', endpoint, { types: ['deal.*'], headers: { 'X-Token': 'v' }, max_in_flight: 5 })
  const { json } = await ask('GET', `${path}/audit-log?action=webhook.updated`)
  assert.deepEqual(json.data[0].metadata, {
    changes: {
      types: { before: [], after: ['deal.*'] },
      headers: { before: [], after: ['X-Token'] },
      max_in_flight: { before: 20, after: 5 },
    },
  })
})
