import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownedDeliveries } from '../storage/claim.ts'
import { SettableClock } from '../testing/clock.ts'
import { eventually } from '../testing/eventually.ts'
import { TestRooms } from '../testing/rooms.ts'
import { newId, storedDeliveries } from '../testing/seed.ts'

const setStatus = 'update endpoints set status = $2::endpoint_status where id = $1'
const lookedUp = {
  name: 'looked-up',
  text: `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
    and state = 'idle' and query like '%cross join lateral%limit 1%'`,
}
const waitingForLock = {
  name: 'waiting-for-lock',
  text: `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
}
const terminate = {
  name: 'terminate-claim',
  text: `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`,
}

test('an endpoint never has more attempts in flight than it takes', async (t) => {
  const rooms = await TestRooms.open(t)
  const endpoint = await rooms.seed.endpoint({ maxInFlight: 3 })
  await Promise.all(Array.from({ length: 10 }, () => rooms.publish()))
  for (let ended = 0; ended < 10; ended++) {
    await rooms.untilAttempts(Math.min(10, ended + 3))
    assert.equal(rooms.attempts.length, Math.min(10, ended + 3))
    assert(rooms.dispatch.inFlight <= 3)
    await rooms.finish(rooms.attempts.slice(ended, ended + 1))
  }
  assert.equal(new Set(rooms.of(endpoint).map(({ task }) => task.delivery.id)).size, 10)
  assert.equal(rooms.dispatch.waiting, 0)
})

test('endpoints are served in turn, so that a burst of one delays the others by one attempt each', async (t) => {
  const rooms = await TestRooms.open(t, { mostInFlight: 2 })
  const [busy, quiet] = [
    await rooms.seed.endpoint({ types: ['busy'] }),
    await rooms.seed.endpoint({ types: ['quiet'] }),
  ]
  await Promise.all([
    ...Array.from({ length: 8 }, () => rooms.publish({ type: 'busy' })),
    rooms.publish({ type: 'quiet' }),
  ])
  for (let ended = 0; rooms.of(quiet).length === 0; ended++) {
    assert(ended < 3, `${rooms.of(busy).length} attempts came first`)
    await rooms.finish(rooms.attempts.slice(ended, ended + 1))
  }
  assert(rooms.dispatch.inFlight <= 2)
})

test('failing endpoints never take more than half of the slots', async (t) => {
  const rooms = await TestRooms.open(t, { mostInFlight: 4 })
  const failing = await rooms.seed.endpoint({ types: ['bad'] })
  const healthy = await rooms.seed.endpoint({ types: ['good'] })
  await rooms.publish({ type: 'bad' })
  await rooms.finish(await rooms.untilAttempts(1), false)
  await Promise.all(Array.from({ length: 9 }, () => rooms.publish({ type: 'bad' })))
  await rooms.untilAttempts(3)
  await new Promise(setImmediate)
  assert.equal(rooms.dispatch.inFlight, 2)
  await Promise.all([1, 2, 3].map(() => rooms.publish({ type: 'good' })))
  // Nobody knows it yet, so it has one request until that succeeds, and then what the others leave.
  await eventually(() => (rooms.of(healthy).length === 1 ? true : null))
  await rooms.finish(rooms.of(healthy))
  await eventually(() => (rooms.of(healthy).length === 3 ? true : null))
  // Its next success gives the failing one the whole again.
  await rooms.finish(rooms.of(failing).slice(1, 2))
  await rooms.finish(rooms.of(healthy).slice(1))
  await eventually(() => (rooms.dispatch.inFlight === 4 ? true : null))
})

test('an endpoint with nothing in flight may start, whatever number of others hang', async (t) => {
  const rooms = await TestRooms.open(t, { mostInFlight: 4 })
  for (let endpoint = 0; endpoint < 8; endpoint++) await rooms.seed.endpoint({ types: ['bad'] })
  const healthy = await rooms.seed.endpoint({ types: ['good'] })
  await Promise.all([1, 2, 3].map(() => rooms.publish({ type: 'bad' })))
  await rooms.untilAttempts(8)
  await rooms.publish({ type: 'good' })
  await eventually(() => (rooms.of(healthy).length === 1 ? true : null))
  assert.equal(rooms.dispatch.inFlight, 9)
  await rooms.finish(rooms.attempts.slice())
})

test('a slot goes to an endpoint that may use it, though others have waited for longer', async (t) => {
  const rooms = await TestRooms.open(t, { mostInFlight: 1 })
  for (let endpoint = 0; endpoint < 3; endpoint++) await rooms.seed.endpoint({ types: ['bad'] })
  const busy = await rooms.seed.endpoint({ types: ['busy'] })
  const idle = await rooms.seed.endpoint({ types: ['idle'] })
  await rooms.publish({ type: 'bad' })
  await rooms.publish({ type: 'busy' })
  const hanging = (await rooms.untilAttempts(4)).slice()
  for (const type of ['busy', 'idle']) await rooms.publish({ type })
  await new Promise(setImmediate)
  assert.equal(rooms.attempts.length, 4, 'four may start something')
  // The busy one has something in flight: it gets more when there is less than one for each that has nothing.
  await rooms.finish(hanging.slice(0, 1))
  await eventually(() => (rooms.of(idle).length === 1 ? true : null))
  assert.equal(rooms.of(busy).length, 1)
})

test('a slot that an endpoint cannot use after all goes to the next one', async (t) => {
  const clock = new SettableClock()
  const rooms = await TestRooms.open(t, { mostInFlight: 1, clock })
  for (let endpoint = 0; endpoint < 4; endpoint++) await rooms.seed.endpoint({ types: ['bad'] })
  await rooms.seed.endpoint({ types: ['leased'], serialize: true })
  const plain = await rooms.seed.endpoint({ types: ['plain'] })
  await rooms.publish({ type: 'bad' })
  const hanging = (await rooms.untilAttempts(4)).slice()
  await rooms.publish({ type: 'leased' })
  await eventually(() => (rooms.dispatch.waiting === 5 ? true : null))
  await rooms.publish({ type: 'plain' })
  // No heartbeat was heard: what is leased has to wait for one.
  clock.advance(10_000)
  await rooms.finish(hanging.slice(0, 1))
  await eventually(() => (rooms.of(plain).length === 1 ? true : null))
})

test('what does not fit into memory waits in the database, is claimed when there is room, and nothing is lost', async (t) => {
  const rooms = await TestRooms.open(t, { capacity: 30_000 })
  const endpoint = await rooms.seed.endpoint({ maxInFlight: 2 })
  await Promise.all(Array.from({ length: 60 }, () => rooms.publish()))
  const owned = await ownedDeliveries(rooms.database, rooms.node.id)
  assert(owned.length > 0 && owned.length < 20, `${owned.length} in memory`)
  for (let ended = 0; ended < 60; ended++) {
    await rooms.untilAttempts(ended + 1)
    await rooms.finish(rooms.attempts.slice(ended, ended + 1))
  }
  assert.equal(new Set(rooms.of(endpoint).map(({ task }) => task.delivery.id)).size, 60)
  assert.equal(rooms.attempts.length, 60)
  assert.equal(rooms.dispatch.waiting, 0)
})

test('what finds its room taken when the claim comes to look is claimed when there is room again', async (t) => {
  const rooms = await TestRooms.open(t, { capacity: 1 })
  const waiting = await rooms.seed.endpoint({ types: ['waiting'] })
  const greedy = await rooms.seed.endpoint({ types: ['greedy'] })
  const event = { id: newId(), workspaceId: rooms.seed.workspaceId, type: 'greedy', tags: [], created: 0, data: '{}' }
  const [first, second] = [newId(), newId()]
  assert(rooms.dispatch.reserve(first, greedy, event))
  await rooms.publish({ type: 'waiting' })
  // The room that this leaves makes the claim begin, and is gone before it has looked.
  rooms.dispatch.cancelReservation(first)
  assert(rooms.dispatch.reserve(second, greedy, event))
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
  assert.equal(rooms.attempts.length, 0)
  rooms.dispatch.cancelReservation(second)
  await rooms.untilAttempts(1)
  assert.equal(rooms.of(waiting).length, 1)
})

test('a retry is attempted when it is due, not before', async (t) => {
  const clock = new SettableClock()
  const rooms = await TestRooms.open(t, { clock })
  const endpoint = await rooms.seed.endpoint()
  await rooms.configuration.workspace(rooms.seed.workspaceId)
  const due = clock.now() + 10_000
  await rooms.seed.accepted(endpoint, 1, 0, new Date(due))
  rooms.dispatch.wake(endpoint.id, due)
  clock.advance(9_999)
  await new Promise(setImmediate)
  assert.equal(rooms.attempts.length, 0)
  clock.advance(1)
  await rooms.untilAttempts(1)
})

test('a claim whose connection is lost is tried again after a moment, whatever the clock says', async (t) => {
  const clock = new SettableClock()
  const rooms = await TestRooms.open(t, { clock })
  const endpoint = await rooms.seed.endpoint()
  await rooms.configuration.workspace(rooms.seed.workspaceId)
  await rooms.seed.accepted(endpoint, 1, 0, new Date(clock.now()))
  await rooms.database.session(async (holder) => {
    await holder.script('begin; lock table deliveries')
    rooms.dispatch.wake(endpoint.id, clock.now())
    await eventually(async () => ((await rooms.database.execute(terminate)) > 0 ? true : null))
    await holder.script('commit')
  })
  await rooms.untilAttempts(1)
})

test('what becomes due while a claim looks is not forgotten when the claim finds nothing', async (t) => {
  const clock = new SettableClock()
  const rooms = await TestRooms.open(t, { clock })
  const endpoint = await rooms.seed.endpoint()
  await rooms.configuration.workspace(rooms.seed.workspaceId)
  const due = clock.now() + 10_000
  await rooms.database.session(async (holder) => {
    await holder.script('begin; lock table deliveries')
    rooms.dispatch.wake(endpoint.id, clock.now())
    await eventually(async () => ((await rooms.database.query(waitingForLock)).length > 0 ? true : null))
    rooms.dispatch.wake(endpoint.id, due)
    await holder.script('commit')
  })
  // The claim's answer, that nothing waits, is older than this delivery.
  await eventually(async () => ((await rooms.database.query(lookedUp)).length > 0 ? true : null))
  await rooms.seed.accepted(endpoint, 1, 0, new Date(due))
  clock.advance(10_000)
  await rooms.untilAttempts(1)
})

test('what comes to be due while a claim looks is looked for again at once', async (t) => {
  const clock = new SettableClock()
  const rooms = await TestRooms.open(t, { clock })
  const endpoint = await rooms.seed.endpoint()
  await rooms.configuration.workspace(rooms.seed.workspaceId)
  await rooms.seed.accepted(endpoint, 1, 0, new Date(clock.now() + 10_000))
  await rooms.database.session(async (holder) => {
    await holder.script('begin; lock table deliveries')
    rooms.dispatch.wake(endpoint.id, clock.now())
    await eventually(async () => ((await rooms.database.query(waitingForLock)).length > 0 ? true : null))
    clock.advance(10_000)
    await holder.script('commit')
  })
  await rooms.untilAttempts(1)
})

test('a paused endpoint gets nothing more, its waiting deliveries go back, and they flow when it is resumed', async (t) => {
  const rooms = await TestRooms.open(t)
  const endpoint = await rooms.seed.endpoint({ maxInFlight: 1 })
  await Promise.all(Array.from({ length: 5 }, () => rooms.publish()))
  const [first] = await rooms.untilAttempts(1)
  await rooms.seed.change(setStatus, [endpoint.id, 'paused'])
  await eventually(async () => ((await ownedDeliveries(rooms.database, rooms.node.id)).length === 1 ? true : null))
  await rooms.finish(first ? [first] : [])
  assert.match(await rooms.publish(), /^1 of/)
  assert.deepEqual([rooms.attempts.length, rooms.dispatch.waiting], [1, 0])
  await rooms.seed.change(setStatus, [endpoint.id, 'active'])
  for (let ended = 1; ended < 6; ended++) {
    await rooms.untilAttempts(ended + 1)
    await rooms.finish(rooms.attempts.slice(ended, ended + 1))
  }
  assert.equal(rooms.dispatch.waiting, 0)
})

test('deliveries of a deleted endpoint go back once and stay there', async (t) => {
  const rooms = await TestRooms.open(t)
  const endpoint = await rooms.seed.endpoint({ maxInFlight: 1 })
  await Promise.all(Array.from({ length: 5 }, () => rooms.publish()))
  const [first] = await rooms.untilAttempts(1)
  await rooms.seed.change(setStatus, [endpoint.id, 'deleted'])
  await eventually(() => (rooms.configuration.endpoint(endpoint.id) === undefined ? true : null))
  await rooms.finish(first ? [first] : [])
  await eventually(async () => ((await ownedDeliveries(rooms.database, rooms.node.id)).length === 0 ? true : null))
  const version = { name: 'version', text: `select array_agg(xmin::text order by id) as version from deliveries` }
  const before = await rooms.database.query(version)
  await rooms.publish()
  assert.deepEqual(await rooms.database.query(version), before)
  assert.deepEqual([rooms.attempts.length, rooms.dispatch.waiting], [1, 0])
})

test('a node that stops gives back what it has not started, also what a claim was bringing', async (t) => {
  const rooms = await TestRooms.open(t)
  const endpoint = await rooms.seed.endpoint({ maxInFlight: 1 })
  await Promise.all(Array.from({ length: 3 }, () => rooms.publish()))
  const [first] = await rooms.untilAttempts(1)
  assert(first)
  const other = await rooms.seed.endpoint()
  await rooms.seed.accepted(other, 3)
  const stopped = await rooms.database.session(async (holder) => {
    await holder.script('begin')
    await holder.script('lock table deliveries')
    rooms.dispatch.wake(other.id, Date.now())
    await eventually(async () => ((await rooms.database.query(waitingForLock)).length > 0 ? true : null))
    const stopping = rooms.dispatch.stop()
    await holder.script('commit')
    return { stopping }
  })
  await eventually(async () => ((await ownedDeliveries(rooms.database, rooms.node.id)).length === 1 ? true : null))
  await rooms.finish([first])
  await stopped.stopping
  assert.equal(rooms.attempts.length, 1)
  assert.deepEqual(
    (await storedDeliveries(rooms.database))
      .filter(({ endpoint_id: id }) => id === endpoint.id)
      .map(({ state }) => state),
    ['delivered', 'pending', 'pending'],
  )
})
