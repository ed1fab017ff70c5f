// A CLI that is connected to one of several nodes, which come and go.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { eventually } from './testing/eventually.ts'
import { TestNodes } from './testing/nodes.ts'
import type { ServerProcess } from './testing/server-process.ts'
import { type Frame, TunnelClient } from './testing/tunnel-client.ts'

async function open(t: TestContext) {
  const nodes = await TestNodes.start(t, 2)
  const [one, two] = nodes.servers
  assert(one && two)
  const workspace = await one.createWorkspace()
  const connect = (server: ServerProcess, hello: Record<string, unknown> = {}) =>
    TunnelClient.open(t, { url: server.url, workspace }, hello)
  const publish = async (server: ServerProcess): Promise<string> => {
    const { status, json } = await server.request('POST', `${workspace}/events`, { type: 'deal.created', data: {} })
    assert.equal(status, 202)
    return json.id
  }
  const deliveryOf = async (server: ServerProcess, event: string): Promise<Frame> => {
    return (await server.request('GET', `${workspace}/deliveries?event=${event}`)).json.data[0]
  }
  const delivered = async (server: ServerProcess, event: string): Promise<Frame> => {
    let last: Frame = null
    return await eventually(
      async () => {
        last = await deliveryOf(server, event)
        return last?.state === 'delivered' ? last : null
      },
      { describe: () => JSON.stringify(last) },
    )
  }
  return { one, two, workspace, connect, publish, delivered, deliveryOf, nodes }
}

test('a tunnel works through any node, whichever one an event is published to', async (t) => {
  const { one, two, connect, publish, delivered } = await open(t)
  const [first, second] = [await connect(one), await connect(two)]
  for (const client of [first, second]) client.answerAll()
  const events: string[] = []
  for (const server of [one, two, one, two]) events.push(await publish(server))
  for (const event of events) await delivered(one, event)
  await eventually(() => ([first, second].every(({ frames }) => frames.length === 5) ? true : null))
})

test('a CLI that moves to another node takes its tunnel with it, what is under way included', async (t) => {
  const { one, two, connect, publish, delivered, workspace } = await open(t)
  const client = await connect(one)
  const underWay = await publish(two)
  await client.request()
  // The first node does not know yet that its connection leads nowhere.
  client.socket.pause()
  const moved = await connect(two, { resume: client.welcome.endpoint })
  assert.equal(moved.welcome.endpoint, client.welcome.endpoint)
  moved.answerAll()
  const startedAt = performance.now()
  const events = [await publish(one), await publish(two)]
  for (const event of events) await delivered(two, event)
  assert(performance.now() - startedAt < 3_000, 'at once')
  client.drop()
  const { attempt_count: attempts } = await delivered(two, underWay)
  assert.equal(attempts, 2, 'the first one is recorded as interrupted')

  const back = await connect(one, { resume: client.welcome.endpoint })
  back.answerAll()
  const backAt = performance.now()
  await delivered(one, await publish(two))
  assert(performance.now() - backAt < 3_000, 'although the other node did not know either')
  assert.equal(moved.frames.filter(({ type }) => type === 'request').length, 3)
  const { json } = await one.request('GET', `${workspace}/endpoints`)
  assert.equal(json.data.length, 1)
})

test('when the node that a CLI is connected to is killed, another one serves it within seconds', async (t) => {
  const { one, two, connect, publish, delivered } = await open(t)
  const client = await connect(one)
  const underWay = await publish(two)
  await client.request()
  await one.kill()
  await client.closed
  const meanwhile = await publish(two)
  const moved = await connect(two, { resume: client.welcome.endpoint })
  const startedAt = performance.now()
  moved.answerAll()
  await delivered(two, meanwhile)
  await delivered(two, await publish(two))
  assert(performance.now() - startedAt < 3_000, 'what nobody had in hand')
  await delivered(two, underWay)
  assert(performance.now() - startedAt < 18_000, 'and the rest when the node is found dead')
})

test('a node that stops says so, and what is published until the CLI is back waits for it', async (t) => {
  const { one, two, connect, publish, delivered } = await open(t)
  const client = await connect(one)
  const stopped = one.stop()
  assert.equal(await client.closed, 1012)
  await stopped
  const event = await publish(two)
  const moved = await connect(two, { resume: client.welcome.endpoint })
  moved.answerAll()
  assert.equal((await delivered(two, event)).attempt_count, 1)
})

test('a tunnel whose CLI stays away is closed after a minute, also when its node is gone', async (t) => {
  const { one, two, connect, publish, deliveryOf, workspace } = await open(t)
  const [client, other] = [await connect(one), await connect(two)]
  await one.kill()
  other.drop()
  const event = await publish(two)
  const leftAt = performance.now()
  const endpoint = async ({ welcome }: { welcome: Frame }) =>
    (await two.request('GET', `${workspace}/endpoints/${welcome.endpoint}`)).json
  const reasons = await eventually(
    async () => {
      const endpoints = await Promise.all([client, other].map(endpoint))
      return endpoints.every(({ status }) => status === 'disabled') ? endpoints.map((each) => each.status_reason) : null
    },
    { within: 120_000 },
  )
  assert.deepEqual(reasons, Array(2).fill('the CLI was away for too long'))
  assert(performance.now() - leftAt > 55_000)
  await eventually(async () => ((await deliveryOf(two, event)).state === 'canceled' ? true : null), { within: 30_000 })
})
