import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Endpoint } from '../domain/endpoint.ts'
import { replayDeliveries } from '../storage/delivery.ts'
import { buryNodes } from '../storage/node.ts'
import { SettableClock } from '../testing/clock.ts'
import { eventually } from '../testing/eventually.ts'
import { TestPipeline } from '../testing/pipeline.ts'
import type { TunnelConnection, TunnelEnd } from './tunnel-connection.ts'

const second = 1_000
const day = 86_400 * second
const ok = { response: { status: 200, headers: {}, body: '', truncated: false } }

/** A CLI that is connected to this node and answers 200, or nothing. */
class Client {
  readonly connection: TunnelConnection
  requests = 0
  end: TunnelEnd | null = null
  answers = true

  private constructor(
    atlas: TestPipeline,
    endpoint: Endpoint,
    lease: Parameters<typeof atlas.pipeline.tunnels.open>[1],
  ) {
    this.connection = atlas.pipeline.tunnels.open(endpoint, lease, {
      send: (number) => {
        this.requests++
        if (this.answers) queueMicrotask(() => this.connection.answer(number, ok))
      },
      close: (end) => {
        this.end = end
      },
    })
  }

  static async connect(atlas: TestPipeline, endpoint: Endpoint): Promise<Client> {
    const lease = await atlas.database.transaction((transaction) => {
      return atlas.pipeline.tunnels.seize(transaction, endpoint.id)
    })
    return new Client(atlas, endpoint, lease)
  }
}

async function open(t: TestContext) {
  const clock = new SettableClock()
  const atlas = await TestPipeline.start(t, { clock })
  const endpoint = await atlas.createEndpoint('http://localhost:3000/', { tunnel: 'hash', retryScheduleSeconds: [] })
  /** Lets time pass a second at a time until it comes true. */
  const passUntil = async (condition: () => Promise<boolean>): Promise<number> => {
    const startedAt = clock.now()
    await eventually(async () => {
      if (await condition()) return true
      clock.advance(second)
      return null
    })
    return clock.now() - startedAt
  }
  const pass = async (seconds: number): Promise<void> => {
    let left = seconds
    await passUntil(async () => left-- === 0)
  }
  return { clock, atlas, endpoint, passUntil, pass }
}

const isDelivered = ({ state }: { state: string }) => state === 'delivered'

test('a tunnel whose CLI stays away is closed after a minute, and what waits for it is canceled', async (t) => {
  const { atlas, endpoint, passUntil } = await open(t)
  const client = await Client.connect(atlas, endpoint)
  await atlas.storyOnce(await atlas.publish(), endpoint, isDelivered)
  atlas.pipeline.tunnels.left(client.connection, false)
  const waiting = await atlas.publish()
  const stayed = await passUntil(async () => (await atlas.endpoint(endpoint))?.status === 'disabled')
  assert(stayed >= 60 * second && stayed <= 80 * second, `${stayed} ms`)
  assert.equal((await atlas.endpoint(endpoint))?.statusReason, 'the CLI was away for too long')
  await passUntil(async () => (await atlas.story(waiting, endpoint)).state === 'canceled')
  assert.equal(client.requests, 1)
})

test('a CLI that is back in time has its tunnel, with what was under way and what waited', async (t) => {
  const { atlas, endpoint, pass } = await open(t)
  const client = await Client.connect(atlas, endpoint)
  client.answers = false
  const underWay = await atlas.publish()
  await eventually(() => (client.requests === 1 ? true : null))
  atlas.pipeline.tunnels.left(client.connection, false)
  const { attempts } = await atlas.storyOnce(underWay, endpoint, ({ state }) => state === 'retrying')
  assert.equal(attempts[0]?.error, 'reset')
  const waiting = await atlas.publish()
  await pass(50)
  await Client.connect(atlas, endpoint)
  for (const event of [underWay, waiting]) await atlas.storyOnce(event, endpoint, isDelivered)
  await pass(50)
  assert.equal((await atlas.endpoint(endpoint))?.status, 'active')
})

test('of two connections the later one counts, here and on another node', async (t) => {
  const { atlas, endpoint } = await open(t)
  const first = await Client.connect(atlas, endpoint)
  first.answers = false
  const event = await atlas.publish()
  await eventually(() => (first.requests === 1 ? true : null))
  const second = await Client.connect(atlas, endpoint)
  assert.equal(first.end, 'replaced')
  await atlas.storyOnce(event, endpoint, isDelivered)
  // What the first one says later closes nothing.
  atlas.pipeline.tunnels.left(first.connection, true)

  const other = await atlas.startAnother()
  const third = await Client.connect(other, endpoint)
  await atlas.update(endpoint, { description: 'changed' })
  await eventually(() => (second.end === 'replaced' ? true : null))
  await atlas.storyOnce(await atlas.publish(), endpoint, isDelivered)
  assert.deepEqual([second.requests, third.requests], [1, 1])
})

test('what falls due on a node that has lost the tunnel without knowing it is told to the one that has it', async (t) => {
  const atlas = await TestPipeline.start(t)
  const endpoint = await atlas.createEndpoint('http://localhost:3000/', { tunnel: 'hash' })
  const first = await Client.connect(atlas, endpoint)
  const event = await atlas.publish()
  const { delivery } = await atlas.storyOnce(event, endpoint, isDelivered)
  const other = await atlas.startAnother()
  await other.pipeline.configuration.workspace(atlas.workspaceId)
  const second = await Client.connect(other, endpoint)
  // Its first look for what is due is over with this.
  await other.storyOnce(await other.publish(), endpoint, isDelivered)
  const startedAt = performance.now()
  await atlas.database.transaction((transaction) => {
    return replayDeliveries(transaction, atlas.workspaceId, [delivery.id], new Date())
  })
  atlas.pipeline.wake([endpoint.id])
  await atlas.storyOnce(event, endpoint, ({ state, attempts }) => state === 'delivered' && attempts.length === 2)
  assert(performance.now() - startedAt < 5_000, 'it need not wait until the backlogs are looked for')
  assert.deepEqual([first.end, first.requests, second.requests], ['replaced', 1, 2])
})

test('a node that was taken for dead holds on to its tunnels', async (t) => {
  const { atlas, endpoint, clock, passUntil, pass } = await open(t)
  const client = await Client.connect(atlas, endpoint)
  await atlas.storyOnce(await atlas.publish(), endpoint, isDelivered)
  await buryNodes(atlas.database, 0, new Date(clock.now() + day), new Date(clock.now()))
  const event = await atlas.publish()
  await passUntil(async () => isDelivered(await atlas.story(event, endpoint)))
  await pass(100)
  assert.equal((await atlas.endpoint(endpoint))?.status, 'active')
  assert.deepEqual([client.end, client.requests], [null, 2])
})

test('a tunnel that is disabled or deleted ends, one that is paused only waits', async (t) => {
  const { atlas, endpoint } = await open(t)
  const client = await Client.connect(atlas, endpoint)
  await atlas.setStatus(endpoint, 'paused')
  const held = await atlas.publish()
  assert.equal((await atlas.story(held, endpoint)).state, 'held')
  assert.equal(client.end, null)
  await atlas.setStatus(endpoint, 'active')
  await atlas.storyOnce(held, endpoint, isDelivered)
  await atlas.delete(endpoint)
  assert.equal(client.end, 'closed')
})
