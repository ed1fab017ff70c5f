import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { Delivery } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { deliveryId } from '../domain/identifier.ts'
import { type BatchProfile, batchProfiles } from '../domain/profile.ts'
import { generateSecret } from '../domain/signature.ts'
import { parseCidrs } from '../domain/target.ts'
import { batchItems } from '../testing/batch.ts'
import { SettableClock } from '../testing/clock.ts'
import { type Collector, collect } from '../testing/collector.ts'
import { datadogIntake } from '../testing/collectors/datadog.ts'
import { elasticServer } from '../testing/collectors/elastic.ts'
import { lineCollector } from '../testing/collectors/lines.ts'
import { lokiServer } from '../testing/collectors/loki.ts'
import { otlpCollector } from '../testing/collectors/otlp.ts'
import { splunkCollector } from '../testing/collectors/splunk.ts'
import { answer, Receiver } from '../testing/receiver.ts'
import { newId } from '../testing/seed.ts'
import { noTunnels } from '../testing/tunnels.ts'
import { Deliver } from './deliver.ts'
import type { Task } from './task.ts'

const splunk = splunkCollector()
const datadog = datadogIntake()
const settings: Readonly<
  Record<Exclude<BatchProfile, 'cloudevents'>, { collector: Collector; path: string; headers: Record<string, string> }>
> = {
  datadog: { collector: datadog, path: '/api/v2/logs', headers: { 'DD-API-KEY': datadog.key } },
  elastic: { collector: elasticServer(), path: '/atlas/_bulk?pipeline=geo', headers: {} },
  loki: { collector: lokiServer(), path: '/loki/api/v1/push', headers: {} },
  ndjson: { collector: lineCollector(), path: '/lines', headers: {} },
  otlp: { collector: otlpCollector(), path: '/v1/logs', headers: {} },
  splunk: { collector: splunk, path: '/services/collector/event', headers: { Authorization: splunk.token } },
  sumo: { collector: lineCollector(), path: '/receiver/v1/http/token', headers: {} },
}

function open(t: TestContext): Deliver {
  const parsed = parseCidrs('127.0.0.0/8')
  assert(parsed.ok)
  const deliver = new Deliver({
    ...{ policy: { allowHttp: true, allowed: parsed.cidrs }, clock: new SettableClock(1_768_478_400_999) },
    ...{ userAgent: 'Atlas-Webhooks/test', publicUrl: () => 'https://atlas.example' },
    ...{ newAttemptId: () => 'attempt', newBatchAttemptId: () => 'attempt of a batch' },
    tunnels: noTunnels,
  })
  t.after(() => deliver.stop())
  return deliver
}

function endpointAt(url: string, given: Partial<Endpoint>): Endpoint {
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

function tasksFor({ id: endpointId, workspaceId }: Endpoint, count: number): { tasks: Task[]; ids: string[] } {
  const { items, ids } = batchItems(count, { workspaceId })
  const at = new Date(0)
  const tasks = items.map(({ event, delivery: { sequence } }): Task => {
    const delivery: Delivery = {
      ...{ id: deliveryId(event.id, endpointId), eventId: event.id, endpointId, workspaceId, sequence, owner: 1 },
      ...{ type: event.type, state: 'pending', attemptCount: 0, cycleAttempts: 0, firstAttemptAt: null },
      ...{ nextAttemptAt: at, scheduledRetryAt: null, deadLetteredAt: null, deadLetterReason: null },
      ...{ createdAt: at, settledAt: null },
    }
    return { event, delivery }
  })
  return { tasks, ids }
}

for (const profile of batchProfiles) {
  if (profile === 'cloudevents') continue
  test(`${profile}: its collector takes a batch, compressed or not, and the bytes that were sent are signed`, async (t) => {
    const deliver = open(t)
    const receiver = await Receiver.start(t)
    const { collector, path, headers } = settings[profile]
    receiver.on(path, collect(collector))
    const wanted: string[] = []
    for (const options of [{}, { gzip: true }, { gzip: false }]) {
      const endpoint = endpointAt(receiver.url(path), { profile, headers, options })
      const { tasks, ids } = tasksFor(endpoint, 20)
      wanted.push(...ids)
      const { attempt, outcomes } = await deliver.attemptBatch(endpoint, tasks)
      assert.deepEqual([attempt.outcome, attempt.errorDetail], ['success', null], attempt.response?.body)
      assert(outcomes.length === 20 && outcomes.every(({ outcome }) => outcome === 'success'))
      assert.deepEqual(collector.taken, wanted)
      const request = receiver.requests().at(-1)
      assert(request)
      const signature = createHmac('sha256', endpoint.secret).update(request.body).digest('hex')
      assert.equal(request.headers['x-webhook-signature'], `sha256=${signature}`)
      assert.equal(request.headers['content-encoding'], options.gzip ? 'gzip' : undefined)
      assert.equal(attempt.requestHeaders['Content-Encoding'], options.gzip ? 'gzip' : undefined)
    }
  })
}

test('limits are of the body before it is compressed', async (t) => {
  const deliver = open(t)
  const receiver = await Receiver.start(t)
  const endpoint = endpointAt(receiver.url(), { profile: 'sumo', options: { gzip: true } })
  const data = JSON.stringify('x'.repeat(240_000))
  const tasks = tasksFor(endpoint, 6).tasks.map(({ event, delivery }) => ({ event: { ...event, data }, delivery }))
  const { outcomes } = await deliver.attemptBatch(endpoint, tasks)
  assert.equal(outcomes.length, 4)
  const sent = receiver.requests()[0]?.body ?? Buffer.of()
  assert(sent.length < 20_000)
  assert.equal(gunzipSync(sent).toString().split('\n').length, 5)
})

test("a token in the URL is sent, and neither it nor a receiver's echo of it is in the attempt", async (t) => {
  const deliver = open(t)
  const receiver = await Receiver.start(t)
  const path = '/in?token=s3cret-token%2Bof-the-endpoint'
  receiver.on(path, answer(404, { location: path }, `Cannot POST ${path}: no s3cret-token+of-the-endpoint`))
  const endpoint = endpointAt(receiver.url(path), { profile: 'loki' })
  const { attempt, outcomes } = await deliver.attemptBatch(endpoint, tasksFor(endpoint, 1).tasks)
  assert.equal(receiver.requests()[0]?.path, path)
  assert.equal(attempt.url, receiver.url('/in?token=••••oint'))
  assert.equal(attempt.response?.body, 'Cannot POST /in?token=••••: no ••••')
  assert.doesNotMatch(JSON.stringify([attempt, outcomes]), /s3cret/)
})
