import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deliveryId } from '../domain/identifier.ts'
import { Problem, type ProblemCode } from '../errors.ts'
import { ownedDeliveries } from '../storage/claim.ts'
import { eventually } from '../testing/eventually.ts'
import { TestRooms } from '../testing/rooms.ts'
import { newId, storedDeliveries } from '../testing/seed.ts'

const disable = `update endpoints set status = 'disabled' where id = $1`
const terminate = {
  name: 'terminate-accept',
  text: `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`,
}

function problem(code: ProblemCode): (error: unknown) => boolean {
  return (error) => error instanceof Problem && error.code === code
}

test('a publish resolves when it is committed, and its delivery is attempted without a claim', async (t) => {
  const rooms = await TestRooms.open(t)
  const endpoint = await rooms.seed.endpoint()
  const id = newId()
  assert.equal(await rooms.publish({ id }), `1 of ${id}`)
  const [stored] = await storedDeliveries(rooms.database)
  assert.deepEqual([stored?.id, stored?.owner], [deliveryId(id, endpoint.id), rooms.node.id])
  const [attempt] = await rooms.untilAttempts(1)
  assert.deepEqual(
    [attempt?.task.event.id, attempt?.task.delivery.sequence, attempt?.endpoint.id],
    [id, 1, endpoint.id],
  )
})

test('an endpoint that was created, or disabled, right before a publish is seen by it', async (t) => {
  const rooms = await TestRooms.open(t)
  await rooms.publish()
  // Without the listener, as if the notification were still on its way.
  await rooms.configuration.stop()
  const endpoint = await rooms.seed.endpoint()
  await rooms.seed.change('update endpoints set updated_at = now() where id = $1', [endpoint.id])
  assert.match(await rooms.publish(), /^1 of/)
  await rooms.seed.change(disable, [endpoint.id])
  assert.match(await rooms.publish(), /^0 of/)
})

test('a repeated idempotency key gives the first answer, also when both come at once or the id is the same', async (t) => {
  const rooms = await TestRooms.open(t)
  await rooms.seed.endpoint()
  const [first, second] = await Promise.all([rooms.publish({ key: 'k' }), rooms.publish({ key: 'k' })])
  assert.equal(second, first)
  assert.equal(await rooms.publish({ key: 'k' }), first)
  await assert.rejects(rooms.publish({ key: 'k', bodyHash: 'another' }), problem('idempotency_conflict'))
  const id = newId()
  const answer = await rooms.publish({ id, key: 'with id' })
  assert.equal(await rooms.publish({ id, key: 'with id' }), answer)
  await assert.rejects(rooms.publish({ id, key: 'with id', bodyHash: 'another' }), problem('idempotency_conflict'))
  await assert.rejects(rooms.publish({ id, key: 'another key' }), problem('event_exists'))
  assert.equal((await storedDeliveries(rooms.database)).length, 2)
})

test('of events with one id, published at once, one is accepted and keeps its room', async (t) => {
  const rooms = await TestRooms.open(t)
  await rooms.seed.endpoint()
  const id = newId()
  const results = await Promise.allSettled([1, 2, 3].map(() => rooms.publish({ id })))
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  assert.equal(refused.length, 2)
  for (const reason of refused) assert(problem('event_exists')(reason), String(reason))
  await rooms.untilAttempts(1)
  assert.equal(rooms.dispatch.waiting, 1)
})

test('a publication that the database refuses fails alone', async (t) => {
  const rooms = await TestRooms.open(t)
  await rooms.seed.endpoint()
  const publishing = [rooms.publish(), rooms.publish({ tags: ['nul \0'] }), rooms.publish()]
  const results = await Promise.allSettled(publishing)
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  await rooms.untilAttempts(2)
  assert.equal(rooms.dispatch.waiting, 2)
})

test('for an unknown workspace there is nothing to publish to', async (t) => {
  const rooms = await TestRooms.open(t)
  await assert.rejects(rooms.accept.publish({ ...rooms.publication(), workspaceId: newId() }), problem('not_found'))
})

test('a connection lost in the middle is a 503, gives the room back, and leaves nothing owned but unheld', async (t) => {
  const rooms = await TestRooms.open(t)
  const endpoint = await rooms.seed.endpoint()
  await rooms.database.session(async (holder) => {
    await holder.script('begin')
    await holder.script('lock table endpoint_sequences')
    const lost = assert.rejects(rooms.publish(), problem('database_unavailable'))
    await eventually(async () => ((await rooms.database.execute(terminate)) > 0 ? true : null))
    await lost
    await holder.script('commit')
  })
  assert.equal(rooms.dispatch.waiting, 0)
  await rooms.publish()
  await rooms.untilAttempts(1)
  assert.deepEqual(await ownedDeliveries(rooms.database, rooms.node.id), [rooms.attempts[0]?.task.delivery.id])
  assert.equal(rooms.of(endpoint).length, 1)
})

test('what was committed although the answer was lost is found and attempted', async (t) => {
  const rooms = await TestRooms.open(t)
  const endpoint = await rooms.seed.endpoint()
  await rooms.configuration.workspace(rooms.seed.workspaceId)
  // As such a commit leaves it: owned by this node, which knows nothing of it.
  const [stray] = await rooms.seed.accepted(endpoint, 1, rooms.node.id)
  rooms.dispatch.reconcile()
  const [attempt] = await rooms.untilAttempts(1)
  assert.equal(attempt?.task.delivery.id, stray)
})

test('a node that stops refuses what comes and commits what came', async (t) => {
  const rooms = await TestRooms.open(t)
  await rooms.publish()
  const publishing = rooms.publish()
  // Planned from memory, it waits for its commit by then.
  await Promise.resolve()
  await rooms.accept.stop()
  assert.match(await publishing, /^0 of/)
  await assert.rejects(rooms.publish(), problem('shutting_down'))
})

test('a batch that would be a statement of many seconds is refused, and takes no room', async (t) => {
  const rooms = await TestRooms.open(t)
  for (let endpoint = 0; endpoint < 21; endpoint++) await rooms.seed.endpoint()
  const [event] = rooms.publication().events
  assert(event)
  const events = Array.from({ length: 1_000 }, () => ({ ...event, id: newId() }))
  await assert.rejects(rooms.accept.publish({ ...rooms.publication(), events }), problem('payload_too_large'))
  assert.equal(rooms.dispatch.waiting, 0)
})
