import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { selfSignedCertificate } from '../../server/testing/certificate.ts'
import {
  answer,
  breakOff,
  drip,
  flood,
  hang,
  manyHeaders,
  notHttp,
  Receiver,
  reset,
} from '../../server/testing/receiver.ts'
import { forward, type LocalFailure, type LocalOutcome, type LocalResponse } from './forwarder.ts'

const headers = { 'Content-Type': 'application/json', 'Atlas-Event': 'deal.created' }
const body = '{"note":"Zürich – €"}'

async function send(url: string, { timeoutMs = 10_000, skipVerify = false } = {}): Promise<LocalOutcome> {
  const { signal } = new AbortController()
  return await forward(new URL(url), { method: 'POST', headers, body, timeoutMs }, { skipVerify, signal })
}

const failed = async (...sending: Parameters<typeof send>) => ((await send(...sending)) as LocalFailure).error
const answered = async (...sending: Parameters<typeof send>) => (await send(...sending)) as LocalResponse

test('a request arrives as it was sent, and its response comes back', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.on('/a?b=c', answer(201, { 'x-one': '1', 'set-cookie': 'a=1' }, 'fine'))
  const response = await answered(receiver.url('/a?b=c'))
  assert.deepEqual([response.status, response.body, response.truncated], [201, 'fine', false])
  assert.deepEqual([response.headers['x-one'], response.headers['set-cookie']], ['1', ['a=1']])
  const [request] = receiver.requests()
  assert.equal(request?.body.toString(), body)
  assert.deepEqual(request?.rawHeaders.slice(0, 4), ['Content-Type', 'application/json', 'Atlas-Event', 'deal.created'])
  assert.equal(request?.headers['content-length'], String(Buffer.byteLength(body)))
})

test('of a long response the beginning is kept, and the rest is not waited for', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.on('/flood', flood(50_000_000))
  receiver.on('/brim', answer(200, {}, 'x'.repeat(16 * 1024)))
  const response = await answered(receiver.url('/flood'))
  assert.deepEqual([response.body.length, response.truncated], [16 * 1024, true])
  const brim = await answered(receiver.url('/brim'))
  assert.deepEqual([brim.body.length, brim.truncated], [16 * 1024, false])
})

test('each way to fail has its word', async (t) => {
  const receiver = await Receiver.start(t)
  const secure = await Receiver.start(t, { tls: selfSignedCertificate('127.0.0.1') })
  const on = (path: string, behaviour: Parameters<Receiver['on']>[1]) => {
    receiver.on(path, behaviour)
    return receiver.url(path)
  }
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  closed.close()
  assert.equal(await failed(`http://127.0.0.1:${port}/`), 'refused')
  assert.equal(await failed(`http://localhost:${port}/`), 'refused')
  assert.equal(await failed(on('/hang', hang), { timeoutMs: 100 }), 'timeout')
  assert.equal(await failed(on('/drip', drip(10)), { timeoutMs: 200 }), 'timeout', 'a byte now and then is no progress')
  assert.equal(await failed(on('/reset', reset)), 'reset')
  assert.equal(await failed(on('/half', breakOff)), 'reset')
  assert.equal(await failed(on('/mail', notHttp)), 'response_rejected')
  assert.equal(await failed(on('/headers', manyHeaders(40_000))), 'response_rejected')
  assert.equal(await failed(secure.url()), 'tls')
  assert.equal((await answered(secure.url(), { skipVerify: true })).status, 200)
  assert.equal(await failed(receiver.url().replace('http:', 'https:')), 'tls')
  assert.equal(await failed('http://no-such-host.invalid/'), 'dns')
})

test('a request ends with the connection that it came through', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.on('/hang', hang)
  const connection = new AbortController()
  const sent = { method: 'POST', headers, body, timeoutMs: 60_000 }
  const pending = forward(new URL(receiver.url('/hang')), sent, { skipVerify: false, signal: connection.signal })
  await receiver.waitFor(1)
  connection.abort()
  assert('error' in (await pending))
})
