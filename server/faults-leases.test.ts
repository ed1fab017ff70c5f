// Nodes that die or freeze while they serve an endpoint that only one node at a time may serve.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from './testing/eventually.ts'
import { TestNodes } from './testing/nodes.ts'
import { Receiver } from './testing/receiver.ts'
import type { ServerProcess } from './testing/server-process.ts'
import { Witness } from './testing/witness.ts'

const kills = 3
// Fifteen seconds are promised; the rest is for a machine with other things to do.
const longestPause = 18_000

/** Publishes through a server, once every so often, until it is told to stop; gives how many events were accepted. */
function publisher(server: () => ServerProcess, workspace: string, every: number): () => Promise<number> {
  let stopping = false
  let accepted = 0
  const run = async (): Promise<number> => {
    while (!stopping) {
      const event = { type: 'deal.created', data: {} }
      const answer = await server()
        .request('POST', `${workspace}/events`, event)
        .catch(() => null)
      if (answer?.status === 202) accepted++
      await sleep(every)
    }
    return accepted
  }
  const running = run()
  return async () => {
    stopping = true
    return await running
  }
}

test('a serialized endpoint stays in order, with one request at a time, when the node that serves it is killed', async (t) => {
  const [nodes, receiver] = await Promise.all([TestNodes.start(t, 3), Receiver.start(t)])
  const witness = new Witness((sequence) => ({ status: 200, after: sequence % 3 }))
  receiver.on('/hook', witness.behaviour)
  const workspace = await nodes.first.createWorkspace()
  const setting = { url: receiver.url('/hook'), serialize: true, timeout_seconds: 5 }
  const { id } = await nodes.first.createEndpoint(workspace, setting)
  const publishers = nodes.servers.map((server) => publisher(() => server, workspace, 60))
  const pauses: number[] = []
  for (let killed = 0; killed < kills; killed++) {
    const before = witness.arrived.length
    await receiver.waitFor((requests) => requests.length >= before + 100)
    const holder = await nodes.holder(id)
    await holder.kill()
    const killedAt = performance.now()
    const requests = await receiver.waitFor((all) => (all.at(-1)?.at ?? 0) > killedAt)
    pauses.push((requests.at(-1)?.at ?? 0) - killedAt)
    await nodes.startOne(holder)
  }
  const accepted = (await Promise.all(publishers.map((stop) => stop()))).reduce((sum, count) => sum + count)
  // A publish whose answer was lost with its server may be stored all the same.
  const deliveries = await eventually(
    async () => {
      const all = await nodes.first.list<{ state: string; sequence: number }>(`${workspace}/deliveries`)
      return all.every(({ state }) => state === 'delivered') ? all : null
    },
    { within: 60_000, describe: () => `${witness.highest} arrived last` },
  )
  t.diagnostic(`pauses of ${pauses.map(Math.round).join(', ')} ms; ${witness.arrived.length} requests`)
  assert.deepEqual(witness.faults, [])
  assert(deliveries.length >= accepted && accepted > 300, `${deliveries.length} deliveries, ${accepted} accepted`)
  assert.equal(witness.highest, deliveries.length)
  assert.equal(new Set(witness.arrived).size, deliveries.length, 'without a gap')
  assert(witness.arrived.length <= deliveries.length + kills, 'only a crash repeats anything, and only the last one')
  for (const pause of pauses) assert(pause < longestPause, `${pause} ms passed until the next request`)
})
