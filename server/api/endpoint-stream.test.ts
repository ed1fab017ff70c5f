// Endpoints of the audit stream, as people see them through the API.
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { CloudEvent, HTTP } from 'cloudevents'
import { fromTypeId, toTypeId } from '../domain/identifier.ts'
import { eventually } from '../testing/eventually.ts'
import { answer, type ReceivedRequest, Receiver } from '../testing/receiver.ts'
import { startTestServer, type TestServer } from '../testing/server.ts'

const actor = { type: 'user', id: 'user_1', name: 'Jane Doe', ip: '192.0.2.7' }
const target = { type: 'repository', id: 'repo_1', name: 'infra-live' }
const entry = { category: 'github', action: 'repository_imported', actor, target }
const batch = { max_events: 100, window_seconds: 1 }
const cloudevents = { stream: 'audit', profile: 'cloudevents', batch }

interface Shown {
  readonly id: string
  readonly event: string
  readonly type: string
  readonly state: string
  readonly sequence: number
}

async function open(t: TestContext) {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace('acme')
  const receiver = await Receiver.start(t)
  const ask = async (method: string, rest: string, body?: unknown, status = method === 'GET' ? 200 : 202) => {
    const given = await server.request(method, `${path}/${rest}`, body === undefined ? {} : { body })
    assert.equal(given.status, status, given.text)
    return given.json
  }
  return {
    ...{ server, path, receiver, ask },
    create: async (body: object): Promise<{ id: string; secret: string }> => await ask('POST', 'endpoints', body, 201),
    record: async (more: object = {}): Promise<string> => (await ask('POST', 'audit-log', { ...entry, ...more })).id,
    deliveries: async (query: string): Promise<Shown[]> => (await ask('GET', `deliveries?${query}`)).data,
  }
}

function read({ headers, body }: ReceivedRequest): CloudEvent<unknown>[] {
  const events = HTTP.toEvent({ headers: { ...headers }, body: body.toString() })
  assert(Array.isArray(events))
  return events.map((event) => new CloudEvent(event))
}

const faults = (json: { errors: { path: string }[] }) => json.errors.map(({ path }) => path)

test('entries of the product and those of Atlas arrive as CloudEvents, signed, and as the log has them', async (t) => {
  const { receiver, ask, create, record } = await open(t)
  await record({ action: 'before' })
  const { id, secret } = await create({ url: receiver.url('/siem'), ...cloudevents })
  const one = await record({
    description: 'Imported.',
    metadata: { b: 1, a: [true] },
    occurred_at: '2026-01-15T10:00:00Z',
  })
  const { data: many } = await ask('POST', 'audit-log/batch', { entries: [entry, { ...entry, action: 'x' }] })
  await ask('PATCH', `endpoints/${id}`, { description: 'SIEM' }, 200)
  const total = 5
  const requests = await receiver.waitFor((all) => all.flatMap(read).length >= total, '/siem')
  const arrived = requests.flatMap(read)
  const { data: log } = await ask('GET', 'audit-log')
  assert.deepEqual(
    arrived.map((event) => event.id),
    log
      .slice(0, total)
      .map((each: { id: string }) => each.id)
      .reverse(),
  )
  assert.deepEqual(
    arrived.map(({ type }) => type),
    ['webhook.created', 'github.repository_imported', 'github.repository_imported', 'github.x', 'webhook.updated'].map(
      (type) => `pro.atmos.${type}`,
    ),
  )
  const event = arrived[1]
  assert.deepEqual([event?.id, event?.subject, event?.time], [one, 'repo_1', '2026-01-15T10:00:00.000Z'])
  assert.deepEqual(event?.data, {
    actor,
    action: { category: 'github', action: 'repository_imported' },
    target,
    description: 'Imported.',
    metadata: { a: [true], b: 1 },
  })
  assert.deepEqual(
    [arrived[2]?.id, arrived[3]?.id],
    many.map((each: { id: string }) => each.id),
  )
  for (const { body, headers } of requests) {
    const expected = crypto.createHmac('sha256', secret).update(body).digest('hex')
    assert.equal(headers['x-webhook-signature'], `sha256=${expected}`)
  }
})

test('deliveries of entries are shown, found, replayed and redelivered like all others, and no event is one', async (t) => {
  const { receiver, ask, create, record, deliveries } = await open(t)
  receiver.on('/down', answer(400))
  const url = receiver.url('/down')
  const types = ['*.*.github.*']
  const { id } = await create({ url, stream: 'audit', types, retry_schedule_seconds: [] })
  const recorded = await record()
  const settled = async (state: string) =>
    await eventually(async () => {
      const [found] = await deliveries(`endpoint=${id}&state=${state}`)
      return found ?? null
    })
  const dead = await settled('dead_letter')
  assert.deepEqual([dead.event, dead.type, dead.sequence], [recorded, 'pro.atmos.github.repository_imported', 1])
  assert.deepEqual(await deliveries(`event=${recorded}`), [dead])
  assert.deepEqual(await deliveries(`type=${dead.type}`), [dead])
  assert.equal((await ask('GET', 'deliveries?event=dlv_x', undefined, 422)).errors[0].path, 'event')
  const { attempts } = await ask('GET', `deliveries/${dead.id}`)
  assert.deepEqual([attempts.length, attempts[0].request.body], [1, receiver.requests('/down')[0]?.body.toString()])
  assert.match(attempts[0].request.body, new RegExp(`^{"id":"${recorded}",`))

  receiver.on('/down', answer(200))
  await ask('POST', `endpoints/${id}/resume`, undefined, 200)
  assert.equal((await ask('POST', `deliveries/${dead.id}/replay`)).event, recorded)
  await settled('delivered')
  await ask('POST', `endpoints/${id}/redeliver`, { since: '2026-01-01T00:00:00Z', types: [dead.type] })
  const requests = await receiver.waitFor(3, '/down')
  assert.deepEqual(new Set(requests.map(({ headers }) => headers['atlas-delivery'])), new Set([recorded]))

  const evt = toTypeId('evt', fromTypeId('aud', recorded) ?? '')
  assert.deepEqual((await ask('GET', 'events')).data, [])
  assert.deepEqual((await ask('GET', `events?q=${evt}`)).data, [])
  for (const name of [evt, recorded]) {
    await ask('GET', `events/${name}`, undefined, 404)
    await ask('POST', `events/${name}/replay`, {}, 404)
  }
  const { id: event } = await ask('POST', 'events', { type: 'github.repository_imported', data: {} })
  assert.equal((await deliveries(`event=${event}`)).length, 0)
  assert.deepEqual(faults(await ask('POST', `events/${event}/replay`, { endpoint: id }, 422)), ['endpoint'])
  // Nobody can take the place of an entry before it is streamed.
  assert.deepEqual(faults(await ask('POST', 'events', { id: evt, type: 'a', data: {} }, 422)), ['id'])
})

test('the stream of an endpoint is chosen when it is created, and never changes', async (t) => {
  const { receiver, ask, create } = await open(t)
  const url = receiver.url('/')
  const { id: audit } = await create({ url, stream: 'audit' })
  const { id: events } = await create({ url, stream: null })
  assert.deepEqual(faults(await ask('PATCH', `endpoints/${audit}`, { stream: 'events' }, 422)), ['stream'])
  assert.deepEqual(faults(await ask('PATCH', `endpoints/${audit}`, { stream: null }, 422)), ['stream'])
  assert.deepEqual(faults(await ask('PATCH', `endpoints/${events}`, { stream: 'audit' }, 422)), ['stream'])
  assert.equal((await ask('PATCH', `endpoints/${audit}`, { stream: 'audit' }, 200)).stream, 'audit')
  const { data } = await ask('GET', 'audit-log?action=webhook.created')
  assert.deepEqual(
    data.map(({ metadata }: { metadata: { stream: string } }) => metadata.stream),
    ['events', 'audit'],
  )
})

test('a test sends an example entry, in whichever profile, and leaves the log and the numbering alone', async (t) => {
  const { receiver, ask, create, deliveries } = await open(t)
  const { id: plain } = await create({ url: receiver.url('/plain'), stream: 'audit', types: ['a.b'] })
  const { id: batched } = await create({ url: receiver.url('/batched'), ...cloudevents, types: ['a.b'] })
  assert.equal((await ask('POST', `endpoints/${plain}/test`, {}, 200)).ok, true)
  const [request] = receiver.requests('/plain')
  const sent = JSON.parse(request?.body.toString() ?? '')
  assert.deepEqual([sent.type, sent.sequence, sent.data.action.action], ['pro.atmos.webhook.tested', 0, 'tested'])
  assert.match(sent.id, /^aud_/)
  assert.equal((await deliveries(`endpoint=${plain}`))[0]?.event, sent.id)
  const type = 'pro.atmos.team_member.invited'
  assert.equal((await ask('POST', `endpoints/${batched}/test`, { type }, 200)).ok, true)
  assert.equal(read(receiver.requests('/batched')[0] as ReceivedRequest)[0]?.type, type)
  for (const bad of ['deal.created', 'pro.atmos.a', 'team_member.invited', 'Not A Type'])
    assert.deepEqual(faults(await ask('POST', `endpoints/${plain}/test`, { type: bad }, 422)), ['type'])
})

test('what the types of entries begin with is a setting of the workspace', async (t) => {
  const { server, path, receiver, ask, create, record } = await open(t)
  const change = (audit_type_prefix: unknown) => server.request('PATCH', path, { body: { audit_type_prefix } })
  assert.equal((await server.request('GET', path)).json.audit_type_prefix, 'pro.atmos')
  for (const bad of ['', 'A', '1a', 'a..b', 'a.', '.a', 'a b', 'a.b.c.d.e.f.g', 'x'.repeat(65), null])
    assert.equal((await change(bad)).status, 422, String(bad))
  const { id } = await create({ url: receiver.url('/prefix'), stream: 'audit', types: ['com.acme-1.audit.github.*'] })
  assert.equal((await change('com.acme-1.audit')).status, 200)
  await record()
  const [request] = await receiver.waitFor(1, '/prefix')
  assert.equal(request?.headers['atlas-event'], 'com.acme-1.audit.github.repository_imported')
  const [changed] = (await ask('GET', 'audit-log?action=workspace.settings_changed')).data
  assert.deepEqual(changed.metadata.changes.audit_type_prefix, { before: 'pro.atmos', after: 'com.acme-1.audit' })
  const long = `a.${'b'.repeat(62)}`
  assert.equal((await change(long)).status, 200)
  await ask('PATCH', `endpoints/${id}`, { types: [] }, 200)
  const [category, action] = ['c'.repeat(64), 'd'.repeat(64)]
  const recorded = await record({ category, action })
  const type = `${long}.${category}.${action}`
  const found = await eventually(async () => (await ask('GET', `deliveries?type=${type}`)).data[0] ?? null)
  assert.equal(found.event, recorded)
  const made = await server.request('POST', '/v1/workspaces', { body: { name: 'B', audit_type_prefix: 'io.b' } })
  assert.equal(made.json.audit_type_prefix, 'io.b')
})

async function tryFilter(server: TestServer, path: string, filter: string, about: object) {
  return await server.request('POST', `${path}/filters/test`, { body: { filter, ...about } })
}

test('a filter can be tried on an entry as it would be recorded', async (t) => {
  const { server, path } = await open(t)
  const sent = { entry: { ...entry, metadata: { level: 3, tags: ['eu'] } } }
  const outcome = async (filter: string) => (await tryFilter(server, path, filter, sent)).json
  for (const filter of [
    'actor.id == "user_1" && actor.name == "Jane Doe" && actor.ip.startsWith("192.0.2.")',
    'action.category == "github" && action.action == "repository_imported"',
    'target.type == "repository" && metadata.level > 2 && data.metadata.level == metadata.level',
    'type == "pro.atmos.github.repository_imported" && event.type == type && event.id.startsWith("aud_")',
    '"eu" in tags && data.description == null && event.created > 0',
  ])
    assert.equal((await outcome(filter)).matches, true, filter)
  for (const name of ['pro', 'github', 'description', 'category'])
    assert.match((await outcome(`${name} == "x"`)).reason, /has no meaning/, name)
  const event = { event: { type: 'actor.created', data: { id: 'a' } } }
  assert.equal((await tryFilter(server, path, 'actor.id == "a"', event)).json.matches, true)
  assert.match((await tryFilter(server, path, 'target.id == "a"', event)).json.reason, /has no meaning/)
  assert.equal((await tryFilter(server, path, 'true', {})).status, 422)
  assert.equal((await tryFilter(server, path, 'true', { ...sent, ...event })).status, 422)
  const odd = { entry: { ...entry, actor: { ...actor, ip: 'here' } } }
  assert.deepEqual(faults((await tryFilter(server, path, 'true', odd)).json), ['entry.actor.ip'])
})
