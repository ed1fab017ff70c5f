import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { eventually } from '../testing/eventually.ts'
import { startTestServer } from '../testing/server.ts'
import { type Frame, TunnelClient } from '../testing/tunnel-client.ts'

async function open(t: TestContext, env: Record<string, string> = {}) {
  const server = await startTestServer(t, env)
  const { path } = await server.createWorkspace()
  const place = { url: server.url, workspace: path }
  const get = async (below: string) => (await server.request('GET', `${path}/${below}`)).json
  const publish = async (data: unknown = {}): Promise<string> => {
    return (await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data } })).json.id
  }
  /** The delivery of an event through a tunnel, as soon as that many attempts of it are recorded. */
  const attempted = async (event: string, { welcome }: { welcome: Frame }, count = 1) =>
    await eventually(async () => {
      const { data } = await get(`deliveries?event=${event}&endpoint=${welcome.endpoint}`)
      const delivery = data[0] && (await get(`deliveries/${data[0].id}`))
      return delivery?.attempts.length >= count && delivery.state !== 'delivering' ? delivery : null
    })
  return { server, path, place, get, publish, attempted }
}

test('whoever does not keep to the protocol is cut off, and nobody else notices', async (t) => {
  const { place, publish, attempted } = await open(t)
  const honest = await TunnelClient.open(t, place)
  honest.answerAll()
  const frames: readonly (string | Buffer)[] = [
    ...[
      '',
      'hello',
      '{',
      'null',
      '[]',
      '7',
      '{}',
      '{"type":"nonsense"}',
      '{"type":{"toString":1}}',
      '['.repeat(100_000),
    ],
    ...['{"type":"hello"}', '{"type":"retry","more":1}', '{"type":"response","id":1}', Buffer.from([1, 2, 3])],
    '{"type":"response","id":-1,"status":200,"headers":{},"body":"","truncated":false}',
    '{"type":"response","id":1,"status":20000,"headers":{},"body":"","truncated":false}',
    '{"type":"failure","id":1,"error":"nonsense","detail":""}',
  ]
  for (const frame of frames) {
    const client = await TunnelClient.open(t, place)
    client.socket.send(frame)
    assert.equal(await client.closed, 1008, String(frame).slice(0, 100))
  }
  const early = await TunnelClient.connect(t, place)
  early.say({ type: 'retry' })
  assert.equal(await early.closed, 1008)
  const huge = await TunnelClient.open(t, place)
  huge.socket.send('x'.repeat(300 * 1024))
  assert.equal(await huge.closed, 1009)
  const event = await publish()
  assert.equal((await attempted(event, honest)).state, 'delivered')
})

test('an answer counts once, and only for a request of the same connection', async (t) => {
  const { place, publish, attempted } = await open(t)
  const [one, two] = [await TunnelClient.open(t, place), await TunnelClient.open(t, place)]
  const event = await publish()
  const [first, second] = [await one.request(), await two.request()]
  assert.equal(first.id, second.id, 'numbers are of a connection')
  two.respond(second, 500)
  two.respond(first, 200)
  two.respond({ id: 77 }, 200)
  const failed = await attempted(event, two)
  assert.deepEqual([failed.state, failed.attempts.length], ['dead_letter', 1])
  one.respond(first, 201)
  assert.equal((await attempted(event, one)).attempts[0].response.status, 201)
  for (let answers = 0; answers < 200; answers++) two.respond({ id: 1_000 }, 200)
  assert.equal(await two.closed, 1008, 'but not for ever')
})

test('of a response is kept what is kept of any other', async (t) => {
  const { place, publish, attempted } = await open(t)
  const client = await TunnelClient.open(t, place)
  const event = await publish()
  const request = await client.request()
  const raw = {
    body: `\u0000\ud800${'€'.repeat(20_000)}`,
    headers: JSON.parse('{"x-lines":"a\\r\\nb","x-half":"\\udc00","__proto__":"p","constructor":["c","d"]}'),
  }
  client.respond(request, 200, raw)
  const { attempts } = await attempted(event, client)
  const { body, truncated, headers } = attempts[0].response
  assert.equal(truncated, true)
  assert.match(body, /^\ufffd\ufffd€+\ufffd?$/)
  assert(Buffer.byteLength(body) <= 16 * 1024 + 3)
  assert.deepEqual(
    { ...headers },
    { ...JSON.parse('{"__proto__":"p"}'), 'x-lines': 'a  b', 'x-half': '\ufffd', constructor: ['c', 'd'] },
  )
  const next = await publish()
  client.respond(await client.request(), 200, { headers: { 'x-long': 'x'.repeat(20_000) } })
  assert.equal((await attempted(next, client)).attempts[0].error, 'response_rejected')
})

test('a CLI that is silent, deaf or no longer allowed is found out in time', async (t) => {
  const { server, path, place, publish, attempted } = await open(t)
  const key = await server.createKey(path, ['manage'])
  const [silent, deaf, mute, revoked] = await Promise.all([
    TunnelClient.open(t, place),
    TunnelClient.open(t, place),
    TunnelClient.connect(t, place),
    TunnelClient.connect(t, place, { key }),
  ])
  revoked.hello()
  await revoked.next()
  const { json } = await server.request('GET', `${path}/keys`)
  const created = performance.now()
  const event = await publish({ text: 'x'.repeat(100_000) })
  await silent.request()
  // It no longer reads, so it hears no ping.
  deaf.socket.pause()
  assert.equal((await server.request('DELETE', `${path}/keys/${json.data[0].id}`)).status, 204)
  const [spurious, interrupted, missing] = await Promise.all([
    attempted(event, silent),
    attempted(event, deaf),
    mute.closed,
    revoked.closed.then((code) => assert.equal(code, 4003)),
  ])
  assert.equal(missing, 1008, 'who says no hello')
  assert.deepEqual([spurious.state, spurious.attempts[0].error], ['dead_letter', 'timeout'])
  assert.deepEqual([interrupted.state, interrupted.attempts[0].error], ['retrying', 'reset'])
  assert(performance.now() - created < 25_000)
  deaf.drop()
})

test('a workspace has a hundred tunnels at the most, and they are not counted as endpoints', async (t) => {
  const { server, path, place } = await open(t, { ATLAS_MAX_ENDPOINTS_PER_WORKSPACE: '1' })
  const clients = await Promise.all(Array.from({ length: 100 }, () => TunnelClient.open(t, place)))
  const refused = await TunnelClient.connect(t, place)
  refused.hello()
  assert.equal((await refused.next()).problem.code, 'conflict')
  const [lost] = clients
  assert(lost)
  lost.drop()
  await TunnelClient.open(t, place, { resume: lost.welcome.endpoint })
  const body = { url: 'http://127.0.0.1:3000/' }
  assert.equal((await server.request('POST', `${path}/endpoints`, { body })).status, 201)
})
