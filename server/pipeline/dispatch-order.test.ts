// Endpoints that want their requests one at a time and in sequence.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Endpoint } from '../domain/endpoint.ts'
import { deliveryId } from '../domain/identifier.ts'
import { replayDeliveries } from '../storage/delivery.ts'
import { eventually } from '../testing/eventually.ts'
import { TestPipeline } from '../testing/pipeline.ts'
import { Receiver } from '../testing/receiver.ts'
import { TestRooms } from '../testing/rooms.ts'
import { storedDeliveries } from '../testing/seed.ts'
import { type Reaction, Witness } from '../testing/witness.ts'

const second = 1_000
const waitingForLock = {
  name: 'waiting-for-lock',
  text: `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
}

async function open(t: TestContext, given: Partial<Endpoint>, react?: (sequence: number, times: number) => Reaction) {
  const [atlas, receiver] = await Promise.all([TestPipeline.start(t), Receiver.start(t)])
  const witness = new Witness(react)
  receiver.on('/hook', witness.behaviour)
  const endpoint = await atlas.createEndpoint(receiver.url('/hook'), given)
  const publish = (count: number) => Promise.all(Array.from({ length: count }, () => atlas.publish()))
  const states = async () => (await storedDeliveries(atlas.database)).map(({ state }) => state)
  const untilDelivered = (count: number) =>
    eventually(async () => ((await states()).filter((state) => state === 'delivered').length === count ? true : null), {
      describe: () => `${witness.arrived.length} requests came`,
    })
  return { atlas, receiver, witness, endpoint, publish, untilDelivered }
}

test('an endpoint that comes to be serialized gets in sequence what it has not been sent, after what is being retried', async (t) => {
  const retried = [3, 7, 11]
  const react = (sequence: number, times: number) => {
    return { status: retried.includes(sequence) && times === 1 ? 500 : 200, after: 5 }
  }
  const given = { maxInFlight: 4, retryScheduleSeconds: [2] }
  const { atlas, receiver, witness, endpoint, publish, untilDelivered } = await open(t, given, react)
  const count = 150
  await publish(count)
  await receiver.waitFor(30)
  await atlas.update(endpoint, { serialize: true })
  const before = witness.arrived.length
  await receiver.waitFor(count + retried.length)
  await untilDelivered(count)
  assert.equal(new Set(witness.arrived).size, count)
  assert.equal(witness.arrived.length, count + retried.length)
  const from = witness.arrived.lastIndexOf(3)
  assert(from >= before && from - before <= 4, 'only what was in flight came first')
  const rest = witness.arrived.slice(from + retried.length)
  assert.deepEqual(witness.arrived.slice(from, from + retried.length), retried)
  assert.deepEqual(
    rest,
    rest.toSorted((a, b) => a - b),
  )
  assert(rest.length > 50)
})

test('with the order taken back and given again nothing is lost, and what comes after is in sequence', async (t) => {
  const given = { serialize: true, maxInFlight: 6 }
  const { atlas, receiver, witness, endpoint, publish, untilDelivered } = await open(t, given, () => {
    return { status: 200, after: 4 }
  })
  const count = 240
  await publish(count)
  await receiver.waitFor(20)
  assert.equal(witness.faults.length, 0)
  const unordered = await atlas.update(endpoint, { serialize: false })
  await eventually(() => (witness.open > 1 ? true : null))
  await receiver.waitFor(60)
  await atlas.update(unordered, { serialize: true })
  await eventually(() => (witness.open === 1 ? true : null))
  witness.faults.splice(0)
  await publish(10)
  await untilDelivered(count + 10)
  assert.deepEqual(
    witness.faults.filter((fault) => !fault.endsWith('with a gap')),
    [],
  )
  assert.equal(new Set(witness.arrived).size, count + 10)
  assert.equal(witness.arrived.length, count + 10)
})

test('an order that is taken back and given again at once is kept', async (t) => {
  const { atlas, receiver, witness, endpoint, publish, untilDelivered } = await open(t, { serialize: true })
  for (let round = 0; round < 5; round++) {
    await Promise.all([
      publish(20),
      atlas.update(endpoint, { serialize: false }).then((changed) => atlas.update(changed, { serialize: true })),
    ])
  }
  await receiver.waitFor(100)
  await untilDelivered(100)
  assert.equal(new Set(witness.arrived).size, 100)
})

test('what came while there was no order is found when there is one again', async (t) => {
  const { atlas, receiver, witness, endpoint, publish, untilDelivered } = await open(t, { serialize: true })
  await publish(5)
  await untilDelivered(5)
  const unordered = await atlas.update(endpoint, { serialize: false })
  await atlas.setStatus(unordered, 'paused')
  await publish(30)
  await atlas.update({ ...unordered, status: 'paused' }, { serialize: true })
  await atlas.setStatus(endpoint, 'active')
  await receiver.waitFor(35, '/hook', 5_000)
  await untilDelivered(35)
  assert.deepEqual(witness.faults, [])
})

test('pausing and resuming keep the order', async (t) => {
  const { atlas, receiver, witness, endpoint, publish, untilDelivered } = await open(t, { serialize: true })
  const published = publish(200)
  for (let arrived = 20; arrived <= 80; arrived += 20) {
    await receiver.waitFor(arrived)
    await atlas.setStatus(endpoint, 'paused')
    await eventually(() => (witness.open === 0 ? true : null))
    const held = witness.arrived.length
    await sleep(60)
    // One may have been on its way to the receiver.
    assert(witness.arrived.length <= held + 1, 'a paused endpoint gets nothing')
    await atlas.setStatus(endpoint, 'active')
  }
  await published
  await untilDelivered(200)
  assert.deepEqual(witness.faults, [])
  assert.equal(witness.arrived.length, 200)
})

test('a replay of an old event does not jump over the head that is being retried', async (t) => {
  const react = (sequence: number, times: number) => ({ status: sequence === 2 && times === 1 ? 500 : 200, after: 0 })
  const { atlas, receiver, witness, endpoint, untilDelivered } = await open(
    t,
    { serialize: true, retryScheduleSeconds: [1] },
    react,
  )
  const first = await atlas.publish()
  await receiver.waitFor(1)
  for (let event = 0; event < 3; event++) await atlas.publish()
  await receiver.waitFor(2)
  await atlas.storyOnce(first, endpoint, ({ state }) => state === 'delivered')
  await atlas.database.transaction((session) =>
    replayDeliveries(session, atlas.workspaceId, [deliveryId(first, endpoint.id)], new Date()),
  )
  atlas.pipeline.wake([endpoint.id])
  await receiver.waitFor(6)
  await untilDelivered(4)
  assert.deepEqual(witness.arrived, [1, 2, 2, 1, 3, 4])
})

test('what a claim brings that looked before the head failed goes back behind it', async (t) => {
  const rooms = await TestRooms.open(t)
  const endpoint = await rooms.seed.endpoint({ serialize: true })
  await Promise.all(Array.from({ length: 60 }, () => rooms.publish()))
  await rooms.untilAttempts(1)
  // By then the line in memory is so short that a claim looks for more, and waits for what is locked here.
  const failing = 43
  const lock = { name: 'lock', text: 'select from deliveries where endpoint_id = $1 and sequence = 60 for update' }
  await rooms.database.transaction(async (transaction) => {
    await transaction.execute(lock, [endpoint.id])
    for (let ended = 0; ended < failing - 1; ended++) {
      await rooms.finish((await rooms.untilAttempts(ended + 1)).slice(ended))
    }
    await rooms.untilAttempts(failing)
    await eventually(async () => ((await rooms.database.query(waitingForLock)).length > 0 ? true : null))
    await rooms.fail(rooms.attempts.slice(failing - 1), Date.now() + 300)
  })
  for (let ended = failing; ended <= 60; ended++)
    await rooms.finish((await rooms.untilAttempts(ended + 1)).slice(ended))
  const sequences = rooms.attempts.map(({ task }) => task.delivery.sequence)
  const once = Array.from({ length: 60 }, (_, index) => index + 1)
  assert.deepEqual(sequences, once.toSpliced(failing, 0, failing))
})

test('while the head of a line waits for its retry, and when there is nothing to do, nobody asks the database', async (t) => {
  const rooms = await TestRooms.open(t)
  const endpoint = await rooms.seed.endpoint({ serialize: true })
  await Promise.all(Array.from({ length: 30 }, () => rooms.publish()))
  await rooms.fail(await rooms.untilAttempts(1), Date.now() + 60 * second)
  await eventually(async () => {
    return (await storedDeliveries(rooms.database)).every(({ owner }) => owner === 0) ? true : null
  })
  await sleep(100)
  const before = rooms.looks
  await sleep(600)
  assert.equal(rooms.looks, before)
  await rooms.seed.change(`update endpoints set status = 'deleted' where id = $1`, [endpoint.id])
  await eventually(() => (rooms.configuration.endpoint(endpoint.id) === undefined ? true : null))
  rooms.dispatch.wake(endpoint.id, Date.now())
  await sleep(600)
  assert(rooms.looks <= before + 2, `${rooms.looks - before} looks for an endpoint that is gone`)
})

test('an endpoint that needs a lease is served at once by a node that knew nothing of its workspace', async (t) => {
  const rooms = await TestRooms.open(t)
  const endpoint = await rooms.seed.endpoint({ serialize: true })
  await rooms.seed.accepted(endpoint, 2)
  const startedAt = performance.now()
  rooms.dispatch.wake(endpoint.id, Date.now())
  await rooms.untilAttempts(1)
  assert(performance.now() - startedAt < 2 * second)
  assert(rooms.looks < 5, `${rooms.looks} looks`)
})
