import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Agent } from 'undici'
import type { AttemptError } from '../domain/attempt.ts'
import {
  answer,
  type Behaviour,
  breakOff,
  drip,
  flood,
  hang,
  manyHeaders,
  notHttp,
  Receiver,
  reset,
} from '../testing/receiver.ts'
import { Exchange, type Reply } from './exchange.ts'

const kept = 16 * 1024

async function exchange(t: TestContext, behaviour: Behaviour, timeoutSeconds = 5): Promise<Reply> {
  const receiver = await Receiver.start(t)
  receiver.on('/', behaviour)
  const agent = new Agent({ maxHeaderSize: kept, headersTimeout: 0, bodyTimeout: 0 })
  t.after(() => agent.destroy())
  return await new Promise<Reply>((resolve) => {
    agent.dispatch(
      { origin: receiver.origin, path: '/', method: 'POST', body: '{}' },
      new Exchange(timeoutSeconds, null, resolve),
    )
  })
}

test('a response is kept as it came, unreadable bytes and U+0000 replaced', async (t) => {
  const body = Buffer.from([0x61, 0x00, 0xff, 0x62])
  const { response, failure } = await exchange(t, answer(201, { 'x-a': 'b', 'set-cookie': 'c' }, body))
  assert.equal(failure, null)
  assert.deepEqual([response?.status, response?.body, response?.truncated], [201, 'a\ufffd\ufffdb', false])
  assert.deepEqual([response?.headers['x-a'], response?.headers['set-cookie']], ['b', 'c'])
})

for (const [bytes, truncated] of [
  [kept, false],
  [kept + 1, true],
] as const) {
  test(`of a body of ${bytes} bytes 16 KiB are kept`, async (t) => {
    const { response, failure } = await exchange(t, answer(200, {}, Buffer.alloc(bytes, 'x')))
    assert.deepEqual([failure, response?.body.length, response?.truncated], [null, kept, truncated])
  })
}

test('of an endless body nothing more is read once enough is there', async (t) => {
  const closed = Promise.withResolvers<void>()
  const { response, failure } = await exchange(t, (given, request) => {
    given.once('close', closed.resolve)
    flood(1024 ** 4)(given, request)
  })
  assert.deepEqual([failure, response?.status, response?.truncated], [null, 200, true])
  await closed.promise
})

const failures: [string, Behaviour, AttemptError, number | null][] = [
  ['no answer within the deadline', hang, 'timeout', null],
  ['a body that drips past the deadline', drip(5), 'timeout', 200],
  ['a reset', reset, 'reset', null],
  ['a body that breaks off', breakOff, 'reset', 200],
  ['headers of more than 16 KiB', manyHeaders(32_000), 'response_rejected', null],
  ['something that is not HTTP', notHttp, 'response_rejected', null],
]

for (const [name, behaviour, error, status] of failures) {
  test(`${name} is a failure: ${error}`, async (t) => {
    const closed = Promise.withResolvers<void>()
    const observed: Behaviour = (response, request) => {
      response.once('close', closed.resolve)
      behaviour(response, request)
    }
    const reply = await exchange(t, observed, 0.1)
    assert.equal(reply.failure?.error, error)
    assert.equal(reply.response?.status ?? null, status)
    await closed.promise
  })
}

test('what contradicts HTTP is told as that, not as a fault of ours', async (t) => {
  const wrong = [
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok',
    'HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\nok',
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 000 OK\r\ncontent-length: 0\r\n\r\n',
    'HTTP/1.1 099 OK\r\ncontent-length: 0\r\n\r\n',
  ]
  for (const bytes of wrong) {
    const { failure } = await exchange(t, (response) => void response.socket?.write(bytes))
    assert.equal(failure?.error, 'response_rejected', bytes)
    assert.match(failure.detail, /^not HTTP/)
  }
})

test('a longer body is read where it is wanted, and the same beginning is kept', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.on('/', answer(200, {}, 'x'.repeat(kept + 100)))
  const agent = new Agent()
  t.after(() => agent.destroy())
  const read = (wanted: number) =>
    new Promise<Reply>((resolve) => {
      const request = { origin: receiver.origin, path: '/', method: 'POST', body: '{}' } as const
      agent.dispatch(request, new Exchange(5, null, resolve, wanted))
    })
  for (const [wanted, length] of [
    [kept + 200, kept + 100],
    [kept + 50, kept + 50],
  ] as const) {
    const { response, body } = await read(wanted)
    assert.deepEqual([body.length, response?.body.length, response?.truncated], [length, kept, true])
  }
})
