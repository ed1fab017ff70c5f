import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Endpoint } from '../domain/endpoint.ts'
import { uuidFloor } from '../domain/identifier.ts'
import { createKeyring, SealedError } from '../domain/sealed.ts'
import { createTestDatabase } from '../testing/database.ts'
import type { Database } from './database.ts'
import {
  countEndpoints,
  deleteEndpoint,
  findEndpoint,
  insertEndpoint,
  listEndpoints,
  loadEndpoints,
  setEndpointStatus,
  updateEndpoint,
} from './endpoint.ts'
import { endpointHealth } from './endpoint-health.ts'
import { insertWorkspace } from './workspace.ts'

const keyring = createKeyring(randomBytes(32).toString('hex'))
const sealing = { keyring, random: randomBytes }
const workspaceId = uuidFloor(1)
const at = new Date('2026-01-15T10:30:00.123Z')

function endpoint(number: number, given: Partial<Endpoint> = {}): Endpoint {
  return {
    ...{
      id: uuidFloor(1000 + number),
      workspaceId,
      url: 'https://a.example/',
      description: 'd"\\\n',
      stream: 'events',
      auditSpan: null,
    },
    ...{ profile: 'atlas', types: ['deal.{a,b}', 'x"y'], filter: 'a > 1', tags: ['eu,us', '{}'], serialize: true },
    ...{ headers: { 'X-A': 'ü', Authorization: 'Bearer x' }, secret: 'whsec_x', previousSecrets: [] },
    ...{ timeoutSeconds: 2.5, retryScheduleSeconds: [1, 604800], maxPerSecond: 0.5, maxInFlight: 3 },
    ...{
      batch: { maxEvents: 5, windowSeconds: 30 },
      options: { a: { b: [1] } },
      tunnel: null,
      status: 'active',
      statusReason: null,
    },
    ...{ createdAt: at, updatedAt: at },
    ...given,
  } as Endpoint
}

async function prepare(database: Database): Promise<void> {
  const workspace = { name: 'w', slug: null, strictTypes: false, validatePayloads: false, createdAt: at }
  await insertWorkspace(database, { ...workspace, id: workspaceId })
  await insertWorkspace(database, { ...workspace, id: uuidFloor(2) })
}

test('an endpoint comes back as it was stored, with a row for its numbers and its health', async (t) => {
  const { database } = await createTestDatabase(t)
  await prepare(database)
  const rich = endpoint(1)
  const plain = endpoint(2, { headers: {}, batch: null, maxPerSecond: null, filter: null, types: [], options: {} })
  for (const each of [rich, plain]) await insertEndpoint(database, each, sealing)
  assert.deepEqual(await findEndpoint(database, workspaceId, rich.id, keyring), rich)
  assert.deepEqual(await loadEndpoints(database, workspaceId, keyring), [rich, plain])
  const all = { workspaceId, stream: null, status: null, ids: null, before: null, limit: 9 }
  assert.deepEqual(await listEndpoints(database, { ...all, limit: 1 }, keyring), [plain])
  assert.deepEqual(await listEndpoints(database, { ...all, before: plain.id }, keyring), [rich])
  assert.equal(await countEndpoints(database, workspaceId), 2)
  const nothing = { lastAttemptAt: null, lastState: null, lastStatus: null, lastSuccessAt: null, failures: [] }
  assert.deepEqual(await endpointHealth(database, [rich.id]), new Map([[rich.id, nothing]]))
  const [sequences] = await database.query({ name: 'sequences', text: 'select count(*) from endpoint_sequences' })
  assert.deepEqual(sequences, { count: 2 })

  assert.equal(await findEndpoint(database, uuidFloor(2), rich.id, keyring), null)
  assert.deepEqual(await loadEndpoints(database, uuidFloor(2), keyring), [])
})

test("a change keeps what is not the owner's to change", async (t) => {
  const { database } = await createTestDatabase(t)
  await prepare(database)
  const before = endpoint(1)
  await insertEndpoint(database, before, sealing)
  const wanted = endpoint(1, {
    ...{ url: 'https://b.example/', description: '', types: [], filter: null, tags: [], serialize: false, headers: {} },
    ...{ timeoutSeconds: 1, retryScheduleSeconds: [], maxPerSecond: null, maxInFlight: 1, batch: null, options: {} },
    updatedAt: new Date(),
  })
  const smuggled = { ...wanted, secret: 'whsec_y', status: 'paused', createdAt: new Date(0) } as const
  await updateEndpoint(database, smuggled, sealing)
  assert.deepEqual(await findEndpoint(database, workspaceId, before.id, keyring), wanted)
})

test('a status is set with its reason, and what is deleted stays deleted', async (t) => {
  const { database } = await createTestDatabase(t)
  await prepare(database)
  const { id } = endpoint(1)
  await insertEndpoint(database, endpoint(1), sealing)
  const change = { workspaceId, id, status: 'paused', reason: 'gone', now: new Date() } as const
  assert.equal(await setEndpointStatus(database, change), true)
  const paused = endpoint(1, { status: 'paused', statusReason: 'gone', updatedAt: change.now })
  assert.deepEqual(await findEndpoint(database, workspaceId, id, keyring), paused)
  assert.equal(await setEndpointStatus(database, { ...change, now: new Date(0) }), true)
  assert.deepEqual(await findEndpoint(database, workspaceId, id, keyring), paused)
  assert.equal(await setEndpointStatus(database, { ...change, workspaceId: uuidFloor(2) }), false)

  assert.equal(await deleteEndpoint(database, { workspaceId: uuidFloor(2), id, now: at }), false)
  assert.equal(await deleteEndpoint(database, { workspaceId, id, now: at }), true)
  assert.equal(await deleteEndpoint(database, { workspaceId, id, now: at }), false)
  assert.equal(await setEndpointStatus(database, change), false)
  assert.equal(await findEndpoint(database, workspaceId, id, keyring), null)
  assert.deepEqual(await loadEndpoints(database, workspaceId, keyring), [])
  assert.equal(await countEndpoints(database, workspaceId), 0)
})

test('a secret that was moved to another endpoint, or sealed with another key, does not open', async (t) => {
  const { database } = await createTestDatabase(t)
  await prepare(database)
  for (const number of [1, 2]) await insertEndpoint(database, endpoint(number), sealing)
  const otherKeyring = createKeyring(randomBytes(32).toString('hex'))
  await assert.rejects(loadEndpoints(database, workspaceId, otherKeyring), SealedError)
  await database.execute({
    name: 'move-secret',
    text: `update endpoints set secret = (select secret from endpoints where id = '${endpoint(2).id}')
      where id = '${endpoint(1).id}'`,
  })
  await assert.rejects(findEndpoint(database, workspaceId, endpoint(1).id, keyring), SealedError)
  assert.ok(await findEndpoint(database, workspaceId, endpoint(2).id, keyring))
})
