import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get } from 'node:http'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import Stripe from 'stripe'
import { eventually } from '../testing/eventually.ts'
import { startTestServer, type TestServer, testOperatorKey } from '../testing/server.ts'
import { type Frame, TunnelClient } from '../testing/tunnel-client.ts'

async function open(t: TestContext) {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const place = { url: server.url, workspace: path }
  return { server, path, place, ...drive(server, path) }
}

function drive({ request }: TestServer, path: string) {
  const get = async (below: string) => (await request('GET', `${path}/${below}`)).json
  return {
    get,
    async publish(type = 'deal.created', data: unknown = {}): Promise<string> {
      const { status, json } = await request('POST', `${path}/events`, { body: { type, data } })
      assert.equal(status, 202)
      return json.id
    },
    /** The endpoint of a tunnel, as soon as that is closed. */
    async closed({ welcome }: { welcome: Frame }) {
      return await eventually(async () => {
        const endpoint = await get(`endpoints/${welcome.endpoint}`)
        return endpoint.status === 'disabled' ? endpoint : null
      })
    },
    /** The only delivery of the event, with its attempts, as soon as it is in the state. */
    async delivered(event: string, state = 'delivered') {
      let last = ''
      return await eventually(
        async () => {
          const { data } = await get(`deliveries?event=${event}`)
          last = JSON.stringify(data)
          return data[0]?.state === state ? await get(`deliveries/${data[0].id}`) : null
        },
        { describe: () => last },
      )
    },
  }
}

test('an event travels to the CLI, signed as ever, and the local response is recorded as an attempt', async (t) => {
  const { place, publish, delivered, get } = await open(t)
  const client = await TunnelClient.open(t, place, { types: ['deal.*'], headers: { 'X-Team': 'secret-crm-team' } })
  assert.match(client.welcome.secret, /^whsec_/)
  await publish('contact.created')
  const event = await publish('deal.created', { value: 48_000 })
  const request = await client.request()
  assert.equal(request.method, 'POST')
  assert.equal(request.timeout_ms, 10_000)
  assert.equal(request.headers['X-Team'], 'secret-crm-team')
  assert.equal(request.headers['Atlas-Delivery'], event)
  const verified = Stripe.webhooks.constructEvent(
    request.body,
    request.headers['Atlas-Signature'],
    client.welcome.secret,
  ) as unknown as { id: string; data: unknown }
  assert.deepEqual([verified.id, verified.data], [event, { value: 48_000 }])

  client.respond(request, 201, {
    headers: { 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'] },
    body: 'made',
  })
  const delivery = await delivered(event)
  const [attempt] = delivery.attempts
  assert.equal(delivery.endpoint, client.welcome.endpoint)
  assert.equal(attempt.request.url, 'http://localhost:3000/')
  assert.equal(attempt.request.headers['X-Team'], '••••')
  assert.deepEqual(attempt.response, {
    ...{ status: 201, body: 'made', truncated: false },
    headers: { 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'] },
  })
  const endpoint = await get(`endpoints/${client.welcome.endpoint}`)
  assert.deepEqual(
    [endpoint.tunnel, endpoint.url, endpoint.description],
    [true, 'http://localhost:3000/', 'ada@laptop'],
  )
})

test('what fails is recorded as failed, pauses nothing, and can be replayed', async (t) => {
  const { server, path, place, publish, delivered, get } = await open(t)
  const client = await TunnelClient.open(t, place)
  const [refused, gone] = [await publish(), await publish()]
  const first = await client.request()
  client.say({ type: 'failure', id: first.id, error: 'refused', detail: 'connect ECONNREFUSED 127.0.0.1:3000' })
  client.respond(await client.request(), 410)
  const delivery = await delivered(refused, 'dead_letter')
  assert.equal(delivery.dead_letter_reason, 'retries_exhausted')
  assert.deepEqual(
    [delivery.attempts[0].error, delivery.attempts[0].error_detail, delivery.attempts[0].response],
    ['refused', 'connect ECONNREFUSED 127.0.0.1:3000', null],
  )
  assert.equal((await delivered(gone, 'dead_letter')).attempts[0].response.status, 410)
  const { status } = await server.request('POST', `${path}/deliveries/${delivery.id}/replay`)
  assert.equal(status, 202)
  const again = await client.request()
  assert.equal(again.headers['Atlas-Attempt'], '2')
  client.respond(again)
  await delivered(refused)
  assert.equal((await get(`endpoints/${client.welcome.endpoint}`)).status, 'active')
})

test('with retry, what has failed is tried again, and at once when the CLI says so', async (t) => {
  const { place, publish, delivered } = await open(t)
  const client = await TunnelClient.open(t, place, { retry: true })
  const event = await publish()
  const first = await client.request()
  client.say({ type: 'failure', id: first.id, error: 'refused', detail: '' })
  const delivery = await delivered(event, 'retrying')
  assert(Date.parse(delivery.next_attempt_at) - Date.now() > 500)
  const startedAt = performance.now()
  client.say({ type: 'retry' })
  client.respond(await client.request())
  assert(performance.now() - startedAt < 1_000, 'it need not wait for its time')
  await delivered(event)
})

test('a CLI that comes back gets what was under way and what was published meanwhile', async (t) => {
  const { place, publish, delivered } = await open(t)
  const client = await TunnelClient.open(t, place)
  const before = await publish()
  await client.request()
  client.drop()
  const interrupted = await eventually(async () => {
    const delivery = await delivered(before, 'retrying')
    return delivery.attempts.length === 1 ? delivery : null
  })
  assert.deepEqual([interrupted.attempts[0].error, interrupted.attempts[0].outcome], ['reset', 'retry'])
  const meanwhile = await publish()
  const back = await TunnelClient.open(t, place, { resume: client.welcome.endpoint })
  assert.equal(back.welcome.endpoint, client.welcome.endpoint)
  back.answerAll()
  assert.equal((await delivered(before)).attempts.length, 2)
  assert.equal((await delivered(meanwhile)).attempts.length, 1)
})

test('a CLI that says goodbye gets nothing more, and has its secret again when it comes back', async (t) => {
  const { place, publish, get, closed, server } = await open(t)
  const client = await TunnelClient.open(t, place)
  await client.leave()
  assert.equal((await closed(client)).status_reason, 'the CLI has ended')
  assert.deepEqual((await get('endpoints')).data, [], 'a closed tunnel is in no list')
  const missed = await publish()
  assert.deepEqual((await get(`deliveries?event=${missed}`)).data, [])

  const again = await TunnelClient.open(t, place)
  assert.deepEqual(
    [again.welcome.endpoint, again.welcome.secret],
    [client.welcome.endpoint, client.welcome.secret],
    'it is the same one again',
  )
  const other = await TunnelClient.open(t, place)
  assert.notEqual(other.welcome.endpoint, again.welcome.endpoint, 'another process of the same machine has its own')
  assert.equal(other.welcome.secret, again.welcome.secret)
  const stranger = await TunnelClient.open(t, place, { client: 'd'.repeat(32) })
  assert.notEqual(stranger.welcome.secret, again.welcome.secret)
  assert.equal((await get('endpoints')).data.length, 3)
  const event = await publish()
  for (const each of [again, other, stranger]) each.answerAll()
  await eventually(async () => {
    const { data } = await get(`deliveries?event=${event}&state=delivered`)
    return data.length === 3 ? true : null
  })
  assert.doesNotMatch(
    JSON.stringify(await server.database.query({ name: 'all', text: 'select tunnel from endpoints' })),
    /cccc/,
  )
})

test('a secret can be asked for without a tunnel', async (t) => {
  const { place, publish, get } = await open(t)
  const client = await TunnelClient.open(t, place, { secret_only: true })
  assert.equal(await client.closed, 1000)
  const event = await publish()
  assert.deepEqual((await get(`deliveries?event=${event}`)).data, [])
  assert.deepEqual((await get('endpoints')).data, [])
  const opened = await TunnelClient.open(t, place)
  assert.equal(opened.welcome.secret, client.welcome.secret)
  assert.equal(opened.welcome.endpoint, client.welcome.endpoint)
})

test('the newest event that it wants comes at once, if it asks for it', async (t) => {
  const { place, publish, delivered, closed } = await open(t)
  await publish('deal.created', { value: 1 })
  const wanted = await publish('deal.created', { value: 20_000 })
  await publish('deal.created', { value: 2 })
  await publish('contact.created', { value: 30_000 })
  const hello = { types: ['deal.*'], filter: 'deal.value > 10000', latest: true }
  const client = await TunnelClient.open(t, place, hello)
  const request = await client.request()
  assert.equal(request.headers['Atlas-Delivery'], wanted)
  client.respond(request)
  await delivered(wanted)
  await client.leave()
  await closed(client)
  const again = await TunnelClient.open(t, place, hello)
  const repeated = await again.request()
  assert.deepEqual(
    [repeated.headers['Atlas-Delivery'], repeated.headers['Atlas-Attempt']],
    [wanted, '2'],
    'also when it had it before',
  )
  again.respond(repeated)
  await delivered(wanted)
})

test('what is wrong with a hello is told as for an endpoint', async (t) => {
  const { place, get } = await open(t)
  const client = await TunnelClient.connect(t, place)
  client.hello({
    ...{ types: ['deal.{'], filter: 'deal.value >', headers: { Host: 'x' }, forward_to: 'ftp://localhost' },
  })
  const { problem } = await client.next()
  assert.equal(problem.code, 'validation_failed')
  assert.deepEqual(
    problem.errors.map(({ path }: { path: string }) => path),
    ['types.0', 'filter', 'headers.Host', 'forward_to'],
  )
  assert.equal(await client.closed, 4000)
  const nameless = await TunnelClient.connect(t, place)
  nameless.hello({ client: 'short', unknown: 1 })
  const paths = (await nameless.next()).problem.errors.map(({ path }: { path: string }) => path)
  assert.deepEqual(paths.sort(), ['client', 'unknown'])
  assert.deepEqual((await get('endpoints')).data, [])
})

test('who asks wrongly is answered before there is a socket', async (t) => {
  const { server, path, place } = await open(t)
  const readKey = await server.createKey(path, ['read'])
  const refused = async (options: Parameters<typeof TunnelClient.connect>[2], at = place) => {
    const error = await TunnelClient.connect(t, at, options).then(
      () => null,
      (reason) => reason,
    )
    return `${error?.status} ${JSON.parse(error?.body ?? '{}').code}`
  }
  assert.equal(await refused({ key: null }), '401 unauthorized')
  assert.equal(await refused({ key: readKey }), '403 forbidden')
  assert.equal(await refused({}, { ...place, workspace: '/v1/workspaces/none' }), '404 not_found')
  assert.equal(await refused({ protocol: 'atlas-tunnel.v9' }), '400 bad_request')
  const plain = await server.request('GET', `${path}/tunnel`)
  assert.deepEqual([plain.status, plain.json.code], [426, 'upgrade_required'])
  const handshake = { authorization: `Bearer ${testOperatorKey}`, connection: 'upgrade', upgrade: 'websocket' }
  const incomplete = { ...handshake, 'sec-websocket-protocol': 'atlas-tunnel.v1', 'sec-websocket-version': '13' }
  const [keyless] = await once(get(`${server.url}${path}/tunnel`, { headers: incomplete, agent: false }), 'response')
  keyless.resume()
  assert.equal(keyless.statusCode, 400)
  // Whoever goes away while it is being judged harms nobody.
  for (let gone = 0; gone < 20; gone++) {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    const lines = Object.entries(handshake).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`GET ${path}/tunnel HTTP/1.1\r\nhost: x\r\n${lines.join('')}\r\n`, () => socket.resetAndDestroy())
    await once(socket, 'close')
  }
  const headers = { authorization: `Bearer ${readKey}`, connection: 'upgrade, http2-settings', upgrade: 'h2c' }
  const [other] = await once(get(`${server.url}${path}/endpoints`, { headers, agent: false }), 'response')
  other.resume()
  assert.equal(other.statusCode, 200, 'an upgrade that nobody offers is passed over')
})

test('a tunnel ends when its endpoint is disabled or deleted; what its CLI says about it cannot be changed otherwise', async (t) => {
  const { server, path, place } = await open(t)
  const client = await TunnelClient.open(t, place)
  const endpoint = `${path}/endpoints/${client.welcome.endpoint}`
  for (const [method, below, body] of [
    ['PATCH', '', { types: [] }],
    ['POST', '/test', {}],
    ['POST', '/enable', undefined],
  ] as const) {
    const { status, json } = await server.request(method, endpoint + below, { body })
    assert.deepEqual([status, json.code], [409, 'conflict'], below)
  }
  assert.equal((await server.request('POST', `${endpoint}/pause`)).status, 200)
  assert.equal((await server.request('POST', `${endpoint}/resume`)).status, 200)
  assert.equal((await server.request('POST', `${endpoint}/disable`)).status, 200)
  assert.equal(await client.closed, 4002)
  const again = await TunnelClient.open(t, place)
  assert.equal((await server.request('DELETE', `${path}/endpoints/${again.welcome.endpoint}`)).status, 204)
  assert.equal(await again.closed, 4002)
})

test('a node that does not deliver says so', async (t) => {
  const server = await startTestServer(t, { ATLAS_ROLES: 'api' })
  const { path } = await server.createWorkspace()
  await assert.rejects(TunnelClient.connect(t, { url: server.url, workspace: path }), { status: 503 })
})
