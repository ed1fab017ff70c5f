import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import type { Receiver } from './receive.ts'
import { receive, receiveBatch } from './receive.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const event =
  '{"id":"evt_1","type":"deal.created","created":1,"api_version":"1","sequence":1,"data":{"note":"Zürich – €"}}'
const batch = '[{"specversion":"1.0","id":"aud_1","type":"pro.atmos.workspace.created","data":{}}]'

function signed(body: string): Record<string, string> {
  const time = Math.floor(Date.now() / 1000)
  const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
  return { 'content-type': 'application/json', 'atlas-signature': `t=${time},v1=${signature}` }
}

/** Serves a listener of Node.js until the test is over, and gives its URL. */
async function listen(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code

type Serve = (t: TestContext, receiver: Receiver) => Promise<(path: string, init: RequestInit) => Promise<Response>>

const overHttp = (url: string) => (path: string, init: RequestInit) => fetch(url + path, init)

/** Each server with a receiver on /hook, and JSON that it parses itself on /json. */
const servers: Readonly<Record<string, Serve>> = {
  async express(t, receiver) {
    const app = express()
    app.post('/hook', receiver.express)
    app.post('/json', express.json(), (request, response) => void response.json(request.body))
    app.use(((_error, _request, response, _next) => void response.status(500).end()) as express.ErrorRequestHandler)
    return overHttp(await listen(t, app))
  },
  async 'express behind express.raw'(t, receiver) {
    const app = express()
    app.post('/hook', express.raw({ type: '*/*', limit: 2_000 }), receiver.express)
    app.post('/json', express.json(), (request, response) => void response.json(request.body))
    app.use(
      ((error, _request, response, _next) =>
        void response.status(error.status ?? 500).end()) as express.ErrorRequestHandler,
    )
    return overHttp(await listen(t, app))
  },
  async 'node:http'(t, receiver) {
    const serve: RequestListener = async (request, response) => {
      if (request.url === '/json') return void request.pipe(response)
      await receiver.express(request, response).catch(() => void response.writeHead(500).end())
    }
    return overHttp(await listen(t, serve))
  },
  async fastify(t, receiver) {
    const app = fastify()
    app.register(receiver.fastify('/hook'))
    app.post('/json', async (request) => request.body)
    t.after(() => app.close())
    return overHttp(await app.listen({ host: '127.0.0.1', port: 0 }))
  },
  async hono(_t, receiver) {
    const app = new Hono()
    app.post('/hook', (c) => receiver.fetch(c.req.raw))
    app.post('/json', async (c) => c.json(await c.req.json()))
    app.onError((_error, c) => c.body(null, 500))
    return async (path, init) => app.request(path, init)
  },
  // A route of Next.js, Deno.serve, Bun.serve and a worker are functions from a request to a response.
  async fetch(_t, receiver) {
    return async (path, init) => {
      const request = new Request(`http://acme.example${path}`, init)
      if (path === '/json') return new Response(request.body)
      return await receiver.fetch(request).catch(() => new Response(null, { status: 500 }))
    }
  },
}

for (const [name, serve] of Object.entries(servers)) {
  test(`${name}: a genuine event is handled, and nothing else is`, async (t) => {
    const handled: string[] = []
    const receiver = receive(
      secret,
      async ({ id, type, data }) => void handled.push(`${id} ${type} ${JSON.stringify(data)}`),
      {
        bodyLimit: 2_000,
      },
    )
    const request = await serve(t, receiver)
    const send = (body: string, headers: Record<string, string>) => request('/hook', { method: 'POST', body, headers })

    assert.equal((await send(event, signed(event))).status, 204)
    assert.deepEqual(handled, ['evt_1 deal.created {"note":"Zürich – €"}'])

    const forged = await send(event.replace('€', '$'), signed(event))
    assert.equal(forged.status, 400)
    assert.equal(await codeOf(forged), 'bad_signature')
    assert.equal(await codeOf(await send(event, { 'content-type': 'application/json' })), 'malformed')
    const old = { 'atlas-signature': `t=1,v1=${createHmac('sha256', secret).update(`1.${event}`).digest('hex')}` }
    assert.equal(await codeOf(await send(event, { 'content-type': 'text/plain', ...old })), 'expired')
    assert.equal((await send('', signed(''))).status, 400)
    assert.equal((await send('x'.repeat(2_001), signed(''))).status, 413)
    assert.equal(handled.length, 1)

    const other = await request('/json', {
      method: 'POST',
      body: event,
      headers: { 'content-type': 'application/json' },
    })
    assert.deepEqual(await other.json(), JSON.parse(event), 'other routes parse as before')
  })

  test(`${name}: what a handler throws is a 500`, async (t) => {
    const request = await serve(
      t,
      receive([secret], () => Promise.reject(new Error('no')), {}),
    )
    assert.equal((await request('/hook', { method: 'POST', body: event, headers: signed(event) })).status, 500)
  })

  test(`${name}: a batch`, async (t) => {
    const ids: string[] = []
    const request = await serve(
      t,
      receiveBatch(secret, (events) => void ids.push(...events.map(({ id }) => id))),
    )
    const signature = `sha256=${createHmac('sha256', secret).update(batch).digest('hex')}`
    const headers = { 'content-type': 'application/cloudevents-batch+json', 'x-webhook-signature': signature }
    assert.equal((await request('/hook', { method: 'POST', body: batch, headers })).status, 204)
    assert.deepEqual(ids, ['aud_1'])
  })
}

test('a body of unknown length is read up to the limit', async (t) => {
  const receiver = receive(secret, () => {}, { bodyLimit: 1_000 })
  const endless = () =>
    new ReadableStream(
      { pull: (controller) => controller.enqueue(new Uint8Array(400).fill(0x20)) },
      { highWaterMark: 0 },
    )
  const init = { method: 'POST', headers: signed(''), duplex: 'half' as const }
  assert.equal((await receiver.fetch(new Request('http://acme.example/', { ...init, body: endless() }))).status, 413)
  const url = await listen(t, (request, response) => void receiver.express(request, response))
  // The connection ends under the sender, or the answer comes first.
  const answered = await fetch(url, { ...init, body: endless() }).then(
    ({ status }) => status,
    () => 'closed',
  )
  assert([413, 'closed'].includes(answered), String(answered))
})

test('a body that something has parsed already is an error that says so', async (t) => {
  const errors: unknown[] = []
  const app = express()
  app.use(express.json())
  app.post('/hook', receive(secret, () => {}).express)
  app.use(((error, _request, response, _next) => {
    errors.push(error)
    response.status(500).end()
  }) as express.ErrorRequestHandler)
  const url = await listen(t, app)
  assert.equal((await fetch(`${url}/hook`, { method: 'POST', body: event, headers: signed(event) })).status, 500)
  assert.match(String(errors[0]), /TypeError: the body was parsed before .* express\.json\(\)/)

  const read = new Request('http://acme.example/', { method: 'POST', body: event, headers: signed(event) })
  await read.text()
  await assert.rejects(receive(secret, () => {}).fetch(read), /TypeError: the body was parsed before/)
})

test('a secret that is none is refused when the receiver is made', () => {
  for (const bad of [undefined as unknown as string, '', [], ['secret'], 'whsec_']) {
    assert.throws(() => receive(bad, () => {}), /TypeError: .*secret/)
    assert.throws(() => receiveBatch(bad, () => {}), /TypeError: .*secret/)
  }
})

test('a function of a cloud whose body was parsed, but kept, is verified', async (t) => {
  const url = await listen(t, async (request, response) => {
    const rawBody = Buffer.concat(await request.toArray())
    const parsed = Object.assign(request, { rawBody, body: JSON.parse(rawBody.toString()) })
    await receive(secret, () => {}).express(parsed, response)
  })
  assert.equal((await fetch(url, { method: 'POST', body: event, headers: signed(event) })).status, 204)
})
