// Statistics are counted as things happen: they must not drift from what is stored, whichever node dies and whenever.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromTypeId } from './domain/identifier.ts'
import { storedCounters, trueCounters } from './testing/counters.ts'
import { createTestDatabase } from './testing/database.ts'
import { Load } from './testing/load.ts'
import { answer, Receiver } from './testing/receiver.ts'
import { ServerProcess } from './testing/server-process.ts'

test('counters agree with what is stored after nodes were killed under load', async (t) => {
  let stop = async (): Promise<void> => {}
  t.after(() => stop())
  const { url: databaseUrl, database } = await createTestDatabase(t)
  const nodes = [await ServerProcess.start(t, { databaseUrl }), await ServerProcess.start(t, { databaseUrl })] as const
  stop = async () => void (await Promise.all(nodes.map((node) => node.stop())))
  const receiver = await Receiver.start(t)
  let received = 0
  // Every fifth request fails, and its retry succeeds, as a rule.
  receiver.on('/flaky', (response, request) => answer(++received % 5 === 0 ? 503 : 200)(response, request))
  const workspace = await nodes[0].createWorkspace()
  const endpoints: string[] = []
  for (const path of ['/good', '/flaky']) {
    const setting = { url: receiver.url(path), retry_schedule_seconds: [1, 2, 3, 4, 5, 6, 7, 8] }
    endpoints.push((await nodes[0].createEndpoint(workspace, setting)).id)
  }
  const load = new Load(nodes[0], workspace)
  load.start(16)
  for (const victim of [nodes[1], nodes[0], nodes[1]]) {
    await load.accepted(150)
    await victim.kill()
    await victim.start()
  }
  await load.accepted(100)
  await load.stop()
  const deliveries = await load.verify(endpoints, 60_000)
  for (const node of nodes) await node.stop()

  const counters = await storedCounters(database)
  assert.deepEqual(counters, await trueCounters(database))
  for (const endpoint of endpoints) {
    const own = deliveries.filter((delivery) => delivery.endpoint === endpoint)
    assert.equal(counters.get(fromTypeId('ep', endpoint) ?? '')?.delivered, own.length)
  }
})
