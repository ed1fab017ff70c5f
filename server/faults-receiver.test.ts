// Receivers that misbehave: each attempt gets its outcome within its deadline, and the others notice nothing.
import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import type { AttemptError } from './domain/attempt.ts'
import { toTypeId } from './domain/identifier.ts'
import { defaultRetrySchedule } from './domain/retry-schedule.ts'
import { selfSignedCertificate } from './testing/certificate.ts'
import { SettableClock } from './testing/clock.ts'
import { eventually } from './testing/eventually.ts'
import { type Story, TestPipeline } from './testing/pipeline.ts'
import {
  answer,
  type Behaviour,
  breakOff,
  closeKeptAlive,
  drip,
  flood,
  gate,
  hang,
  manyHeaders,
  notHttp,
  Receiver,
  reset,
} from './testing/receiver.ts'

const megabyte = 1024 * 1024
const attempted = ({ attempts }: Story): boolean => attempts.length > 0

interface Misbehaviour {
  readonly name: string
  readonly behaviour: Behaviour
  readonly error: AttemptError | null
  /** null: no response is recorded. */
  readonly status: number | null
  readonly truncated?: boolean
}

const misbehaviours: readonly Misbehaviour[] = [
  { name: 'hangs', behaviour: hang, error: 'timeout', status: null },
  { name: 'drips a byte at a time', behaviour: drip(200), error: 'timeout', status: 200 },
  { name: 'resets the connection', behaviour: reset, error: 'reset', status: null },
  { name: 'breaks off in the middle of its body', behaviour: breakOff, error: 'reset', status: 200 },
  { name: 'sends 100 MB', behaviour: flood(100 * megabyte), error: null, status: 200, truncated: true },
  { name: 'sends 1 MB of headers', behaviour: manyHeaders(megabyte), error: 'response_rejected', status: null },
  { name: 'sends something that is not HTTP', behaviour: notHttp, error: 'response_rejected', status: null },
  { name: 'answers 500', behaviour: answer(500, {}, 'no'), error: 'status', status: 500 },
  { name: 'answers 404', behaviour: answer(404), error: 'status', status: 404 },
  {
    name: 'redirects to the metadata service',
    behaviour: answer(307, { location: 'http://169.254.169.254/latest/meta-data' }),
    error: 'redirect',
    status: 307,
  },
]

for (const { name, behaviour, error, status, truncated = false } of misbehaviours) {
  test(`a receiver that ${name} gets its recorded outcome within the deadline`, async (t) => {
    const [atlas, receiver] = await Promise.all([TestPipeline.start(t), Receiver.start(t)])
    receiver.on('/hook', behaviour)
    const endpoint = await atlas.createEndpoint(receiver.url('/hook'))
    const eventId = await atlas.publish()
    const { attempts, state } = await atlas.storyOnce(eventId, endpoint, attempted)
    const [attempt] = attempts
    assert(attempt)
    assert.equal(attempts.length, 1)
    assert.equal(attempt.error, error, attempt.errorDetail ?? '')
    assert.equal(attempt.response?.status ?? null, status)
    assert.equal(attempt.response?.truncated ?? false, truncated)
    assert((attempt.response?.body.length ?? 0) <= 16_384, 'no more than 16 KiB are kept')
    // One second, and what two busy cores may add to it.
    assert(attempt.durationMs < 1_900, `${attempt.durationMs} ms`)
    if (error === 'timeout') assert(attempt.durationMs >= 990, `${attempt.durationMs} ms`)
    assert.equal(state, error === null ? 'delivered' : 'retrying')
    assert.equal(attempt.outcome, error === null ? 'success' : 'retry')
    assert.equal(receiver.requests('/hook').length, 1)
  })
}

test('no more of a body is read than what is kept, and little besides', async (t) => {
  const [atlas, receiver] = await Promise.all([TestPipeline.start(t), Receiver.start(t)])
  const closed = Promise.withResolvers<boolean>()
  receiver.on('/hook', (response, request) => {
    response.once('close', () => closed.resolve(response.writableFinished))
    flood(100 * megabyte)(response, request)
  })
  const endpoint = await atlas.createEndpoint(receiver.url('/hook'), { timeoutSeconds: 30 })
  await atlas.storyOnce(await atlas.publish(), endpoint, ({ state }) => state === 'delivered')
  assert.equal(await closed.promise, false, 'all of it was read')
})

test('a redirect is not followed, to an internal address or back to itself', async (t) => {
  const [atlas, receiver, internal] = await Promise.all([TestPipeline.start(t), Receiver.start(t), Receiver.start(t)])
  receiver.on('/elsewhere', answer(302, { location: internal.url('/secret') }))
  receiver.on('/itself', answer(308, { location: receiver.url('/itself') }))
  for (const path of ['/elsewhere', '/itself']) {
    const endpoint = await atlas.createEndpoint(receiver.url(path), { types: [`redirect.${path.slice(1)}`] })
    const eventId = await atlas.publish({ type: `redirect.${path.slice(1)}` })
    const { attempts } = await atlas.storyOnce(eventId, endpoint, attempted)
    assert.equal(attempts[0]?.error, 'redirect')
    assert.equal(receiver.requests(path).length, 1)
  }
  assert.equal(internal.requests().length, 0)
})

test('an address that is not permitted gets no request, and the attempt says so', async (t) => {
  const atlas = await TestPipeline.start(t)
  const endpoint = await atlas.createEndpoint('http://169.254.169.254/latest')
  const { attempts } = await atlas.storyOnce(await atlas.publish(), endpoint, attempted)
  assert.equal(attempts[0]?.error, 'blocked_address')
})

test('a port where nothing listens is refused', async (t) => {
  const atlas = await TestPipeline.start(t)
  const endpoint = await atlas.createEndpoint(await urlWithoutListener())
  const { attempts } = await atlas.storyOnce(await atlas.publish(), endpoint, attempted)
  assert.equal(attempts[0]?.error, 'refused')
})

async function urlWithoutListener(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}/hook`
}

test('TLS to a plain port, and a certificate that proves nothing, are TLS failures', async (t) => {
  const [atlas, plain] = await Promise.all([TestPipeline.start(t), Receiver.start(t)])
  const selfSigned = await Receiver.start(t, { tls: selfSignedCertificate('127.0.0.1') })
  for (const url of [plain.url('/hook').replace('http:', 'https:'), selfSigned.url('/hook')]) {
    const type = `tls.${new URL(url).port}`
    const endpoint = await atlas.createEndpoint(url, { types: [type] })
    const { attempts } = await atlas.storyOnce(await atlas.publish({ type }), endpoint, attempted)
    assert.equal(attempts[0]?.error, 'tls')
  }
  assert.equal(plain.requests().length + selfSigned.requests().length, 0)
})

test('plain HTTP to a TLS port fails without an internal error', async (t) => {
  const [atlas, receiver] = await Promise.all([
    TestPipeline.start(t),
    Receiver.start(t, { tls: selfSignedCertificate('127.0.0.1') }),
  ])
  const endpoint = await atlas.createEndpoint(receiver.url('/hook').replace('https:', 'http:'))
  const { attempts } = await atlas.storyOnce(await atlas.publish(), endpoint, attempted)
  assert(['reset', 'response_rejected'].includes(attempts[0]?.error ?? ''), `${attempts[0]?.error}`)
})

test('a receiver that closes connections which it promised to keep still gets every event', async (t) => {
  const [atlas, receiver] = await Promise.all([TestPipeline.start(t), Receiver.start(t)])
  receiver.on('/hook', closeKeptAlive)
  const endpoint = await atlas.createEndpoint(receiver.url('/hook'), {
    retryScheduleSeconds: [1, 2, 3],
    maxInFlight: 2,
  })
  const published: string[] = []
  for (let number = 0; number < 20; number++) published.push(await atlas.publish())
  for (const id of published) await atlas.storyOnce(id, endpoint, ({ state }) => state === 'delivered')
})

test('while endpoints hang, drip, flood and fail, the deliveries of another one take no longer than usual', async (t) => {
  const [atlas, receiver, good] = await Promise.all([TestPipeline.start(t), Receiver.start(t), Receiver.start(t)])
  for (const { name, behaviour } of misbehaviours) {
    const path = `/${encodeURIComponent(name)}`
    receiver.on(path, behaviour)
    await atlas.createEndpoint(receiver.url(path), { types: ['load.*'], timeoutSeconds: 5 })
  }
  await atlas.createEndpoint(good.url('/good'), { types: ['good.*'] })
  await atlas.publish({ type: 'good.first' })
  await good.waitFor(1)
  for (let number = 0; number < 60; number++) await atlas.publish({ type: 'load.event' })
  await receiver.waitFor((requests) => requests.filter(({ path }) => path === '/hangs').length === 20)
  const latencies: number[] = []
  for (let number = 2; number <= 41; number++) {
    const started = performance.now()
    await atlas.publish({ type: 'good.next' })
    const arrived = await good.waitFor(number)
    latencies.push((arrived.at(-1)?.at ?? Number.NaN) - started)
  }
  latencies.sort((a, b) => a - b)
  const median = latencies[Math.floor(latencies.length / 2)] ?? Number.NaN
  assert(median < 100, `the median is ${median} ms`)
  assert((latencies.at(-1) ?? Number.NaN) < 1_000, `the slowest took ${latencies.at(-1)} ms`)
  // More than its limit was published, and its limit is what is in flight.
  assert.equal(receiver.requests('/hangs').length, 20)
})

test('Retry-After moves the retry to the time that the receiver asked for', async (t) => {
  const clock = new SettableClock()
  const [atlas, receiver] = await Promise.all([TestPipeline.start(t, { clock }), Receiver.start(t)])
  receiver.on('/hook', answer(429, { 'retry-after': '3000' }))
  const endpoint = await atlas.createEndpoint(receiver.url('/hook'))
  const eventId = await atlas.publish()
  const { delivery, attempts } = await atlas.storyOnce(eventId, endpoint, attempted)
  assert.equal(attempts[0]?.response?.status, 429)
  assert.equal(delivery.nextAttemptAt?.getTime(), clock.now() + 3_000_000)
  receiver.on('/hook', answer(204))
  clock.advance(3_000_000)
  const { delivery: settled } = await atlas.storyOnce(eventId, endpoint, ({ state }) => state === 'delivered')
  assert.equal(settled.attemptCount, 2)
})

test('410 pauses the endpoint; its events are held, and flow when it is resumed', async (t) => {
  const [atlas, receiver] = await Promise.all([TestPipeline.start(t), Receiver.start(t)])
  receiver.on('/hook', answer(410))
  const endpoint = await atlas.createEndpoint(receiver.url('/hook'), { retryScheduleSeconds: [1] })
  const first = await atlas.publish()
  await eventually(async () => ((await atlas.endpoint(endpoint))?.status === 'paused' ? true : null))
  assert.match((await atlas.endpoint(endpoint))?.statusReason ?? '', /410/)
  receiver.on('/hook', answer(200))
  const second = await atlas.publish()
  await atlas.storyOnce(first, endpoint, ({ state, attempts }) => state === 'held' && attempts.length === 1)
  await atlas.storyOnce(second, endpoint, ({ state, attempts }) => state === 'held' && attempts.length === 0)
  assert.equal(receiver.requests('/hook').length, 1)
  await atlas.setStatus(endpoint, 'active')
  await atlas.storyOnce(second, endpoint, ({ state }) => state === 'delivered')
  await atlas.storyOnce(first, endpoint, ({ state, attempts }) => state === 'delivered' && attempts.length === 2)
})

test('nine retries follow the schedule, then comes the dead letter and the endpoint is paused', async (t) => {
  const clock = new SettableClock()
  const [atlas, receiver] = await Promise.all([TestPipeline.start(t, { clock }), Receiver.start(t)])
  receiver.on('/hook', answer(500))
  const endpoint = await atlas.createEndpoint(receiver.url('/hook'), { retryScheduleSeconds: defaultRetrySchedule })
  const eventId = await atlas.publish()
  const startedAt = clock.now()
  for (const [index, offset] of defaultRetrySchedule.entries()) {
    const done = index + 1
    const { delivery } = await atlas.storyOnce(
      eventId,
      endpoint,
      ({ delivery, attempts }) => delivery.attemptCount === done && attempts.length === done,
    )
    const due = delivery.nextAttemptAt?.getTime() ?? Number.NaN
    assert(due >= startedAt + offset * 1000, `retry ${done} is due after ${due - startedAt} ms`)
    assert(due <= startedAt + (offset + Math.min(offset / 10, 300)) * 1000 + 5_000, `retry ${done} is due in time`)
    clock.advance(due - clock.now() - 1)
    assert.equal(receiver.requests('/hook').length, done, 'not a millisecond too early')
    clock.advance(1)
  }
  const { attempts, delivery } = await atlas.storyOnce(
    eventId,
    endpoint,
    ({ delivery }) => delivery.state === 'dead_letter',
  )
  assert.deepEqual(
    attempts.map(({ number }) => number),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  )
  assert.equal(delivery.nextAttemptAt, null)
  assert.equal(delivery.deadLetteredAt?.getTime(), clock.now())
  assert.deepEqual(
    receiver.requests('/hook').map(({ headers }) => headers['atlas-attempt']),
    attempts.map((a) => `${a.number}`),
  )
  assert.equal(new Set(receiver.requests('/hook').map(({ body }) => body.toString())).size, 1, 'always the same bytes')
  await eventually(async () => ((await atlas.endpoint(endpoint))?.status === 'paused' ? true : null))
})

test('a pause holds what waits and lets what is in flight finish; resuming lets it flow', async (t) => {
  const [atlas, receiver] = await Promise.all([TestPipeline.start(t), Receiver.start(t)])
  const { behaviour, open } = gate()
  receiver.on('/hook', behaviour)
  const endpoint = await atlas.createEndpoint(receiver.url('/hook'), { maxInFlight: 1, timeoutSeconds: 30 })
  const events = [await atlas.publish(), await atlas.publish(), await atlas.publish()]
  const [first = '', ...others] = events
  await receiver.waitFor(1)
  await atlas.setStatus(endpoint, 'paused')
  for (const id of others)
    await atlas.storyOnce(id, endpoint, ({ state, delivery }) => state === 'held' && delivery.owner === 0)
  open()
  await atlas.storyOnce(first, endpoint, ({ state }) => state === 'delivered')
  assert.equal(receiver.requests().length, 1)
  await atlas.setStatus(endpoint, 'active')
  for (const id of others) await atlas.storyOnce(id, endpoint, ({ state }) => state === 'delivered')
  const sequences = receiver.requests().map(({ headers }) => Number(headers['atlas-sequence']))
  assert.deepEqual(sequences.sort(), [1, 2, 3])
})

test('what was held flows on resume at the pace of the endpoint, oldest first, and before what is new', async (t) => {
  const clock = new SettableClock()
  const [atlas, receiver] = await Promise.all([TestPipeline.start(t, { clock }), Receiver.start(t)])
  const given = { maxInFlight: 1, retryScheduleSeconds: [3_600], timeoutSeconds: 30 }
  const endpoint = await atlas.createEndpoint(receiver.url('/hook'), given)
  receiver.on('/hook', answer(503))
  const failed = await atlas.publish()
  await atlas.storyOnce(failed, endpoint, ({ state }) => state === 'retrying')
  await atlas.setStatus(endpoint, 'paused')
  const { behaviour, open } = gate()
  receiver.on('/hook', behaviour)
  const held: string[] = []
  for (let count = 0; count < 40; count++) {
    clock.advance(1)
    held.push(await atlas.publish())
  }
  // By the time of the resume the retry is due as well, later than all that was held.
  clock.advance(2 * 3_600_000)
  await atlas.setStatus(endpoint, 'active')
  await receiver.waitFor(2)
  clock.advance(1)
  const fresh = await atlas.publish()
  assert.equal(receiver.requests().length, 2, 'one at a time')
  open()
  await receiver.waitFor(held.length + 3)
  assert.deepEqual(
    receiver.requests().map(({ headers }) => headers['webhook-id']),
    [failed, ...held, failed, fresh].map((id) => toTypeId('evt', id)),
  )
})

test('deleting an endpoint cancels what waits for it', async (t) => {
  const clock = new SettableClock()
  const [atlas, receiver] = await Promise.all([TestPipeline.start(t, { clock }), Receiver.start(t)])
  const { behaviour, open } = gate(500)
  receiver.on('/hook', behaviour)
  const endpoint = await atlas.createEndpoint(receiver.url('/hook'), { maxInFlight: 1, timeoutSeconds: 30 })
  const events = [await atlas.publish(), await atlas.publish()]
  await receiver.waitFor(1)
  await atlas.delete(endpoint)
  open()
  for (const id of events) {
    await atlas.storyOnce(id, endpoint, ({ state }) => state === 'canceled')
    await atlas.storyOnce(id, endpoint, ({ delivery }) => {
      // Upkeep comes by every 15 seconds; its clock is in our hands.
      clock.advance(15_000)
      return delivery.state === 'canceled' && delivery.owner === 0
    })
  }
  assert.equal(receiver.requests().length, 1)
})
