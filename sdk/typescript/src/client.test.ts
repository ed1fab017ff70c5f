import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { createTestDatabase } from '../../../server/testing/database.ts'
import { eventually } from '../../../server/testing/eventually.ts'
import { answer, Receiver } from '../../../server/testing/receiver.ts'
import { testOperatorKey } from '../../../server/testing/server.ts'
import { ServerProcess } from '../../../server/testing/server-process.ts'
import { methods } from '../../generation/methods.ts'
import { ConflictError, ForbiddenError, NotFoundError, UnauthorizedError, ValidationError } from './api-error.ts'
import { Atlas } from './client.ts'
import { verify } from './verify.ts'

/** The client, and the names of the methods that were called on it. */
function watched(atlas: Atlas): { atlas: Atlas; called: Set<string> } {
  const called = new Set<string>()
  const watchResource = (name: string, resource: object) =>
    new Proxy(resource, {
      get(target, method) {
        const value = Reflect.get(target, method)
        if (typeof value !== 'function') return value
        called.add(`${name}.${String(method)}`)
        return value.bind(target)
      },
    })
  const proxy = new Proxy(atlas, {
    get(target, name) {
      const value = Reflect.get(target, name)
      return typeof value === 'object' ? watchResource(String(name), value) : value
    },
  })
  return { atlas: proxy, called }
}

async function start(t: Parameters<typeof createTestDatabase>[0], env: Readonly<Record<string, string>> = {}) {
  const { url: databaseUrl } = await createTestDatabase(t)
  const server = await ServerProcess.start(t, { databaseUrl, env })
  return { server, atlas: new Atlas({ server: server.url, key: testOperatorKey }) }
}

async function all<Item>(list: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = []
  for await (const item of list) items.push(item)
  return items
}

test('every method of the client does what it is called, with a real server', async (t) => {
  const { server, atlas: operator } = await start(t)
  const receiver = await Receiver.start(t)
  receiver.on('/down', answer(500))

  const created = await operator.workspaces.create({ name: 'Acme', slug: 'acme' })
  const { atlas, called } = watched(new Atlas({ server: server.url, key: testOperatorKey, workspace: 'acme' }))

  await t.test('workspaces and keys', async () => {
    assert.equal((await atlas.me.get()).kind, 'operator')
    const invitation = await atlas.invitations.create({ email: 'ada@acme.example', role: 'member' })
    const [listed] = (await atlas.invitations.list()).data
    assert.equal(listed?.id, invitation.id)
    const token = new URL(invitation.url).hash.replace('#token=', '')
    assert.equal((await atlas.invitations.look({ token })).has_account, false)
    await atlas.invitations.accept({ token, name: 'Ada', password: 'correct horse battery' })
    const [member] = (await atlas.members.list()).data
    assert(member)
    assert.equal((await atlas.members.update(member.id, { role: 'viewer' })).role, 'viewer')
    await atlas.members.remove(member.id)
    const { id: withdrawn } = await atlas.invitations.create({ email: 'bob@acme.example', role: 'viewer' })
    await atlas.invitations.withdraw(withdrawn)
    assert.match((await atlas.signInLinks.create()).url, /#token=/)
    assert.match((await atlas.passwordLinks.create({ email: 'ada@acme.example' })).url, /#token=/)
    assert.equal((await atlas.signInMethods.get()).provider, null)
    assert.equal((await atlas.nodes.list()).data[0]?.state, 'alive')
    assert.equal((await atlas.service.health()).minutes.length, 60)
    const other = await atlas.workspaces.create({ name: 'Other' })
    assert.deepEqual(
      (await all(atlas.workspaces.list({ limit: 1 }))).map(({ id }) => id),
      [other.id, created.id],
    )
    assert.equal((await atlas.workspaces.update(other.id, { name: 'Another', slug: 'other' })).name, 'Another')
    assert.equal((await atlas.workspaces.get('other')).id, other.id)
    await atlas.workspaces.delete('other')
    await assert.rejects(atlas.workspaces.get('other'), NotFoundError)

    const expires = new Date(Date.now() + 3_600_000)
    const { key, ...made } = await atlas.keys.create({ name: 'Reader', scopes: ['read'], expires_at: expires })
    assert.equal(made.expires_at, expires.toISOString())
    assert.deepEqual(await all(atlas.keys.list()), [made])
    const reader = new Atlas({ server: server.url, key, workspace: created.id })
    assert.equal((await reader.workspaces.get('acme')).name, 'Acme')
    await assert.rejects(reader.endpoints.create({ url: receiver.url() }), ForbiddenError)
    const { url, ...session } = await atlas.portalSessions.create({ actor: { id: 'usr_42' } })
    assert.match(url, /\/portal#token=atlas_portal_/)
    assert.deepEqual(await all(atlas.portalSessions.list()), [session])
    await atlas.portalSessions.revoke(session.id)
    assert.equal((await atlas.portal.branding()).name, null)
    await atlas.keys.revoke(made.id)
    await assert.rejects(reader.workspaces.get('acme'), UnauthorizedError)
  })

  await t.test('endpoints, events and deliveries', async () => {
    const { secret, ...endpoint } = await atlas.endpoints.create({ url: receiver.url('/hook'), types: ['deal.*'] })
    assert.deepEqual(await all(atlas.endpoints.list()), [endpoint])
    const changed = await atlas.endpoints.update(endpoint.id, { description: 'CRM', filter: 'deal.value > 10' })
    assert.deepEqual(await atlas.endpoints.get(endpoint.id), changed)
    const trial = { type: 'deal.created', data: { value: 11 } }
    assert.equal((await atlas.filters.test({ filter: changed.filter ?? '', event: trial })).matches, true)

    const published = await atlas.events.publish({ ...trial, tags: ['eu'] })
    const [request] = await receiver.waitFor(1, '/hook')
    assert(request)
    const event = await verify(request.body, request.headers, secret)
    assert.deepEqual([event.id, event.type, event.data], [published.id, trial.type, trial.data])

    const { data: batch } = await atlas.events.publishBatch({ events: [trial, { ...trial, data: { value: 1 } }] })
    assert.deepEqual(
      batch.map(({ deliveries }) => deliveries),
      [1, 0],
    )
    assert.equal((await all(atlas.events.list({ type: 'deal.created', limit: 2 }))).length, 3)
    assert.deepEqual((await atlas.events.get(published.id)).data, trial.data)

    const isDelivered = async () => {
      const deliveries = await all(atlas.deliveries.list({ endpoint: endpoint.id, state: 'delivered' }))
      return deliveries.length === 2 ? deliveries : null
    }
    const [delivery] = await eventually(isDelivered)
    assert(delivery)
    assert.equal((await atlas.deliveries.get(delivery.id)).attempts.length, 1)
    assert.equal((await atlas.deliveries.replay(delivery.id)).id, delivery.id)
    assert.equal((await atlas.events.replay(published.id)).deliveries.length, 1)
    await receiver.waitFor(4, '/hook')

    assert.equal((await atlas.endpoints.test(endpoint.id)).ok, true)
    assert.equal((await atlas.endpoints.test(endpoint.id, { type: 'deal.created' })).status, 200)
    for (const [name, status] of [
      ['pause', 'paused'],
      ['resume', 'active'],
      ['disable', 'disabled'],
      ['enable', 'active'],
    ] as const) {
      assert.equal((await atlas.endpoints[name](endpoint.id)).status, status)
    }
    const rotated = await atlas.endpoints.rotateSecret(endpoint.id)
    assert.notEqual(rotated.secret, secret)
    await atlas.endpoints.endPreviousSecrets(endpoint.id)
    assert.equal((await atlas.endpoints.stats(endpoint.id)).series, null)
    assert(((await atlas.stats.get({ since: new Date(Date.now() - 3_600_000), step: 3600 })).series ?? []).length > 0)
    assert.equal((await atlas.stats.endpoints({ ids: endpoint.id })).data[0]?.endpoint, endpoint.id)

    const since = new Date(Date.now() - 3_600_000)
    const redelivery = await atlas.endpoints.redeliver(endpoint.id, { since, states: ['delivered'] })
    assert.deepEqual(await atlas.deadLetters.groups(), { data: [], more: false })
    const replay = await atlas.deadLetters.replay()
    assert.deepEqual(
      (await all(atlas.jobs.list())).map(({ id }) => id),
      [replay.id, redelivery.id],
    )
    const isDone = async () => ((await atlas.jobs.get(redelivery.id)).state === 'done' ? true : null)
    await eventually(isDone)
    await assert.rejects(atlas.jobs.cancel(redelivery.id), ConflictError)

    assert.deepEqual(await all(atlas.alerts.list({ state: 'open' })), [])

    await atlas.endpoints.delete(endpoint.id)
    await assert.rejects(atlas.endpoints.get(endpoint.id), NotFoundError)
    await assert.rejects(atlas.endpoints.create({ url: 'nowhere' }), (error) => {
      return error instanceof ValidationError && error.errors[0]?.path === 'url'
    })
  })

  await t.test('event types', async () => {
    const added = await atlas.eventTypes.create({
      name: 'invoice.sent',
      description: 'Sent.',
      schema: { type: 'object' },
    })
    const changed = await atlas.eventTypes.update('invoice.sent', { description: 'An invoice was sent.', schema: null })
    assert.deepEqual(await atlas.eventTypes.get('invoice.sent'), changed)
    assert.deepEqual([added.group, changed.schema], ['invoice', null])
    assert((await all(atlas.eventTypes.list())).some(({ name }) => name === 'invoice.sent'))
    await atlas.eventTypes.delete('invoice.sent')
    await assert.rejects(atlas.eventTypes.get('invoice.sent'), NotFoundError)
  })

  await t.test('the audit log', async () => {
    const entry = {
      category: 'billing',
      action: 'subscription_created',
      actor: { type: 'user', id: 'user_1' },
      target: { type: 'subscription', id: 'sub_1' },
    }
    const receipt = await atlas.auditLog.record({ ...entry, occurred_at: new Date(0) })
    assert.equal((await atlas.auditLog.get(receipt.id)).occurred_at, '1970-01-01T00:00:00.000Z')
    const again = { idempotencyKey: 'batch-1' }
    const first = await atlas.auditLog.recordBatch({ entries: [entry, entry] }, again)
    assert.deepEqual(await atlas.auditLog.recordBatch({ entries: [entry, entry] }, again), first)
    assert.equal((await all(atlas.auditLog.list({ category: 'billing', limit: 1 }))).length, 3)
    assert((await all(atlas.auditLog.actions())).length > 10)
    assert((await all(atlas.auditLogs.list({ category: 'workspace', limit: 200 }))).length > 1)
    const lines = await all(atlas.auditLog.export())
    assert.deepEqual(await all(atlas.auditLogs.export({ workspace: 'acme' })), lines)
    assert.deepEqual(Object.keys(lines.at(-1) ?? {}), ['end'])
    assert.equal((await atlas.auditLogs.publicKeys()).keys[0]?.alg, 'EdDSA')
  })

  await t.test('the server', async () => {
    assert.equal((await atlas.server.health()).status, 'ok')
    assert.deepEqual(await atlas.server.ready(), { status: 'ready' })
    assert.match(await atlas.server.metrics(), /^atlas_/m)
    assert.match(await atlas.server.docs(), /^<!doctype html>/)
    assert.equal((await atlas.server.openapi()).openapi, '3.1.1')
  })

  assert.deepEqual([...called].toSorted(), Object.values(methods).toSorted())
})

test('a publish survives the death of the server, and is stored once', async (t) => {
  // A port of its own, to come back to.
  const reserved = createServer().listen(0, '127.0.0.1')
  await once(reserved, 'listening')
  const { port } = reserved.address() as AddressInfo
  await promisify(reserved.close.bind(reserved))()
  const { server, atlas } = await start(t, { ATLAS_PORT: String(port) })
  const { id } = await atlas.workspaces.create({ name: 'Acme' })
  const event = { type: 'deal.created', data: { id: 'deal_01' } }
  await server.kill()
  const publish = atlas.events.publish(event, { workspace: id, idempotencyKey: 'once', retries: 20 })
  await server.start()
  const published = await publish
  assert.deepEqual(await atlas.events.publish(event, { workspace: id, idempotencyKey: 'once' }), published)
  assert.equal((await all(atlas.events.list({}, { workspace: id }))).length, 1)
  await assert.rejects(
    atlas.events.publish({ ...event, data: {} }, { workspace: id, idempotencyKey: 'once' }),
    (error) => error instanceof ConflictError && error.code === 'idempotency_conflict',
  )
})

test('more requests than a key may make are made, only later', async (t) => {
  const { atlas } = await start(t, { ATLAS_MAX_REQUESTS_PER_SECOND: '5' })
  const answers = await Promise.all(Array.from({ length: 12 }, () => atlas.workspaces.list().page()))
  assert.equal(answers.length, 12)
})
