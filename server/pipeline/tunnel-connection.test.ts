import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type TunnelAnswer, TunnelConnection, type TunnelRequest } from './tunnel-connection.ts'

const request = (body: string, timeoutSeconds = 10): TunnelRequest => ({
  headers: {},
  body: Buffer.from(body),
  timeoutSeconds,
})
const response = (body: string): TunnelAnswer => ({ response: { status: 200, headers: {}, body, truncated: false } })

function connect() {
  const sent: [number, string][] = []
  const connection = new TunnelConnection(
    { id: 'endpoint', workspaceId: 'workspace' },
    { send: (number, { body }) => void sent.push([number, body.toString()]), close() {} },
  )
  return { sent, connection }
}

test('answers come to the requests that they are for, each of them once', async () => {
  const { sent, connection } = connect()
  const [first, second] = [connection.exchange(request('a'), null), connection.exchange(request('b'), null)]
  assert.deepEqual(sent, [
    [1, 'a'],
    [2, 'b'],
  ])
  assert.equal(connection.answer(2, response('to b')), true)
  assert.equal(connection.answer(2, response('again')), false)
  assert.equal(connection.answer(3, response('to nothing')), false)
  assert.equal(connection.answer(1, { error: 'refused', detail: 'nobody there' }), true)
  assert.equal((await second).response?.body, 'to b')
  assert.deepEqual(await first, {
    ...{ response: null, body: '', interrupted: false, timings: null },
    failure: { error: 'refused', detail: 'nobody there' },
  })
})

test('what is under way when the connection breaks, or the node may not go on, has no outcome', async () => {
  const { sent, connection } = connect()
  const leases = new AbortController()
  const aborted = connection.exchange(request('a'), leases.signal)
  leases.abort()
  assert.equal((await aborted).interrupted, true)
  assert.equal(connection.answer(1, response('late')), false)
  assert.equal((await connection.exchange(request('b'), leases.signal)).interrupted, true)

  const broken = connection.exchange(request('c'), null)
  connection.interrupt()
  const { interrupted, failure } = await broken
  assert.deepEqual([interrupted, failure?.error], [true, 'reset'])
  assert.equal((await connection.exchange(request('d'), null)).interrupted, true)
  assert.deepEqual(
    sent.map(([, body]) => body),
    ['a', 'c'],
    'nothing is sent that nobody waits for',
  )
})

test('a CLI that never answers costs the time of a request and five seconds', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { connection } = connect()
  const exchange = connection.exchange(request('a', 2), null)
  t.mock.timers.tick(6_999)
  assert.equal(await Promise.race([exchange, 'waiting']), 'waiting')
  t.mock.timers.tick(1)
  const { interrupted, failure } = await exchange
  assert.deepEqual([interrupted, failure?.error], [false, 'timeout'])
  assert.equal(connection.answer(1, response('late')), false)
})
