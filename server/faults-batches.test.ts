// The node that serves an endpoint with batches dies under load, again and again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromTypeId, idPrefix } from './domain/identifier.ts'
import { eventsOf } from './testing/batches.ts'
import { storedCounters, trueCounters } from './testing/counters.ts'
import { Load } from './testing/load.ts'
import { TestNodes } from './testing/nodes.ts'
import { answer, Receiver } from './testing/receiver.ts'

const maxEvents = 20
const maxInFlight = 4

test('whichever node dies, every event of an endpoint with batches arrives, and what was recorded is not repeated', async (t) => {
  const nodes = await TestNodes.start(t, 2)
  const receiver = await Receiver.start(t)
  let received = 0
  // Every seventh request fails, and its events come again in others.
  receiver.on('/batches', (response, request) => {
    const status = ++received % 7 === 0 ? 503 : 200
    setTimeout(() => answer(status)(response, request), 20)
  })
  const workspace = await nodes.first.createWorkspace()
  const { id } = await nodes.first.createEndpoint(workspace, {
    url: receiver.url('/batches'),
    profile: 'cloudevents',
    batch: { max_events: maxEvents, window_seconds: 1 },
    retry_schedule_seconds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    max_in_flight: maxInFlight,
  })
  // Both publish the same under the same keys: whoever comes first stores it.
  const loads = nodes.servers.map((server) => new Load(server, workspace))
  for (const load of loads) load.start(8)
  const kills = 2
  for (let killed = 0; killed < kills; killed++) {
    await Promise.race(loads.map((load) => load.accepted(200)))
    await receiver.waitFor(receiver.requests().length + 5)
    const victim = await nodes.holder(id)
    await victim.kill()
    await nodes.startOne(victim)
  }
  await Promise.all(loads.map((load) => load.accepted(50)))
  for (const load of loads) await load.stop()
  const deliveries = await (loads[0] as Load).verify([id], 30_000)
  for (const server of nodes.servers) await server.stop()

  const requests = receiver.requests('/batches')
  for (const request of requests) assert(eventsOf(request).length <= maxEvents)
  const arrivals = new Map<string, number>()
  for (const event of requests.flatMap(eventsOf)) arrivals.set(event, (arrivals.get(event) ?? 0) + 1)
  assert.equal(arrivals.size, deliveries.length, 'every event arrived')
  let repeated = 0
  for (const { event, attempt_count: attempts } of deliveries) {
    const came = arrivals.get(fromTypeId(idPrefix.event, event) ?? '') ?? 0
    assert(came >= attempts, `${event} came ${came} times in ${attempts} attempts`)
    repeated += came - attempts
  }
  t.diagnostic(`${repeated} of ${deliveries.length} events came again after ${kills} kills`)
  // What is in flight, and as much that is answered and not recorded yet.
  assert(repeated <= kills * maxInFlight * maxEvents * 2, String(repeated))
  assert.deepEqual(await storedCounters(nodes.database), await trueCounters(nodes.database))
})
