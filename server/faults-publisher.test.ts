// Publishers that misbehave: a clear refusal or a normal event, and never anybody else's trouble.
import assert from 'node:assert/strict'
import { randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { createUuidGenerator, toTypeId } from './domain/identifier.ts'
import { createTestDatabase } from './testing/database.ts'
import { eventually } from './testing/eventually.ts'
import { Receiver } from './testing/receiver.ts'
import { testOperatorKey } from './testing/server.ts'
import { ServerProcess } from './testing/server-process.ts'

const megabyte = 1024 * 1024
const newId = createUuidGenerator(Date.now, (target) => void randomFillSync(target))

interface RawAnswer {
  readonly status: number
  readonly code: string
}

test('a server that strange publishers talk to', async (t) => {
  const [server, receiver] = await Promise.all([ServerProcess.start(t), Receiver.start(t)])
  const { pid } = server
  const workspace = await server.createWorkspace()
  await server.createEndpoint(workspace, { url: receiver.url('/hook') })

  const head = (length: number | null): string =>
    [
      `POST ${workspace}/events HTTP/1.1`,
      'host: atlas',
      `authorization: Bearer ${testOperatorKey}`,
      'content-type: application/json',
      length === null ? 'transfer-encoding: chunked' : `content-length: ${length}`,
      '\r\n',
    ].join('\r\n')

  const open = async (): Promise<Socket> => {
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    // The server may break off while we still send: the tests read what it said before.
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }

  /** Sends bytes as a client does. */
  const send = async (body: Buffer): Promise<RawAnswer & { id: string }> => {
    const headers = { authorization: `Bearer ${testOperatorKey}`, 'content-type': 'application/json' }
    const response = await fetch(`${server.url}${workspace}/events`, { method: 'POST', body, headers })
    const { code = '', id = '' } = (await response.json()) as { code?: string; id?: string }
    return { status: response.status, code, id }
  }

  /** Sends bytes with a framing of our own, and reads the answer. */
  const sendRaw = async (body: Buffer, length: number | null): Promise<RawAnswer> => {
    const socket = await open()
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    socket.write(head(length))
    socket.write(body)
    await eventually(() => (text.includes('\r\n\r\n{') && text.endsWith('}') ? true : null), {
      describe: () => `got: ${text}`,
    })
    socket.destroy()
    return { status: Number(text.slice(9, 12)), code: /"code":"(\w+)"/.exec(text)?.[1] ?? '' }
  }

  /** An ordinary event goes through, from the publish to the receiver; gives the body that arrived. */
  const publishes = async (text: string): Promise<string> => {
    const { id, status } = await send(Buffer.from(text))
    assert.equal(status, 202)
    const arrived = await receiver.waitFor((requests) => requests.some(({ headers }) => headers['webhook-id'] === id))
    return arrived.find(({ headers }) => headers['webhook-id'] === id)?.body.toString() ?? ''
  }

  const stored = async (type: string): Promise<number> => (await server.list(`${workspace}/events?type=${type}`)).length

  await t.test('refuses with a clear status what cannot be an event', async () => {
    const bodies: [string, Buffer, number, string][] = [
      ['invalid UTF-8', Buffer.from('{"type":"a.b","data":{"x":"\xff\xfe"}}', 'latin1'), 400, 'malformed_json'],
      [
        'a truncated character',
        Buffer.concat([Buffer.from('{"type":"a.b","data":{"x":"'), Buffer.of(0xe2, 0x82)]),
        400,
        'malformed_json',
      ],
      ['half a body that claims to be all', Buffer.from('{"type":"a.b","data":{'), 400, 'malformed_json'],
      [
        'deep nesting',
        Buffer.from(`{"type":"a.b","data":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`),
        413,
        'payload_too_large',
      ],
      [
        'deep nesting that is small',
        Buffer.from(`{"type":"a.b","data":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`),
        400,
        'malformed_json',
      ],
      ['an array', Buffer.from('[1]'), 422, 'validation_failed'],
      ['null', Buffer.from('null'), 422, 'validation_failed'],
      ['data that is no object', Buffer.from('{"type":"a.b","data":[1]}'), 422, 'validation_failed'],
      [
        'an unknown field',
        Buffer.from('{"type":"a.b","data":{},"__proto__":{"tags":["x"]}}'),
        422,
        'validation_failed',
      ],
      ['a type that is none', Buffer.from('{"type":"a b","data":{}}'), 422, 'validation_failed'],
      ['a tag with a NUL', Buffer.from('{"type":"a.b","data":{},"tags":["a\\u0000b"]}'), 422, 'validation_failed'],
      [
        'half a surrogate in a tag',
        Buffer.from('{"type":"a.b","data":{},"tags":["\\ud800"]}'),
        422,
        'validation_failed',
      ],
    ]
    for (const [name, body, status, code] of bodies) {
      assert.deepEqual(await send(body), { status, code, id: '' }, name)
    }
    // A server that hangs up on what is too large takes its own answer away, but not always.
    const large = Buffer.alloc(10 * megabyte, ' ')
    for (let round = 0; round < 10; round++) {
      assert.equal((await send(large)).code, 'payload_too_large', '10 MB')
    }
    assert.deepEqual(
      await sendRaw(Buffer.from('zz\r\nnonsense'), null),
      { status: 400, code: 'bad_request' },
      'bad chunks',
    )
    assert.equal(await stored('a.b'), 0)
    await publishes('{"type":"a.b","data":{}}')
  })

  await t.test('survives publishers that hang up before they are answered', async () => {
    const body = Buffer.from('{"type":"hung.up","data":{}}')
    for (let round = 0; round < 30; round++) {
      const socket = await open()
      socket.write(head(body.length))
      socket.write(body, () => socket.destroy())
      await once(socket, 'close')
    }
    await publishes('{"type":"a.b","data":{}}')
    // Those that were stored before the hang-up was noticed are events like any other.
    await eventually(async () => {
      const deliveries = await server.list<{ state: string }>(`${workspace}/deliveries`)
      return deliveries.every(({ state }) => state === 'delivered') ? deliveries : null
    })
  })

  await t.test('stores nothing of a body of which only half arrives', async () => {
    const body = Buffer.from('{"type":"half.body","data":{}}')
    for (const end of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
      const socket = await open()
      socket.resume().write(head(body.length * 2))
      socket.write(body, () => end(socket))
      await once(socket, 'close')
    }
    await publishes('{"type":"a.b","data":{}}')
    assert.equal(await stored('half.body'), 0)
  })

  await t.test('takes __proto__, repeated names and strange numbers as data, to the byte', async () => {
    const data = [
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1}',
      '{"a":1,"a":{"b":2},"a":[3]}',
      '{"n":1.0,"big":123456789012345678901234567890,"e":1E400,"nul":"\\u0000","half":"\\ud800","slash":"\\/"}',
      '{  "spaced" :\t[ 1 ,\n2 ] }',
    ]
    for (const text of data) {
      const body = await publishes(`{"type":"a.b","data":${text}}`)
      assert(body.endsWith(`,"data":${text}}`), body)
    }
    const repeated = await publishes('{"data":{"first":1},"type":"a.b","data":{"last":1}}')
    assert(repeated.endsWith(',"data":{"last":1}}'), repeated)
  })

  await t.test('does not let one bad event fail those that are committed with it', async () => {
    const id = toTypeId('evt', newId())
    const publish = (body: object) =>
      server.request('POST', `${workspace}/events`, { data: {}, type: 'group.event', ...body })
    const answers = await Promise.all([
      ...Array.from({ length: 20 }, () => publish({})),
      ...Array.from({ length: 5 }, () => publish({ id })),
      ...Array.from({ length: 20 }, () => publish({})),
      publish({ tags: ['\ud800'] }),
    ])
    const statuses = answers.map(({ status }) => status)
    assert.deepEqual(statuses.slice(0, 20).concat(statuses.slice(25, 45)), Array(40).fill(202))
    assert.deepEqual(statuses.slice(20, 25).sort(), [202, 409, 409, 409, 409])
    const refused = answers.slice(20, 25).filter(({ status }) => status === 409)
    assert(refused.every(({ json }) => json.code === 'event_exists'))
    assert.equal(statuses[45], 422)
    assert.equal(await stored('group.event'), 41)
    const deliveries = await server.list<{ sequence: number }>(`${workspace}/deliveries`)
    const sequences = deliveries.map(({ sequence }) => sequence).sort((a, b) => a - b)
    assert.deepEqual(
      sequences,
      Array.from(sequences, (_, index) => index + 1),
      'the refused ones left no gap',
    )
  })

  await t.test('gives concurrent publishes with one idempotency key one event, and refuses another body', async () => {
    const publish = (number: number) =>
      server.request(
        'POST',
        `${workspace}/events`,
        { type: 'one.event', data: { number } },
        { 'idempotency-key': 'same' },
      )
    const answers = await Promise.all(Array.from({ length: 20 }, () => publish(1)))
    assert(answers.every(({ status }) => status === 202))
    assert.equal(new Set(answers.map(({ json }) => json.id)).size, 1)
    const other = await publish(2)
    assert.deepEqual([other.status, other.json.code], [409, 'idempotency_conflict'])
    assert.equal(await stored('one.event'), 1)
  })

  assert.equal(server.pid, pid)
  assert.equal((await server.request('GET', '/healthz')).status, 200)
})

test('an id that two nodes are given at the same time is accepted by one of them, and their other events go on', async (t) => {
  let stop = async (): Promise<void> => {}
  t.after(() => stop())
  const { url: databaseUrl } = await createTestDatabase(t)
  const nodes = [await ServerProcess.start(t, { databaseUrl }), await ServerProcess.start(t, { databaseUrl })] as const
  stop = async () => void (await Promise.all(nodes.map((node) => node.stop())))
  const workspace = await nodes[0].createWorkspace()
  const receiver = await Receiver.start(t)
  await nodes[0].createEndpoint(workspace, { url: receiver.url('/hook') })
  const rounds = 40
  for (let round = 0; round < rounds; round++) {
    const id = toTypeId('evt', newId())
    const publish = (node: ServerProcess, body: object) =>
      node.request('POST', `${workspace}/events`, { type: 'two.nodes', data: {}, ...body })
    const both = await Promise.all(
      nodes.map((node) => Promise.all([publish(node, {}), publish(node, { id }), publish(node, {})])),
    )
    const statuses = both.map((answers) => answers.map(({ status }) => status))
    assert.deepEqual(
      statuses.map(([first, , last]) => [first, last]),
      [
        [202, 202],
        [202, 202],
      ],
    )
    assert.deepEqual(statuses.map(([, given]) => given).sort(), [202, 409])
  }
  const deliveries = await eventually(async () => {
    const all = await nodes[1].list<{ sequence: number; state: string }>(`${workspace}/deliveries`)
    return all.every(({ state }) => state === 'delivered') ? all : null
  })
  const sequences = deliveries.map(({ sequence }) => sequence).sort((a, b) => a - b)
  assert.deepEqual(
    sequences,
    Array.from({ length: rounds * 5 }, (_, index) => index + 1),
  )
})
