import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect, createServer as createSocketServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import Stripe from 'stripe'
import { selfSignedCertificate } from '../../server/testing/certificate.ts'
import { eventually } from '../../server/testing/eventually.ts'
import { TestNodes } from '../../server/testing/nodes.ts'
import { answer, gate, Receiver } from '../../server/testing/receiver.ts'
import { ServerProcess } from '../../server/testing/server-process.ts'
import { CliProcess } from '../testing/cli-process.ts'

async function freePort(): Promise<number> {
  const server = createSocketServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function open(t: TestContext) {
  const receiver = await Receiver.start(t)
  const port = await freePort()
  const server = await ServerProcess.start(t, { env: { ATLAS_PORT: String(port) } })
  return { ...(await drive(server)), receiver, server }
}

async function drive(server: ServerProcess) {
  const path = await server.createWorkspace()
  return {
    path,
    place: { server: server.url, workspace: path.replace('/v1/workspaces/', '') },
    async publish(type = 'deal.created', data: unknown = {}, through = server): Promise<string> {
      const { status, json } = await through.request('POST', `${path}/events`, { type, data })
      assert.equal(status, 202)
      return json.id
    },
    /** The deliveries of an event, as soon as all of them are in this state. */
    async delivered(event: string, count = 1, state = 'delivered') {
      let last = ''
      return await eventually(
        async () => {
          const { json } = await server.request('GET', `${path}/deliveries?event=${event}`)
          last = JSON.stringify(json.data)
          const there = json.data.filter((delivery: { state: string }) => delivery.state === state)
          return there.length === count ? there : null
        },
        { describe: () => last, within: 40_000 },
      )
    },
  }
}

const secretIn = async (cli: CliProcess): Promise<string> => (await cli.says(/secret is (whsec_\S+)/))[1] ?? ''

test('on a terminal: listen, publish, kill the server, start it again, go on', async (t) => {
  const { receiver, server, place, publish, delivered } = await open(t)
  const args = ['webhooks', 'listen', '--forward-to', receiver.url('/hook'), '--headers', 'X-Team: crm']
  const cli = await CliProcess.start(t, place, args, { terminal: true })
  const secret = await secretIn(cli)
  assert.match(cli.output, /Connecting to http/)
  const first = await publish('deal.created', { value: 48_000 })
  await delivered(first)
  const [request] = receiver.requests('/hook')
  assert(request)
  const event = Stripe.webhooks.constructEvent(request.body, request.headers['atlas-signature'] ?? '', secret)
  assert.equal(event.id, first)
  assert.equal(request.headers['x-team'], 'crm')
  await cli.says(new RegExp(`  --> deal.created \\[${first}\\]`))
  await cli.says(new RegExp(` <--  \\[200\\] POST ${receiver.url('/hook')} \\[${first}\\] \\d+ ms`))
  assert(cli.raw.includes('\u001b[32m[200]'), 'in green')

  const { behaviour, open: answerIt } = gate()
  receiver.on('/hook', behaviour)
  const underWay = await publish()
  await receiver.waitFor(2, '/hook')
  await server.kill()
  await cli.says(/Disconnected: the connection was lost/)
  answerIt()
  receiver.on('/hook', answer(204))
  const startedAt = performance.now()
  await server.start()
  const soonAfter = await publish()
  await cli.says(/Connected again/)
  await delivered(underWay)
  await delivered(soonAfter)
  t.diagnostic(`everything was there ${Math.round(performance.now() - startedAt)} ms after the server was started`)
  const requests = receiver.requests('/hook')
  for (const { body, headers } of requests) {
    Stripe.webhooks.constructEvent(body, headers['atlas-signature'] ?? '', secret)
  }
  const arrived = requests.map(({ headers }) => headers['atlas-delivery'])
  assert.deepEqual(new Set(arrived), new Set([first, underWay, soonAfter]))
  cli.type('\u0003')
  assert.equal(await cli.exited, 0)
})

test('Ctrl-C while it connects again ends it in order, whether nobody is there or somebody who says nothing', async (t) => {
  for (const silent of [false, true]) {
    const { receiver, server, place } = await open(t)
    const args = ['webhooks', 'listen', '--forward-to', receiver.url('/hook')]
    const cli = await CliProcess.start(t, place, args, { terminal: true })
    await secretIn(cli)
    await server.kill()
    await cli.says(/Connecting again/)
    if (silent) {
      const mute = createSocketServer().listen(Number(new URL(server.url).port), '127.0.0.1')
      await once(mute, 'listening')
      const [socket] = await once(mute, 'connection')
      t.after(() => [socket.destroy(), mute.close()])
    }
    cli.type('\u0003')
    assert.equal(await cli.exited, 0)
  }
})

test('a local server that is away is reported, and what failed is tried again when it is back if that was asked for', async (t) => {
  const { server, path, place, publish, delivered } = await open(t)
  const port = await freePort()
  const listen = (...more: string[]) =>
    CliProcess.start(t, place, ['webhooks', 'listen', '--forward-to', String(port), ...more])
  const [patient, hasty] = [await listen('--retry'), await listen()]
  for (const cli of [patient, hasty]) await secretIn(cli)
  const event = await publish()
  for (const cli of [patient, hasty])
    await cli.says(/<-- {2}\[refused\] POST http:\/\/localhost:\d+\/ \[\w+\] \d+ ms: connect ECONNREFUSED/)
  const [failed] = await delivered(event, 1, 'dead_letter')
  const { attempts } = (await server.request('GET', `${path}/deliveries/${failed.id}`)).json
  assert.deepEqual([attempts.length, attempts[0].error, attempts[0].response], [1, 'refused', null])
  await delivered(event, 1, 'retrying')
  const local = await localServer(t, port)
  await once(local, 'request')
  const [done] = await delivered(event)
  assert(done.attempt_count >= 2)
})

async function localServer(t: TestContext, port: number, host = '127.0.0.1'): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume()
    response.end('back')
  }).listen(port, host)
  t.after(() => server.close())
  await once(server, 'listening')
  return server
}

test('two at once both get every event, with one secret, and for programs each line is JSON', async (t) => {
  const { receiver, server, path, place, publish, delivered } = await open(t)
  const settings = await CliProcess.settingsFolder(t)
  const listen = (...args: string[]) => CliProcess.start(t, { ...place, settings }, ['webhooks', ...args])
  const printed = await listen('listen', '--print-secret')
  assert.equal(await printed.exited, 0)
  const json = await listen('listen', '--forward-to', receiver.url('/json'), '--format', 'json', '--events', 'deal.*')
  const text = await listen('listen', '--forward-to', receiver.url('/text'))
  const secrets = [printed.output.trim(), await secretIn(json), await secretIn(text)]
  assert.equal(new Set(secrets).size, 1)
  assert(!text.raw.includes('\u001b'), 'no colours where there is no terminal')

  receiver.on('/json', answer(500, { 'x-answer': 'no' }, 'broken'))
  const deal = await publish('deal.created', { value: 1 })
  const contact = await publish('contact.created')
  await delivered(contact)
  await delivered(deal, 1, 'dead_letter')
  await delivered(deal, 1)
  await json.says(/"kind":"response"/)
  const lines = json.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    lines.map(({ kind, event, type, status }) => [kind, event, type, status]),
    [
      ['ready', undefined, undefined, undefined],
      ['request', deal, 'deal.created', undefined],
      ['response', deal, 'deal.created', 500],
    ],
  )
  const [ready, request, response] = lines
  assert.deepEqual([ready.secret, ready.forward_to], [secrets[0], receiver.url('/json')])
  assert.deepEqual(request.body.data, { value: 1 })
  assert.equal(response.headers['x-answer'], 'no')
  assert.deepEqual([response.body, response.attempt], ['broken', 1])
  assert.match(json.errors, /Ready!/)

  json.kill('SIGINT')
  assert.equal(await json.exited, 0)
  const left = await eventually(async () => {
    const { data } = (await server.request('GET', `${path}/endpoints`)).json
    return data.length === 1 ? data : null
  })
  assert.equal((await server.request('POST', `${path}/endpoints/${left[0].id}/disable`)).status, 200)
  assert.equal(await text.exited, 1)
  assert.match(text.errors, /error: the tunnel was closed on the server/)
})

test('a CLI serves events of all nodes, and goes on with another one behind the same address', async (t) => {
  const [nodes, receiver] = await Promise.all([TestNodes.start(t, 2), Receiver.start(t)])
  const [one, two] = nodes.servers
  assert(one && two)
  const { place, publish, delivered } = await drive(two)
  // What stands in front of several nodes: it leads to the second when the first is gone.
  let target = new URL(one.url)
  const balancer = createSocketServer((socket) => {
    const onward = socket.pipe(connectTo(target))
    onward.pipe(socket)
    for (const end of [socket, onward])
      end.on('error', () => {}).once('close', () => [socket, onward].map((each) => each.destroy()))
  }).listen(0, '127.0.0.1')
  t.after(() => balancer.close())
  await once(balancer, 'listening')
  const server = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`
  const cli = await CliProcess.start(t, { ...place, server }, ['webhooks', 'listen', '--forward-to', receiver.url('/')])
  await secretIn(cli)
  for (const node of [one, two]) await delivered(await publish('deal.created', {}, node))
  target = new URL(two.url)
  await one.kill()
  await cli.says(/Connected again/)
  await delivered(await publish())
})

function connectTo({ hostname, port }: URL) {
  return connect(Number(port), hostname)
}

test('what is typed wrong is said in a line, with the code for it', async (t) => {
  const { server, path, place } = await open(t)
  const run = async (args: readonly string[], more: Partial<typeof place> & { key?: string } = {}) => {
    const cli = await CliProcess.start(t, { ...place, ...more }, ['webhooks', 'listen', ...args])
    const code = await cli.exited
    assert.equal(cli.output, '')
    return `${code} ${cli.errors.trim()}`
  }
  const { json: expiring } = await server.request('POST', `${path}/keys`, { name: 'k', scopes: ['read'] })
  assert.match(await run([]), /^2 error: --forward-to says where events go/)
  assert.match(await run(['--forward-to', 'htp://x']), /^2 error: --forward-to: "htp:\/\/x" is no place[^\n]+$/)
  assert.match(
    await run(['--forward-to', '3000', '--events', 'deal.craeted']),
    /^2 error: [^\n]*did you mean deal\.created\?$/,
  )
  assert.match(await run(['--forward-to', '3000', '--events', 'deal.{']), /^2 error: --events: [^\n]+$/)
  assert.match(await run(['--forward-to', '3000', '--filter', 'deal.value >']), /^2 error: --filter: [^\n]+$/)
  assert.match(await run(['--forward-to', '3000', '--headers', 'Host: x']), /^2 error: --headers: Host is reserved$/)
  assert.match(await run(['--forward-to', '3000', '--headers', 'nothing']), /^2 error: --headers takes [^\n]+$/)
  assert.match(
    await run(['--forward-to', '3000', '--format', 'xml']),
    /^2 error: [^\n]*Allowed choices are text, json\.$/,
  )
  const wrongKey = { key: `atlas_ws_${'0'.repeat(50)}` }
  assert.match(await run(['--forward-to', '3000'], wrongKey), /^1 error: [^\n]*unknown, expired or revoked[^\n]*$/)
  assert.match(
    await run(['--forward-to', '3000'], { key: expiring.key }),
    /^1 error: [^\n]*lacks the scope "manage"[^\n]*$/,
  )
  assert.match(await run(['--forward-to', '3000'], { workspace: 'none' }), /^1 error: There is no workspace[^\n]*$/)
  const nobody = { server: `http://127.0.0.1:${await freePort()}` }
  assert.match(
    await run(['--forward-to', '3000'], nobody),
    /^1 error: http:\S+ did not answer: [^\n]*ECONNREFUSED[^\n]*$/,
  )
})

test('a server that has no tunnels, or is none, is told from one that is away', async (t) => {
  const start = async (status: number, body: unknown) => {
    const server = createServer(({ url }, response) => {
      if (url === '/healthz') response.end(JSON.stringify({ status: 'ok', version: '0.1.0' }))
      else response.writeHead(status).end(JSON.stringify(body))
    })
    t.after(() => server.close())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const place = { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, workspace: 'default' }
    const cli = await CliProcess.start(t, place, ['webhooks', 'listen', '--forward-to', '3000'])
    return `${await cli.exited} ${cli.errors.trim()}`
  }
  const older = { code: 'not_found', detail: 'There is nothing at this path; /docs lists what there is.' }
  assert.match(await start(404, older), /^1 error: this server has no tunnels: is it of an older version\?$/)
  const newer = { code: 'bad_request', detail: 'This server speaks atlas-tunnel.v2. Use a CLI of its version.' }
  assert.match(await start(400, newer), /^1 error: This server speaks atlas-tunnel.v2. Use a CLI of its version$/)
  assert.match(await start(200, 'hello'), /^1 error: what answered was not Atlas: 200$/)
})

test('redirects are not followed, certificates are verified unless told otherwise, and --latest shows the last event', async (t) => {
  const { receiver, place, publish, delivered } = await open(t)
  const secure = await Receiver.start(t, { tls: selfSignedCertificate('127.0.0.1') })
  const last = await publish('deal.created', { value: 7 })
  receiver.on('/hook', answer(302, { location: receiver.url('/elsewhere') }))
  const start = async (...args: string[]) => {
    const cli = await CliProcess.start(t, place, ['webhooks', 'listen', '--forward-to', ...args])
    await secretIn(cli)
    return cli
  }
  const redirected = await start(receiver.url('/hook'), '--latest')
  await redirected.says(new RegExp(`\\[302\\] POST \\S+ \\[${last}\\]`))
  const [strict, lenient] = [await start(secure.url('/strict')), await start(secure.url('/lenient'), '--skip-verify')]
  await delivered(last, 1, 'dead_letter')
  assert.equal(receiver.requests('/elsewhere').length, 0)
  const event = await publish()
  await strict.says(/\[tls\] POST [^\n]*: self-signed certificate\n/)
  await strict.says(/--skip-verify accepts any certificate/)
  await lenient.says(/\[200\]/)
  await delivered(event)
  assert.equal(secure.requests('/strict').length, 0)
})

test('localhost is whichever of its addresses the local server listens on', async (t) => {
  const { place, publish, delivered } = await open(t)
  const port = await freePort()
  await localServer(t, port, '::1')
  const cli = await CliProcess.start(t, place, ['webhooks', 'listen', '--forward-to', `localhost:${port}/six`])
  await secretIn(cli)
  await delivered(await publish())
})
