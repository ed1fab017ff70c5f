// The walk of an event through the server as operators run it: published, delivered signed, recorded, visible; and
// again and again with the server killed on the way.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { eventually } from './testing/eventually.ts'
import type { ShownDelivery } from './testing/load.ts'
import { answer, type Behaviour, Receiver, reset } from './testing/receiver.ts'
import { ServerProcess } from './testing/server-process.ts'

test('an event arrives signed, others can verify it, and the attempt is visible to the byte', async (t) => {
  const [server, receiver] = await Promise.all([ServerProcess.start(t), Receiver.start(t)])
  receiver.on('/hook?x=1', answer(201, { 'x-receipt': 'r-1' }, 'thank you'))
  const workspace = await server.createWorkspace()
  const { secret, id: endpoint } = await server.createEndpoint(workspace, { url: receiver.url('/hook?x=1') })
  const data = { id: 'deal_01', value: 48000, note: 'Zürich – €' }
  const published = await server.request('POST', `${workspace}/events`, { type: 'deal.created', data, tags: ['eu'] })
  assert.equal(published.status, 202)
  assert.equal(published.json.deliveries, 1)

  const [request] = await receiver.waitFor(1)
  assert(request)
  const { headers, body } = request
  const text = body.toString()
  const event = published.json.id as string
  const sent = JSON.parse(text)
  assert.deepEqual(Object.keys(sent), ['id', 'type', 'created', 'api_version', 'sequence', 'data'])
  assert.deepEqual(
    { ...sent, created: 0 },
    {
      ...{ id: event, type: 'deal.created', created: 0, api_version: '2026-01-15', sequence: 1, data },
    },
  )
  assert.equal(request.method, 'POST')
  assert.equal(headers['content-type'], 'application/json')
  assert.match(headers['user-agent'] ?? '', /^Atlas-Webhooks\/\d+\.\d+\.\d+$/)
  assert.equal(headers['atlas-event'], 'deal.created')
  assert.equal(headers['atlas-delivery'], event)
  assert.equal(headers['atlas-attempt'], '1')
  assert.equal(headers['atlas-sequence'], '1')
  assert.equal(headers['webhook-id'], event)

  // Libraries that we did not write, which throw unless they accept signature and time.
  const verified = Stripe.webhooks.constructEvent(text, headers['atlas-signature'] ?? '', secret)
  assert.equal(verified.id, event)
  assert.deepEqual(new Webhook(secret).verify(text, { ...headers }), sent)
  const forged = text.replace('48000', '48001')
  assert.throws(() => Stripe.webhooks.constructEvent(forged, headers['atlas-signature'] ?? '', secret))
  assert.throws(() => new Webhook(secret).verify(forged, { ...headers }))

  const [delivery] = await eventually(async () => {
    const deliveries = await server.list<ShownDelivery>(`${workspace}/deliveries?endpoint=${endpoint}`)
    return deliveries[0]?.state === 'delivered' ? deliveries : null
  })
  const shown = (await server.request('GET', `${workspace}/deliveries/${delivery?.id}`)).json
  assert.equal(shown.attempts.length, 1)
  const [attempt] = shown.attempts
  assert.equal(attempt.outcome, 'success')
  assert.equal(attempt.error, null)
  assert.deepEqual([attempt.request.method, attempt.request.url], ['POST', receiver.url('/hook?x=••••')])
  assert.equal(attempt.request.body, text)
  const recorded = Object.entries(attempt.request.headers as Record<string, string>)
  for (const [name, value] of recorded) assert.equal(headers[name.toLowerCase()], value, name)
  const signed = ['atlas-signature', 'webhook-id', 'webhook-timestamp', 'webhook-signature']
  for (const name of signed)
    assert(
      recorded.some(([known]) => known.toLowerCase() === name),
      name,
    )
  assert.equal(attempt.response.status, 201)
  assert.equal(attempt.response.headers['x-receipt'], 'r-1')
  assert.equal(attempt.response.body, 'thank you')
})

interface Publication {
  readonly number: number
  readonly key: string | null
  /** When it was published for the first time, by the clock of `performance.now()`. */
  readonly at: number
  /** The ids in the answers with 202. */
  readonly accepted: Set<string>
}

const kills = 25
const publishers = 6

test(`nothing is lost, doubled or left over when the server is killed ${kills} times under load`, async (t) => {
  const [server, receiver] = await Promise.all([ServerProcess.start(t), Receiver.start(t)])
  const workspace = await server.createWorkspace()
  const behaviours: Record<string, Behaviour> = {
    '/steady': answer(200),
    '/slow': (response) => void setTimeout(() => response.writeHead(200).end(), Math.random() * 60),
    '/failing': (...exchange) => answer(Math.random() < 0.4 ? 500 : 200)(...exchange),
    '/resetting': (...exchange) => (Math.random() < 0.2 ? reset : answer(204))(...exchange),
  }
  const endpoints = new Map<string, string>()
  for (const [path, behaviour] of Object.entries(behaviours)) {
    receiver.on(path, behaviour)
    const retry_schedule_seconds = Array.from({ length: 20 }, (_, index) => index + 1)
    const setting = { url: receiver.url(path), retry_schedule_seconds, timeout_seconds: 5 }
    endpoints.set((await server.createEndpoint(workspace, setting)).id, path)
  }

  const publications: Publication[] = []
  const killedAt: number[] = []
  let acceptedOfThisLife = 0
  let publishing = true
  let enough = { at: Number.POSITIVE_INFINITY, resolve: (): void => {} }
  let up = Promise.resolve()

  const publishOnce = async ({ number, key, accepted }: Publication): Promise<void> => {
    const body = { type: 'journey.step', data: { number }, tags: [`${number}`] }
    const { status, json } = await server.request(
      'POST',
      `${workspace}/events`,
      body,
      key ? { 'idempotency-key': key } : {},
    )
    assert.equal(status, 202, JSON.stringify(json))
    accepted.add(json.id)
    if (++acceptedOfThisLife >= enough.at) enough.resolve()
  }
  const publish = async (): Promise<void> => {
    while (publishing) {
      const number = publications.length
      const key = number % 2 === 0 ? `key-${number}` : null
      const publication = { number, key, at: performance.now(), accepted: new Set<string>() }
      publications.push(publication)
      // Without a key a publish whose outcome is unknown is given up; with one it is repeated until it is answered.
      for (;;) {
        for (let waited: unknown = null; waited !== up; ) {
          waited = up
          await up
        }
        const life = killedAt.length
        try {
          await publishOnce(publication)
          break
        } catch (error) {
          if (error instanceof assert.AssertionError || killedAt.length === life) throw error
          if (key === null) break
        }
      }
    }
  }

  const running = Array.from({ length: publishers }, publish)
  for (let round = 0; round < kills; round++) {
    const moment = Promise.withResolvers<void>()
    enough = { at: 1 + Math.floor(Math.random() * 120), resolve: moment.resolve }
    acceptedOfThisLife = 0
    await Promise.race([moment.promise, Promise.all(running)])
    const again = Promise.withResolvers<void>()
    up = again.promise
    killedAt.push(performance.now())
    await server.kill()
    // Every fifth time it is killed while it is starting too.
    if (round % 5 === 0) {
      server.spawn()
      await sleep(Math.random() * 700)
      killedAt.push(performance.now())
      await server.kill()
    }
    await server.start()
    again.resolve()
  }
  publishing = false
  await Promise.all(running)

  const deliveries = await eventually(
    async () => {
      const all = await server.list<ShownDelivery>(`${workspace}/deliveries`)
      return all.every(({ state }) => state === 'delivered') ? all : null
    },
    { within: 40_000, describe: () => 'not every delivery ended delivered' },
  )

  const events = await server.list<{ id: string; tags: string[] }>(`${workspace}/events`)
  const idsOf = Map.groupBy(events, ({ tags }) => Number(tags[0]))
  const publishedAt = new Map<string, number>()
  for (const { number, key, accepted, at } of publications) {
    const stored = (idsOf.get(number) ?? []).map(({ id }) => id)
    assert(stored.length <= 1, `publication ${number} is stored ${stored.length} times`)
    assert(accepted.size <= 1, `publication ${number} got two ids`)
    if (key !== null) assert.equal(accepted.size, 1)
    for (const id of accepted) assert.deepEqual(stored, [id], `publication ${number} got its 202 and is not stored`)
    for (const id of stored) publishedAt.set(id, at)
  }
  t.diagnostic(`${publications.length} publishes, ${events.length} events, ${deliveries.length} deliveries`)
  assert.equal(deliveries.length, events.length * endpoints.size)

  const receipts = Map.groupBy(receiver.requests(), ({ path, headers }) => `${path} ${headers['webhook-id']}`)
  let repeated = 0
  for (const { event, endpoint, attempt_count: attempts } of deliveries) {
    const received = receipts.get(`${endpoints.get(endpoint)} ${event}`) ?? []
    assert(received.length >= 1, `${event} did not reach ${endpoints.get(endpoint)}`)
    const [from, until] = [publishedAt.get(event) ?? 0, received.at(-1)?.at ?? 0]
    const killsOfItsLife = killedAt.filter((at) => from <= at && at <= until).length
    const explained = attempts + killsOfItsLife
    assert(received.length <= explained, `${received.length} receipts, ${attempts} attempts, ${killsOfItsLife} kills`)
    repeated += Math.max(0, received.length - attempts)
  }
  // A kill may repeat what was in flight or not yet recorded: far less than everything.
  assert(repeated <= deliveries.length / 2, `${repeated} of ${deliveries.length} were repeated without a record`)
  t.diagnostic(`${receiver.requests().length} requests, ${repeated} of them repeated by a kill`)

  for (const [endpoint, path] of endpoints) {
    const sequences = deliveries.filter((delivery) => delivery.endpoint === endpoint).map(({ sequence }) => sequence)
    sequences.sort((a, b) => a - b)
    assert.deepEqual(
      sequences,
      Array.from(sequences, (_, index) => index + 1),
      `sequences of ${path}`,
    )
  }
})
