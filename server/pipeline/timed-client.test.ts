import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import tls from 'node:tls'
import { Pool } from 'undici'
import { parseCidrs } from '../domain/target.ts'
import { selfSignedCertificate } from '../testing/certificate.ts'
import { Exchange, type Reply } from './exchange.ts'
import { createTargetConnector, type Lookup } from './target-connector.ts'
import { TimedClient } from './timed-client.ts'

const certificate = selfSignedCertificate('hooks.example')
tls.setDefaultCACertificates([certificate.cert])
// Rounding, and timers that fire a little early.
const tolerance = 2

interface Given {
  readonly answer?: RequestListener
  readonly lookup?: Lookup
  readonly secure?: boolean
  readonly host?: string
}

/** What sends requests to a server of its own, and resolves with what came of each. */
async function open(t: TestContext, { answer = answered, lookup, secure = false, host = 'hooks.example' }: Given = {}) {
  const server = secure ? createTlsServer(certificate, answer) : createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const allowed = parseCidrs('127.0.0.0/8')
  assert(allowed.ok)
  const policy = { allowHttp: true, allowed: allowed.cidrs }
  const connect = createTargetConnector(policy, { lookup: lookup ?? (async () => ['127.0.0.1']) })
  const { port } = server.address() as AddressInfo
  const pool = new Pool(`${secure ? 'https' : 'http'}://${host}:${port}`, {
    factory: (origin, options) => new TimedClient(origin, options, connect),
    allowH2: false,
    pipelining: 1,
  })
  t.after(async () => {
    await pool.destroy()
    server.closeAllConnections()
    server.close()
  })
  return (timeoutSeconds = 5): Promise<Reply> =>
    new Promise((resolve) => {
      pool.dispatch({ path: '/', method: 'POST', body: '{}' }, new Exchange(timeoutSeconds, null, resolve))
    })
}

const answered: RequestListener = (_request, response) => response.end('ok')

test('the parts of an attempt on a new connection are told apart, and a kept connection has the last only', async (t) => {
  const lookup: Lookup = async () => {
    await sleep(60)
    return ['127.0.0.1']
  }
  const answer: RequestListener = async (_request, response) => {
    await sleep(90)
    response.end('ok')
  }
  const send = await open(t, { lookup, answer, secure: true })
  const { timings } = await send()
  assert(timings)
  const { dnsMs, connectMs, tlsMs, firstByteMs } = timings
  assert(dnsMs !== null && dnsMs >= 60 - tolerance, `dns ${dnsMs}`)
  assert(firstByteMs !== null && firstByteMs >= 90 - tolerance, `first byte ${firstByteMs}`)
  // What was waited for elsewhere is in none of them.
  assert(connectMs !== null && connectMs < 60, `connect ${connectMs}`)
  assert(tlsMs !== null && tlsMs < 60, `tls ${tlsMs}`)

  // The pool has its connection back a moment after the answer.
  await turn()
  const kept = (await send()).timings
  assert(kept?.firstByteMs !== null && kept !== null && kept.firstByteMs >= 90 - tolerance)
  assert.deepEqual({ ...kept, firstByteMs: 0 }, { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: 0 })
})

test('requests at the same time each have the connection that they travelled on', async (t) => {
  const send = await open(t)
  const replies = await Promise.all([send(), send(), send()])
  for (const { timings } of replies) {
    assert(timings)
    const { dnsMs, connectMs, tlsMs, firstByteMs } = timings
    assert.deepEqual([dnsMs === null, connectMs === null, tlsMs, firstByteMs === null], [false, false, null, false])
  }
})

test('an address needs no DNS', async (t) => {
  const send = await open(t, { host: '127.0.0.1' })
  const { timings } = await send()
  assert.deepEqual([timings?.dnsMs, timings?.connectMs === null], [null, false])
})

test('what a lookup that failed took is told, and nothing of what did not come after', async (t) => {
  const lookup: Lookup = async () => {
    await sleep(60)
    throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
  }
  const send = await open(t, { lookup })
  const { failure, timings } = await send()
  assert.equal(failure?.error, 'dns')
  assert(timings?.dnsMs !== null && timings !== null && timings.dnsMs >= 60 - tolerance)
  assert.deepEqual({ ...timings, dnsMs: 0 }, { dnsMs: 0, connectMs: null, tlsMs: null, firstByteMs: null })
})

test('an attempt that ran out of time tells how far it came', async (t) => {
  const silent = await open(t, { answer: () => {} })
  const { failure, timings } = await silent(0.1)
  assert.equal(failure?.error, 'timeout')
  assert.deepEqual([timings?.dnsMs === null, timings?.connectMs === null, timings?.firstByteMs], [false, false, null])

  const unresolved = await open(t, { lookup: () => new Promise(() => {}) })
  const late = await unresolved(0.1)
  assert.equal(late.failure?.error, 'timeout')
  assert.deepEqual(late.timings, { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null })
})
