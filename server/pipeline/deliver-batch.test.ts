import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { CloudEvent, HTTP } from 'cloudevents'
import type { Delivery } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import type { Event } from '../domain/event.ts'
import { deliveryId, toTypeId } from '../domain/identifier.ts'
import { generateSecret } from '../domain/signature.ts'
import { parseCidrs } from '../domain/target.ts'
import { SettableClock } from '../testing/clock.ts'
import { answer, hang, Receiver } from '../testing/receiver.ts'
import { newId } from '../testing/seed.ts'
import { noTunnels } from '../testing/tunnels.ts'
import { Deliver } from './deliver.ts'
import type { Task } from './task.ts'

async function open(t: TestContext) {
  const receiver = await Receiver.start(t)
  const parsed = parseCidrs('127.0.0.0/8')
  assert(parsed.ok)
  const clock = new SettableClock(1_768_478_400_999)
  const deliver = new Deliver({
    ...{ policy: { allowHttp: true, allowed: parsed.cidrs }, clock, userAgent: 'Atlas-Webhooks/test' },
    publicUrl: () => 'https://atlas.example',
    newAttemptId: (id) => `attempt of ${id}`,
    newBatchAttemptId: () => 'attempt of a batch',
    tunnels: noTunnels,
  })
  t.after(() => deliver.stop())
  return { receiver, clock, deliver }
}

function endpointAt(url: string, given: Partial<Endpoint> = {}): Endpoint {
  const at = new Date(0)
  return {
    ...{ id: newId(), workspaceId: newId(), url, description: '', types: [] },
    ...{ stream: 'events', auditSpan: null, profile: 'cloudevents' },
    ...{ filter: null, tags: [], serialize: false, headers: {}, secret: generateSecret(randomBytes(32)) },
    ...{ previousSecrets: [], timeoutSeconds: 5, retryScheduleSeconds: [], maxPerSecond: null, maxInFlight: 1 },
    ...{
      batch: { maxEvents: 100, windowSeconds: 30 },
      options: {},
      tunnel: null,
      status: 'active',
      statusReason: null,
    },
    ...{ createdAt: at, updatedAt: at, ...given },
  }
}

function tasksOf({ id: endpointId, workspaceId }: Endpoint, count: number, data = '{"n":1.00}'): Task[] {
  const at = new Date(0)
  return Array.from({ length: count }, (_, index) => {
    const event: Event = {
      ...{ id: newId(), workspaceId, stream: 'events', type: 'deal.created', tags: [], created: 1_700_000_000 },
      ...{ milliseconds: 0, data },
    }
    const delivery: Delivery = {
      ...{ id: deliveryId(event.id, endpointId), eventId: event.id, endpointId, workspaceId, sequence: index + 1 },
      ...{ type: event.type, state: 'pending', owner: 1, attemptCount: index, cycleAttempts: 0, firstAttemptAt: null },
      ...{ nextAttemptAt: at, scheduledRetryAt: null, deadLetteredAt: null, deadLetterReason: null },
      ...{ createdAt: at, settledAt: null },
    }
    return { event, delivery }
  })
}

test('a batch is one signed request that the CloudEvents SDK reads', async (t) => {
  const { receiver, deliver, clock } = await open(t)
  const old = { secret: generateSecret(randomBytes(32)), expiresAt: new Date(clock.now() + 1_000) }
  const given = { headers: { 'DD-API-KEY': 'k'.repeat(30) }, previousSecrets: [old] }
  const endpoint = endpointAt(receiver.url('/in?a=b'), given)
  const tasks = tasksOf(endpoint, 3)
  const { attempt, outcomes, gone, retryAfterSeconds } = await deliver.attemptBatch(endpoint, tasks)
  const [request, ...more] = receiver.requests()
  assert(request && more.length === 0)
  const { body, headers } = request
  const sign = (secret: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  const expected = {
    ...{ 'content-type': 'application/cloudevents-batch+json', 'user-agent': 'Atlas-Webhooks/test' },
    ...{ 'x-webhook-id': toTypeId('ep', endpoint.id), 'x-webhook-attempt': '3', 'dd-api-key': 'k'.repeat(30) },
    ...{ 'x-webhook-signature': sign(endpoint.secret), 'x-webhook-signature-previous': sign(old.secret) },
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(headers[name], value, name)
  const events = HTTP.toEvent({ headers: { ...headers }, body: body.toString() })
  assert(Array.isArray(events))
  assert.deepEqual(
    events.map((event) => new CloudEvent(event).validate() && event.id),
    tasks.map(({ event }) => toTypeId('evt', event.id)),
  )
  assert.deepEqual(
    [attempt.id, attempt.number, attempt.outcome, attempt.response?.status, gone, retryAfterSeconds],
    ['attempt of a batch', 3, 'success', 200, false, null],
  )
  assert.equal(attempt.requestHeaders['DD-API-KEY'], '••••kkkk')
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ['success', 'success', 'success'],
  )
  clock.advance(1_000)
  await deliver.attemptBatch(endpoint, tasks)
  assert(!('x-webhook-signature-previous' in (receiver.requests()[1]?.headers ?? {})))
})

test('what does not fit into one request is left for the next', async (t) => {
  const { receiver, deliver } = await open(t)
  const endpoint = endpointAt(receiver.url())
  const tasks = tasksOf(endpoint, 6, JSON.stringify('x'.repeat(240_000)))
  const { outcomes, attempt } = await deliver.attemptBatch(endpoint, tasks)
  assert.deepEqual([outcomes.length, attempt.number], [4, 4])
  assert.equal(JSON.parse(receiver.requests()[0]?.body.toString() ?? '').length, 4)
})

test('an answer is for all events of a batch, with Retry-After and 410 as ever', async (t) => {
  const { receiver, deliver } = await open(t)
  const results = []
  for (const status of [429, 410, 415]) {
    receiver.on(`/${status}`, answer(status, { 'retry-after': '120' }))
    const endpoint = endpointAt(receiver.url(`/${status}`))
    const { attempt, outcomes, gone, retryAfterSeconds } = await deliver.attemptBatch(endpoint, tasksOf(endpoint, 2))
    results.push([attempt.outcome, ...outcomes.map(({ outcome }) => outcome), gone, retryAfterSeconds])
  }
  assert.deepEqual(results, [
    ['retry', 'retry', 'retry', false, 120],
    ['retry', 'retry', 'retry', true, null],
    ['give_up', 'give_up', 'give_up', false, null],
  ])
})

test('without an answer all of it is retried', async (t) => {
  const { receiver, deliver } = await open(t)
  receiver.on('/', hang)
  const endpoint = endpointAt(receiver.url(), { timeoutSeconds: 0.05 })
  const { attempt, outcomes } = await deliver.attemptBatch(endpoint, tasksOf(endpoint, 2))
  assert.deepEqual([attempt.error, attempt.response], ['timeout', null])
  assert.deepEqual(
    outcomes.map(({ outcome, error }) => [outcome, error]),
    [
      ['retry', 'timeout'],
      ['retry', 'timeout'],
    ],
  )
})

test('an answer about each of 1,000 documents is read to its end, and its beginning is kept', async (t) => {
  const { receiver, deliver } = await open(t)
  const token = 'ApiKey s3cret-of-the-endpoint'
  const results = Array.from({ length: 1_000 }, (_, index) => {
    const error = { type: 'mapper_parsing_exception', reason: `failed to parse, ${token}` }
    const failed = { status: index === 998 ? 503 : 400, error }
    return { create: { _index: 'x'.repeat(180), _id: String(index), ...(index < 997 ? { status: 201 } : failed) } }
  })
  receiver.on('/_bulk', answer(200, {}, JSON.stringify({ errors: true, items: results })))
  const endpoint = endpointAt(receiver.url('/_bulk'), { profile: 'elastic', headers: { Authorization: token } })
  const { attempt, outcomes } = await deliver.attemptBatch(endpoint, tasksOf(endpoint, 1_000))
  assert.deepEqual(
    outcomes.slice(996).map(({ outcome }) => outcome),
    ['success', 'give_up', 'retry', 'give_up'],
  )
  assert.equal(outcomes.filter(({ outcome }) => outcome === 'success').length, 997)
  assert.deepEqual([attempt.outcome, attempt.error], ['retry', 'response_rejected'])
  assert.match(attempt.errorDetail ?? '', /^3 of 1000 events were not accepted; the first: .*400: failed to parse/)
  assert.deepEqual([attempt.response?.body.length, attempt.response?.truncated], [16 * 1024, true])
  assert.doesNotMatch(JSON.stringify([attempt, outcomes]), /s3cret/)
})

test('a profile that sends no batches is refused', async (t) => {
  const { deliver } = await open(t)
  const endpoint = endpointAt('http://127.0.0.1:9/', { profile: 'atlas' })
  await assert.rejects(deliver.attemptBatch(endpoint, tasksOf(endpoint, 1)), TypeError)
})
