import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { afterEach, describe, it } from 'node:test'
import tls from 'node:tls'
import { Agent, type buildConnector, errors, request } from 'undici'
import { parseCidrs, type TargetPolicy } from '../domain/target.ts'
import { selfSignedCertificate, type TestCertificate } from '../testing/certificate.ts'
import {
  BlockedAddress,
  BlockedTarget,
  createTargetConnector,
  type Lookup,
  ResolveFailed,
  resolveTarget,
  type TargetConnectorOptions,
} from './target-connector.ts'
import { TlsFailed } from './tls-failure.ts'

const strict: TargetPolicy = { allowHttp: true, allowed: [] }
const loopback = opening('127.0.0.0/8,::1/128')
const trusted = selfSignedCertificate('hooks.example')
const addressed = selfSignedCertificate('127.0.0.1', '::ffff:127.0.0.1')
tls.setDefaultCACertificates([trusted.cert, addressed.cert])

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function opening(text: string): TargetPolicy {
  const result = parseCidrs(text)
  assert.ok(result.ok)
  return { allowHttp: true, allowed: result.cidrs }
}

interface Receiver {
  readonly port: number
  connections: number
  readonly servernames: (string | false | null)[]
}

/** A real server on 127.0.0.1 that counts the connections it gets; with a certificate it speaks TLS. */
async function receiver({ cert, key }: Partial<TestCertificate> = {}): Promise<Receiver> {
  const answer: RequestListener = (_request, response) => response.end('ok')
  const server: Server = cert && key ? createHttpsServer({ cert, key }, answer) : createHttpServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const seen: Receiver = { port: (server.address() as AddressInfo).port, connections: 0, servernames: [] }
  server.on('connection', () => seen.connections++)
  server.on('secureConnection', (socket: tls.TLSSocket) => seen.servernames.push(socket.servername))
  cleanups.push(() => new Promise((resolve) => server.close(resolve)))
  return seen
}

async function post(url: string, policy: TargetPolicy, options: TargetConnectorOptions = {}): Promise<string> {
  const agent = new Agent({ connect: createTargetConnector(policy, options), allowH2: false })
  cleanups.push(() => agent.destroy())
  const { body } = await request(url, { method: 'POST', body: 'x', dispatcher: agent })
  return body.text()
}

const names =
  (...addresses: string[]): Lookup =>
  async () =>
    addresses

async function blocked(attempt: Promise<unknown>, address: string, range: string): Promise<void> {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof BlockedAddress, String(error))
    assert.deepEqual([error.address, error.range], [address, range])
    return true
  })
}

describe('the target connector', () => {
  it('connects to an address that the operator opened, literal or behind a name', async () => {
    const { port } = await receiver()
    assert.equal(await post(`http://127.0.0.1:${port}/`, loopback), 'ok')
    assert.equal(await post(`http://2130706433:${port}/`, loopback), 'ok')
    assert.equal(await post(`http://[::ffff:127.0.0.1]:${port}/`, loopback), 'ok')
    assert.equal(await post(`http://hooks.example:${port}/`, loopback, { lookup: names('127.0.0.1') }), 'ok')
    assert.equal(await post(`http://localhost:${port}/`, loopback), 'ok')
  })

  it('refuses literal addresses, for which Node.js calls no lookup', async () => {
    const target = await receiver()
    const hosts = [
      '127.0.0.1',
      '127.1',
      '0x7f000001',
      '0177.0.0.1',
      '2130706433',
      '127.0.0.1.',
      '\u2460\u2461\u2466.0.0.1',
    ]
    for (const host of hosts) {
      await blocked(post(`http://${host}:${target.port}/`, strict), '127.0.0.1', '127.0.0.0/8')
    }
    await blocked(post(`http://0:${target.port}/`, strict), '0.0.0.0', '0.0.0.0/8')
    await blocked(post(`http://[::1]:${target.port}/`, strict), '::1', '::1/128')
    await blocked(post(`http://[::]:${target.port}/`, strict), '::', '::/128')
    await blocked(post(`http://[::127.0.0.1]:${target.port}/`, strict), '::7f00:1', '::/96')
    await blocked(post(`http://[::ffff:127.0.0.1]:${target.port}/`, strict), '::ffff:7f00:1', '127.0.0.0/8')
    await blocked(post(`http://[64:ff9b::127.0.0.1]:${target.port}/`, strict), '64:ff9b::7f00:1', '64:ff9b::/96')
    await blocked(post(`http://[2002:7f00:1::]:${target.port}/`, strict), '2002:7f00:1::', '2002::/16')
    assert.equal(target.connections, 0)
  })

  it('refuses a name of the system that leads to loopback', async () => {
    const target = await receiver()
    await assert.rejects(post(`http://localhost:${target.port}/`, strict), BlockedAddress)
    assert.equal(target.connections, 0)
  })

  it('refuses a name that was public at save and is internal at the connection', async () => {
    const target = await receiver()
    const answers = [['8.8.8.8'], ['127.0.0.1']]
    const lookup: Lookup = async () => answers.shift() ?? []
    const saved = await resolveTarget('rebind.example', strict, lookup)
    assert.deepEqual(saved, { state: 'permitted', addresses: ['8.8.8.8'] })
    await blocked(post(`http://rebind.example:${target.port}/`, strict, { lookup }), '127.0.0.1', '127.0.0.0/8')
    assert.equal(target.connections, 0)
  })

  it('asks for the addresses once per connection and connects to what it judged', async () => {
    const target = await receiver()
    let asked = 0
    const lookup: Lookup = async () => (asked++ === 0 ? ['127.0.0.1'] : ['10.0.0.1'])
    assert.equal(await post(`http://hooks.example:${target.port}/`, loopback, { lookup }), 'ok')
    assert.equal(asked, 1)
  })

  it('refuses a name with one refused address among permitted ones', async () => {
    const target = await receiver()
    const only127 = opening('127.0.0.0/8')
    for (const addresses of [
      ['127.0.0.1', '10.0.0.1'],
      ['10.0.0.1', '127.0.0.1'],
    ]) {
      const attempt = post(`http://mixed.example:${target.port}/`, only127, { lookup: names(...addresses) })
      await blocked(attempt, '10.0.0.1', '10.0.0.0/8')
    }
    const mixed = await resolveTarget('mixed.example', strict, names('8.8.8.8', 'fd00::1'))
    assert.equal(mixed.state, 'blocked')
    assert.equal(target.connections, 0)
  })

  it('refuses IPv4-mapped answers and answers that are no address', async () => {
    const target = await receiver()
    const url = `http://hooks.example:${target.port}/`
    await blocked(post(url, strict, { lookup: names('::ffff:127.0.0.1') }), '::ffff:127.0.0.1', '127.0.0.0/8')
    await blocked(post(url, strict, { lookup: names('fe80::1%lo') }), 'fe80::1%lo', '')
    await blocked(post(url, strict, { lookup: names('localhost') }), 'localhost', '')
    assert.equal(target.connections, 0)
  })

  it('does not tell the owner which address a name has', async () => {
    const attempt = post('http://db.internal:8443/', strict, { lookup: names('10.20.30.40') })
    await assert.rejects(
      attempt,
      (error: Error) => !error.message.includes('10.20.30.40') && /10\.0\.0\.0\/8/.test(error.message),
    )
  })

  it('goes on to the next judged address when one does not answer', async () => {
    const { port } = await receiver()
    const lookup = names('127.0.0.2', '127.0.0.3', '127.0.0.1')
    assert.equal(await post(`http://hooks.example:${port}/`, loopback, { lookup }), 'ok')
  })

  it('tries eight addresses of a name at most', async () => {
    const target = await receiver()
    const lookup = names(...Array.from({ length: 8 }, (_, i) => `127.0.0.${i + 2}`), '127.0.0.1')
    await assert.rejects(post(`http://hooks.example:${target.port}/`, loopback, { lookup }), AggregateError)
    assert.equal(target.connections, 0)
  })

  it('shares one lookup between connections that wait for the same name', async () => {
    const target = await receiver()
    const gate = Promise.withResolvers<readonly string[]>()
    let asked = 0
    const lookup: Lookup = () => {
      asked++
      return gate.promise
    }
    const connect = createTargetConnector(loopback, { lookup })
    const agent = new Agent({ connect, allowH2: false, pipelining: 1 })
    cleanups.push(() => agent.destroy())
    const url = `http://hooks.example:${target.port}/`
    const requests = [1, 2, 3].map(() => request(url, { dispatcher: agent }).then(({ body }) => body.text()))
    await new Promise(setImmediate)
    gate.resolve(['127.0.0.1'])
    assert.deepEqual(await Promise.all(requests), ['ok', 'ok', 'ok'])
    assert.equal(target.connections, 3)
    assert.equal(asked, 1)
  })

  it('reports a name without addresses as ResolveFailed with the code of the system', async () => {
    const lookup: Lookup = async () => {
      throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
    }
    await assert.rejects(post('http://gone.example/', strict, { lookup }), (error) => {
      assert.ok(error instanceof ResolveFailed)
      assert.deepEqual([error.hostname, error.code], ['gone.example', 'ENOTFOUND'])
      return true
    })
    await assert.rejects(post('http://empty.example/', strict, { lookup: names() }), ResolveFailed)
  })

  it('ends a lookup that never answers at the connect timeout', async () => {
    const lookup: Lookup = () => new Promise(() => {})
    const attempt = post('http://slow.example/', strict, { lookup, timeoutMs: 20 })
    await assert.rejects(attempt, errors.ConnectTimeoutError)
  })

  it('applies the rules for URLs again, which may be stricter than at save', async () => {
    const target = await receiver()
    const lookup = names('127.0.0.1')
    const httpsOnly = { ...loopback, allowHttp: false }
    await assert.rejects(post(`http://hooks.example:${target.port}/`, httpsOnly, { lookup }), BlockedTarget)
    await assert.rejects(post('http://hooks.example:5432/', loopback, { lookup }), BlockedTarget)
    await assert.rejects(post('http://127.0.0.1:25/', loopback), BlockedTarget)
    assert.equal(target.connections, 0)
  })

  it('judges hosts that no URL parser has seen', async () => {
    const target = await receiver()
    const connect = createTargetConnector(strict)
    for (const hostname of ['127.1', '0x7f000001', 'fe80::1%lo', '::ffff:127.0.0.1', 'localhost/', 'a@localhost', '']) {
      const options: buildConnector.Options = { hostname, host: hostname, protocol: 'http:', port: `${target.port}` }
      await assert.rejects(
        new Promise((resolve, reject) =>
          connect(options, (error, socket) => (error ? reject(error) : resolve(socket))),
        ),
        BlockedTarget,
        hostname,
      )
    }
    assert.equal(target.connections, 0)
  })
})

describe('the target connector over TLS', () => {
  it('verifies and names the original host, not the address', async () => {
    const target = await receiver(trusted)
    const lookup = names('127.0.0.1')
    assert.equal(await post(`https://hooks.example:${target.port}/`, loopback, { lookup }), 'ok')
    assert.deepEqual(target.servernames, ['hooks.example'])
  })

  it('verifies an address as an address and sends no TLS name for it', async () => {
    const target = await receiver(addressed)
    assert.equal(await post(`https://127.0.0.1:${target.port}/`, loopback), 'ok')
    assert.equal(await post(`https://[::ffff:127.0.0.1]:${target.port}/`, loopback), 'ok')
    assert.deepEqual(target.servernames, [false, false])
  })

  it('leaves the trailing dot of a host to DNS', async () => {
    const target = await receiver(trusted)
    const asked: string[] = []
    const lookup: Lookup = async (hostname) => {
      asked.push(hostname)
      return ['127.0.0.1']
    }
    assert.equal(await post(`https://hooks.example.:${target.port}/`, loopback, { lookup }), 'ok')
    assert.deepEqual(asked, ['hooks.example.'])
    assert.deepEqual(target.servernames, ['hooks.example'])
  })

  it('fails with TlsFailed on a certificate that nobody trusts', async () => {
    const target = await receiver(selfSignedCertificate('hooks.example'))
    const attempt = post(`https://hooks.example:${target.port}/`, loopback, { lookup: names('127.0.0.1') })
    await assert.rejects(attempt, (error) => {
      assert.ok(error instanceof TlsFailed, String(error))
      assert.equal(error.code, 'DEPTH_ZERO_SELF_SIGNED_CERT')
      return true
    })
  })

  it('verifies even where the environment says not to', async () => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    cleanups.push(async () => {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
    })
    const target = await receiver(selfSignedCertificate('hooks.example'))
    const attempt = post(`https://hooks.example:${target.port}/`, loopback, { lookup: names('127.0.0.1') })
    await assert.rejects(attempt, TlsFailed)
  })

  it('fails with TlsFailed on a trusted certificate for another host, the second time too', async () => {
    const target = await receiver(trusted)
    const agent = new Agent({
      connect: createTargetConnector(loopback, { lookup: names('127.0.0.1') }),
      allowH2: false,
    })
    cleanups.push(() => agent.destroy())
    for (let i = 0; i < 2; i++) {
      await assert.rejects(request(`https://other.example:${target.port}/`, { dispatcher: agent }), (error) => {
        assert.ok(error instanceof TlsFailed, String(error))
        assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID')
        return true
      })
    }
    await assert.rejects(post(`https://127.0.0.1:${target.port}/`, loopback), TlsFailed)
  })

  it('takes the TLS name from the URL, not from a Host header', async () => {
    const target = await receiver(trusted)
    const agent = new Agent({
      connect: createTargetConnector(loopback, { lookup: names('127.0.0.1') }),
      allowH2: false,
    })
    cleanups.push(() => agent.destroy())
    const headers = { host: 'hooks.example' }
    const attempt = request(`https://other.example:${target.port}/`, { dispatcher: agent, headers })
    await assert.rejects(attempt, TlsFailed)
    assert.deepEqual(
      target.servernames.filter((name) => name === 'hooks.example'),
      [],
    )
  })

  it('fails with TlsFailed where the target speaks no TLS', async () => {
    const target = await receiver()
    const attempt = post(`https://hooks.example:${target.port}/`, loopback, { lookup: names('127.0.0.1') })
    await assert.rejects(attempt, TlsFailed)
  })
})

describe('resolveTarget', () => {
  it('judges literal hosts as URLs write them, without a lookup', async () => {
    const lookup: Lookup = () => assert.fail('looked up')
    assert.equal((await resolveTarget('[::1]', strict, lookup)).state, 'blocked')
    assert.equal((await resolveTarget('127.0.0.1', strict, lookup)).state, 'blocked')
    assert.deepEqual(await resolveTarget('[2606:4700::1111]', strict, lookup), {
      state: 'permitted',
      addresses: ['2606:4700::1111'],
    })
  })

  it('tells a name that does not resolve, or not in time, from a refused one', async () => {
    const failing: Lookup = async () => {
      throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
    }
    assert.equal((await resolveTarget('gone.example', strict, failing)).state, 'unresolved')
    const hanging: Lookup = () => new Promise(() => {})
    const slow = await resolveTarget('slow.example', strict, hanging, 10)
    assert.equal(slow.state === 'unresolved' && slow.error.code, 'ETIMEOUT')
    const local = await resolveTarget('localhost', strict)
    assert.equal(local.state === 'blocked' && local.error instanceof BlockedAddress, true)
  })
})
