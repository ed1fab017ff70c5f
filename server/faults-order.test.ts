// An order and a rate hold while nodes freeze or stop and receivers fail.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from './testing/eventually.ts'
import { TestNodes } from './testing/nodes.ts'
import { type ReceivedRequest, Receiver } from './testing/receiver.ts'
import type { ServerProcess } from './testing/server-process.ts'
import { Witness } from './testing/witness.ts'

const second = 1_000

/** Publishes that many events in batches. */
async function publish(server: ServerProcess, workspace: string, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, number) => ({ type: 'deal.created', data: { number } }))
  const { status, json } = await server.request('POST', `${workspace}/events/batch`, { events })
  assert.equal(status, 202, JSON.stringify(json))
}

test('a node that freezes and comes back sends nothing out of order, and breaks off what it had in flight', async (t) => {
  const [nodes, receiver] = await Promise.all([TestNodes.start(t, 2), Receiver.start(t)])
  const frozenAt = 20
  const witness = new Witness((sequence, times) => {
    return sequence === frozenAt && times === 1 ? { status: null, after: 0 } : { status: 200, after: 1 }
  })
  receiver.on('/hook', witness.behaviour)
  const workspace = await nodes.first.createWorkspace()
  const setting = { url: receiver.url('/hook'), serialize: true, timeout_seconds: 30 }
  const { id } = await nodes.first.createEndpoint(workspace, setting)
  await publish(nodes.first, workspace, frozenAt + 100)
  await receiver.waitFor((requests) => requests.length >= frozenAt)
  const holder = await nodes.holder(id)
  const other = nodes.servers.find((server) => server !== holder)
  assert(other)
  process.kill(holder.pid, 'SIGSTOP')
  try {
    const stoppedAt = performance.now()
    await receiver.waitFor((requests) => requests.length > frozenAt)
    await sleep(Math.max(0, 14 * second - (performance.now() - stoppedAt)))
  } finally {
    process.kill(holder.pid, 'SIGCONT')
  }
  await eventually(() => (witness.open === 0 ? true : null), { within: 5 * second })
  // While a process is frozen nobody can close its connections.
  const faults = witness.faults.splice(0).filter((fault) => !fault.endsWith('was open'))
  const count = 300
  const half = (count - frozenAt - 100) / 2
  await Promise.all([publish(holder, workspace, half), publish(other, workspace, half)])
  await receiver.waitFor((requests) => requests.length >= count + 1)
  assert.deepEqual(new Set(witness.arrived).size, count)
  assert.equal(witness.arrived.length, count + 1, 'the frozen request is repeated, and nothing else')
  assert.deepEqual([...faults, ...witness.faults], [])
  assert.notEqual(await nodes.holder(id), holder)
})

test('all nodes together never send more than the rate of an endpoint, and hardly less', async (t) => {
  const [nodes, receiver] = await Promise.all([TestNodes.start(t, 2), Receiver.start(t)])
  const [perSecond, count, span] = [50, 900, 10 * second]
  const workspace = await nodes.first.createWorkspace()
  const setting = { url: receiver.url('/hook'), max_per_second: perSecond }
  const { id } = await nodes.first.createEndpoint(workspace, setting)
  await Promise.all(nodes.servers.map((server) => publish(server, workspace, count / 2)))
  await receiver.waitFor(count / 2)
  const holder = await nodes.holder(id)
  holder.terminate()
  const requests = await receiver.waitFor(count)
  assert.equal(await holder.exited, 0)
  assert.equal(new Set(requests.map(({ headers }) => headers['atlas-sequence'])).size, count)
  const most = mostWithin(requests, span)
  assert(most <= perSecond * (span / second) * 1.05, `${most} requests within ten seconds`)
  const took = (requests.at(-1)?.at ?? 0) - (requests[0]?.at ?? 0)
  t.diagnostic(`${count} requests in ${Math.round(took)} ms, at most ${most} within ten seconds`)
  assert((count / took) * second >= perSecond * 0.85, `${count} requests took ${took} ms`)
})

function mostWithin(requests: readonly ReceivedRequest[], span: number): number {
  let most = 0
  let first = 0
  for (const [index, { at }] of requests.entries()) {
    while ((requests[first]?.at ?? at) <= at - span) first++
    most = Math.max(most, index - first + 1)
  }
  return most
}

test('nothing passes the head of a line that fails, and a dead letter lets the next one go', async (t) => {
  const [nodes, receiver] = await Promise.all([TestNodes.start(t, 2), Receiver.start(t)])
  const [count, hopeless] = [80, 40]
  // Reproducible, and with runs of failures: two of them make the third attempt of the same delivery.
  const fails = (sequence: number, times: number) =>
    sequence === hopeless || (sequence * 7919 + times * 104729) % 13 === 0
  const witness = new Witness((sequence, times) => ({ status: fails(sequence, times) ? 500 : 200, after: 1 }))
  receiver.on('/hook', witness.behaviour)
  const workspace = await nodes.first.createWorkspace()
  const setting = { url: receiver.url('/hook'), serialize: true, retry_schedule_seconds: [1, 2] }
  const { id } = await nodes.first.createEndpoint(workspace, setting)
  await Promise.all(nodes.servers.map((server) => publish(server, workspace, count / 2)))
  const settled = (requests: readonly ReceivedRequest[]) => requests.length > 0 && witness.highest === count
  // The endpoint is paused, unless what comes after the dead letter succeeds before that is looked at.
  const isPausedOrThrough = async () => {
    const { json } = await nodes.first.request('GET', `${workspace}/endpoints/${id}`)
    return json.status === 'paused' || witness.highest === count ? true : null
  }
  await eventually(isPausedOrThrough, { within: 60_000 })
  assert.equal((await nodes.first.request('POST', `${workspace}/endpoints/${id}/resume`)).status, 200)
  await receiver.waitFor(settled)
  const deliveries = await eventually(async () => {
    const all = await nodes.first.list<{ state: string; sequence: number; attempt_count: number }>(
      `${workspace}/deliveries`,
    )
    return all.every(({ state }) => state === 'delivered' || state === 'dead_letter') ? all : null
  })
  assert.deepEqual(witness.faults, [])
  assert.equal(deliveries.length, count)
  assert(witness.arrived.length > count + 5, 'something did fail')
  for (const { state, sequence, attempt_count: attempts } of deliveries) {
    assert.equal(attempts, witness.times(sequence))
    assert.equal(state, sequence === hopeless ? 'dead_letter' : 'delivered')
    if (sequence === hopeless) assert.equal(attempts, 3)
  }
})
