import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { Delivery } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import type { Event } from '../domain/event.ts'
import { deliveryId, toTypeId } from '../domain/identifier.ts'
import { generateSecret } from '../domain/signature.ts'
import { parseCidrs } from '../domain/target.ts'
import { SettableClock } from '../testing/clock.ts'
import { answer, Receiver } from '../testing/receiver.ts'
import { newId } from '../testing/seed.ts'
import { noTunnels } from '../testing/tunnels.ts'
import { Deliver } from './deliver.ts'

async function open(t: TestContext, allow = '127.0.0.0/8') {
  const receiver = await Receiver.start(t)
  const parsed = parseCidrs(allow)
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

function sendTo(url: string, given: Partial<Endpoint> = {}): [Endpoint, Delivery, Event] {
  const at = new Date(0)
  const endpoint: Endpoint = {
    ...{ id: newId(), workspaceId: newId(), url, description: '', types: [] },
    ...{ stream: 'events', auditSpan: null, profile: 'atlas' },
    ...{ filter: null, tags: [], serialize: false, headers: {}, secret: generateSecret(randomBytes(32)) },
    ...{ previousSecrets: [], timeoutSeconds: 5, retryScheduleSeconds: [], maxPerSecond: null, maxInFlight: 1 },
    ...{ batch: null, options: {}, tunnel: null, status: 'active', statusReason: null, createdAt: at, updatedAt: at },
    ...given,
  }
  const { workspaceId } = endpoint
  const event: Event = {
    ...{ id: newId(), workspaceId, stream: 'events', type: 'deal.created', tags: [], created: 1_700_000_000 },
    ...{ milliseconds: 0, data: '{"n":1.00}' },
  }
  const delivery: Delivery = {
    ...{ id: deliveryId(event.id, endpoint.id), eventId: event.id, endpointId: endpoint.id, workspaceId, sequence: 7 },
    ...{ type: event.type, state: 'retrying', owner: 1, attemptCount: 2, cycleAttempts: 2, firstAttemptAt: at },
    ...{
      nextAttemptAt: at,
      scheduledRetryAt: null,
      deadLetteredAt: null,
      deadLetterReason: null,
      createdAt: at,
      settledAt: null,
    },
  }
  return [endpoint, delivery, event]
}

test('the request is the event, numbered and signed, with the headers of the endpoint', async (t) => {
  const { receiver, deliver } = await open(t)
  const headers = { Authorization: 'Splunk 0123456789-0123456789-cafe' }
  const [endpoint, delivery, event] = sendTo(receiver.url('/hook?a=b'), { headers })
  const { attempt, gone, retryAfterSeconds } = await deliver.attempt(endpoint, delivery, event)
  const [request] = receiver.requests()
  assert(request)
  const id = toTypeId('evt', event.id)
  assert.deepEqual([request.method, request.path], ['POST', '/hook?a=b'])
  assert.equal(
    request.body.toString(),
    `{"id":"${id}","type":"deal.created","created":1700000000,"api_version":"2026-01-15","sequence":7,"data":{"n":1.00}}`,
  )
  const expected = {
    ...{ 'content-type': 'application/json', 'user-agent': 'Atlas-Webhooks/test', 'atlas-event': 'deal.created' },
    ...{ 'atlas-delivery': id, 'atlas-attempt': '3', 'atlas-sequence': '7', 'webhook-id': id },
    ...{ 'webhook-timestamp': '1768478400', authorization: headers.Authorization },
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(request.headers[name], value, name)
  const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).update(request.body)
  const stripe = mac(endpoint.secret, '1768478400.').digest('hex')
  assert.equal(request.headers['atlas-signature'], `t=1768478400,v1=${stripe}`)
  const bytes = Buffer.from(endpoint.secret.slice(6), 'base64')
  assert.equal(request.headers['webhook-signature'], `v1,${mac(bytes, `${id}.1768478400.`).digest('base64')}`)

  assert.deepEqual(
    [attempt.number, attempt.outcome, attempt.error, attempt.response?.status, gone, retryAfterSeconds],
    [3, 'success', null, 200, false, null],
  )
  assert.equal(attempt.requestHeaders.Authorization, '••••cafe')
  assert.equal(attempt.requestHeaders['Atlas-Signature'], request.headers['atlas-signature'])
})

test('after rotations every secret signs until its own time', async (t) => {
  const { receiver, deliver, clock } = await open(t)
  const old = (milliseconds: number) => ({
    secret: generateSecret(randomBytes(32)),
    expiresAt: new Date(clock.now() + milliseconds),
  })
  const send = sendTo(receiver.url(), { previousSecrets: [old(2_000), old(1_000)] })
  await deliver.attempt(...send)
  clock.advance(1_000)
  await deliver.attempt(...send)
  clock.advance(1_000)
  await deliver.attempt(...send)
  const signatures = receiver
    .requests()
    .map(({ headers }) => [
      headers['atlas-signature']?.split(',').length,
      headers['webhook-signature']?.split(' ').length,
    ])
  assert.deepEqual(signatures, [
    [4, 3],
    [3, 2],
    [2, 1],
  ])
})

for (const [status, outcome, error] of [
  [204, 'success', null],
  [302, 'retry', 'redirect'],
  [404, 'retry', 'status'],
  [500, 'retry', 'status'],
] as const) {
  test(`an answer ${status} is judged: ${error ?? 'success'}`, async (t) => {
    const { receiver, deliver } = await open(t)
    receiver.on('/', answer(status, { location: '/elsewhere' }))
    const { attempt } = await deliver.attempt(...sendTo(receiver.url()))
    assert.deepEqual([attempt.outcome, attempt.error, attempt.response?.status], [outcome, error, status])
    assert.equal(receiver.requests().length, 1)
  })
}

test('Retry-After counts on 429 and 503, and 410 means gone', async (t) => {
  const { receiver, deliver } = await open(t)
  const asked = { 'retry-after': '120' }
  for (const status of [429, 503, 500, 410]) receiver.on(`/${status}`, answer(status, asked))
  const results = await Promise.all(
    [429, 503, 500, 410].map((status) => deliver.attempt(...sendTo(receiver.url(`/${status}`)))),
  )
  assert.deepEqual(
    results.map(({ retryAfterSeconds, gone }) => [retryAfterSeconds, gone]),
    [
      [120, false],
      [120, false],
      [null, false],
      [null, true],
    ],
  )
})

test('a target that is not permitted is not connected to', async (t) => {
  const { receiver, deliver } = await open(t, '10.0.0.0/8')
  const { attempt } = await deliver.attempt(...sendTo(receiver.url()))
  assert.deepEqual([attempt.outcome, attempt.error, attempt.response], ['retry', 'blocked_address', null])
  assert.equal(receiver.requests().length, 0)
})

test('headers that cannot be sent fail the attempt, not the node', async (t) => {
  const { receiver, deliver } = await open(t)
  const { attempt } = await deliver.attempt(...sendTo(receiver.url(), { headers: { 'X-Broken': 'a\r\nb' } }))
  assert.deepEqual([attempt.outcome, attempt.error], ['retry', 'internal'])
  assert.equal(receiver.requests().length, 0)
})

test('a receiver that shows the request does not put the values of headers into the delivery log', async (t) => {
  const { receiver, deliver } = await open(t)
  const token = 'Bearer s3cret-token-of-the-endpoint'
  receiver.on('/echo', (response, request) => {
    response.writeHead(200, { 'x-echo': request.headers.authorization ?? '' }).end(JSON.stringify(request.headers))
  })
  const [endpoint, delivery, event] = sendTo(receiver.url('/echo'), { headers: { Authorization: token } })
  const { attempt } = await deliver.attempt(endpoint, delivery, event)
  assert.equal(receiver.requests()[0]?.headers.authorization, token)
  assert.match(attempt.response?.body ?? '', /"authorization":"••••"/)
  assert.doesNotMatch(JSON.stringify(attempt), /s3cret/)
})
