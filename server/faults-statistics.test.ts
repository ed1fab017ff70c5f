// Statistics are counted as things happen: they must not drift from what is stored, whichever node dies and whenever.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromTypeId } from './domain/identifier.ts'
import { storedCounters, trueCounters } from './testing/counters.ts'
import { createTestDatabase } from './testing/database.ts'
import { eventually } from './testing/eventually.ts'
import { Load } from './testing/load.ts'
import { answer, gate, Receiver } from './testing/receiver.ts'
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

test('what a node records after it was taken for dead is counted as an attempt, and not as delivered', async (t) => {
  let stop = async (): Promise<void> => {}
  t.after(() => stop())
  const { url: databaseUrl, database } = await createTestDatabase(t)
  const sleeper = await ServerProcess.start(t, { databaseUrl })
  const other = await ServerProcess.start(t, { databaseUrl })
  stop = async () => void (await Promise.all([sleeper.kill(), other.stop()]))
  const receiver = await Receiver.start(t)
  const first = gate()
  receiver.on('/hook', (response, request) => {
    const behaviour = receiver.requests('/hook').length === 1 ? first.behaviour : answer(200)
    behaviour(response, request)
  })
  const workspace = await sleeper.createWorkspace()
  const { id } = await sleeper.createEndpoint(workspace, { url: receiver.url('/hook'), timeout_seconds: 30 })
  const { status } = await sleeper.request('POST', `${workspace}/events`, { type: 'deal.created', data: {} })
  assert.equal(status, 202)
  await receiver.waitFor(1, '/hook')
  process.kill(sleeper.pid, 'SIGSTOP')
  await receiver.waitFor(2, '/hook')
  const statistics = async () => (await other.request('GET', `${workspace}/endpoints/${id}/stats`)).json
  await eventually(async () => ((await statistics()).deliveries.delivered === 1 ? true : null))
  first.open()
  process.kill(sleeper.pid, 'SIGCONT')
  const { attempts, deliveries } = await eventually(async () => {
    const json = await statistics()
    return json.attempts.succeeded === 2 ? json : null
  })
  assert.deepEqual(
    [attempts, deliveries],
    [
      { succeeded: 2, failed: 0 },
      { delivered: 1, dead_lettered: 0 },
    ],
  )
  assert.deepEqual(await storedCounters(database), await trueCounters(database))
})
