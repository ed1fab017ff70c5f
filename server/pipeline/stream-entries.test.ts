// The transaction that streams entries of the audit log, and what may come between.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import type { Endpoint } from '../domain/endpoint.ts'
import { readAudit } from '../storage/audit.ts'
import { closeAuditStream } from '../storage/audit-span.ts'
import { ownedDeliveries } from '../storage/claim.ts'
import { type Database, openDatabase } from '../storage/database.ts'
import { isUnavailable } from '../storage/failure.ts'
import { appendEntries, entryOf } from '../testing/audit.ts'
import { createTestDatabase } from '../testing/database.ts'
import { DatabaseProxy } from '../testing/database-proxy.ts'
import { eventually } from '../testing/eventually.ts'
import { TestRooms } from '../testing/rooms.ts'
import { Seed, storedDeliveries } from '../testing/seed.ts'
import { AuditStream } from './audit-stream.ts'
import { systemClock } from './clock.ts'
import { type Streamed, streamEntries } from './stream-entries.ts'

const stream = 'audit'
const nothing: Streamed = { more: [], stale: [], busy: [], unwanted: [] }
const many = (count: number, size = 0) =>
  Array.from({ length: count }, (_, number) => entryOf({ metadataObject: { number, text: 'x'.repeat(size) } }))
const storedEvents = { name: 'stored-events', text: 'select id from events order by id' }
const holdCursors = 'begin; select * from audit_streams for update'

function optionsOf({ database, configuration, dispatch, handOver, node }: TestRooms) {
  return { database, configuration, dispatch, handOver, node, clock: systemClock }
}

async function open(t: TestContext, given: Parameters<typeof TestRooms.open>[1] = {}) {
  const rooms = await TestRooms.open(t, { capacity: 100_000_000, mostInFlight: 20_000, ...given })
  const { workspaceId } = rooms.seed
  return {
    rooms,
    workspaceId,
    append: (entries: ReturnType<typeof many>, now?: Date) => appendEntries(rooms.database, workspaceId, entries, now),
    step: () => streamEntries(optionsOf(rooms), [workspaceId]),
    streamed: async () => (await rooms.database.query<{ id: string }>(storedEvents)).map(({ id }) => id),
  }
}

test('entries become events with deliveries, of which the node attempts those that it has room for', async (t) => {
  const { rooms, append, step, streamed } = await open(t)
  const endpoint = await rooms.seed.endpoint({ stream, maxInFlight: 100 })
  const batched = await rooms.seed.endpoint({ stream, batch: { maxEvents: 100, windowSeconds: 60 } })
  const ids = await append(many(30))
  assert.deepEqual(await step(), nothing)
  assert.deepEqual(await streamed(), ids)
  const attempts = await rooms.untilAttempts(30)
  assert.deepEqual(
    attempts.map(({ task }) => [task.event.id, task.delivery.sequence, task.event.stream]),
    ids.map((id, index) => [id, index + 1, stream]),
  )
  const owners = Map.groupBy(await storedDeliveries(rooms.database), ({ endpoint_id }) => endpoint_id)
  assert(owners.get(endpoint.id)?.every(({ owner }) => owner === rooms.node.id))
  assert(owners.get(batched.id)?.every(({ owner }) => owner === 0))
  assert.deepEqual(await step(), nothing, 'there is nothing more')
  assert.equal((await storedDeliveries(rooms.database)).length, 60)
})

test('a plan that is out of date streams nothing, so that no endpoint is missed', async (t) => {
  const { rooms, workspaceId, append, step } = await open(t)
  await rooms.seed.endpoint({ stream, types: ['pro.atmos.lock.deleted'] })
  await rooms.configuration.workspace(workspaceId)
  // Without the listener, as if the notification were still on its way.
  await rooms.configuration.stop()
  const late = await rooms.seed.endpoint({ stream })
  await rooms.seed.change('select 1', [])
  await append(many(2))
  assert.deepEqual(await step(), { ...nothing, stale: [workspaceId] })
  assert.equal(rooms.dispatch.waiting, 0)
  await rooms.configuration.reload(workspaceId)
  assert.deepEqual(await step(), nothing)
  assert.equal((await storedDeliveries(rooms.database)).filter((row) => row.endpoint_id === late.id).length, 2)
})

test('while another node streams a workspace, this one leaves it alone and looks again', async (t) => {
  const { rooms, workspaceId, append, step, streamed } = await open(t)
  await rooms.seed.endpoint({ stream })
  const ids = await append(many(3))
  await rooms.database.session(async (other) => {
    await other.script(holdCursors)
    assert.deepEqual(await step(), { ...nothing, busy: [workspaceId] })
    const room = new AuditStream({ ...optionsOf(rooms), log: pino({ level: 'silent' }) })
    await rooms.configuration.workspace(workspaceId)
    room.wake(workspaceId)
    await sleep(10)
    await other.script('commit')
    await eventually(async () => ((await streamed()).length === ids.length ? true : null))
    await room.stop()
  })
  assert.deepEqual(await streamed(), ids)
})

test('a transaction is bounded by entries, by their size and by their deliveries, and takes one in any case', async (t) => {
  const { rooms, workspaceId, append, step, streamed } = await open(t)
  await rooms.seed.endpoint({ stream, types: ['*.*.lock.created'] })
  const counts = async () => {
    const taken: number[] = []
    for (let before = (await streamed()).length, more = true; more; before += taken.at(-1) ?? 0) {
      const { more: again } = await step()
      more = again.includes(workspaceId)
      taken.push((await streamed()).length - before)
    }
    return taken
  }
  await append(many(1_200))
  assert.deepEqual(await counts(), [500, 500, 200])
  for (let times = 0; times < 4; times++) await append(many(100, 60_000))
  const large = await counts()
  assert(large.length === 3 && large.every((count) => count <= 140), large.join())
  for (let count = 1; count < 50; count++) await rooms.seed.endpoint({ stream })
  await rooms.seed.change('select 1', [])
  await rooms.configuration.reload(workspaceId)
  await append(many(450))
  assert.deepEqual(await counts(), [200, 200, 50])
})

test('entries of another day, whose place is gone or not made yet, are streamed all the same', async (t) => {
  const { rooms, workspaceId, append, step, streamed } = await open(t)
  await rooms.seed.endpoint({ stream })
  const days = (count: number) => new Date(Date.now() + count * 86_400_000)
  const ids = [...(await append(many(2), days(-40))), ...(await append(many(2), days(40)))]
  assert.deepEqual(await step(), { ...nothing, more: [workspaceId] })
  assert.equal(rooms.dispatch.waiting, 0)
  assert.deepEqual(await step(), nothing)
  assert.deepEqual(await streamed(), ids)
})

async function closing({ database }: TestRooms, workspaceId: string): Promise<void> {
  await database.transaction((transaction) => closeAuditStream(transaction, workspaceId))
}

test('when nobody wants entries any more, how far they were streamed is forgotten, unless somebody came meanwhile', async (t) => {
  const { rooms, workspaceId, append, step } = await open(t)
  const { id } = await rooms.seed.endpoint({ stream })
  await rooms.seed.change(`update endpoints set status = 'deleted' where id = $1`, [id])
  await append(many(2))
  assert.deepEqual(await step(), { ...nothing, unwanted: [workspaceId] })
  assert.equal((await storedDeliveries(rooms.database)).length, 0)
  const cursors = { name: 'cursors', text: 'select * from audit_streams' }
  const room = new AuditStream({ ...optionsOf(rooms), log: pino({ level: 'silent' }) })
  t.after(() => room.stop())
  await rooms.seed.endpoint({ stream, status: 'disabled' })
  const again = await rooms.seed.endpoint({ stream })
  // The room would forget it for the reason of before; but by now there is one that wants entries.
  await closing(rooms, workspaceId)
  assert.equal((await rooms.database.query(cursors)).length, 1)
  await rooms.seed.change(`update endpoints set status = 'deleted' where id = $1`, [again.id])
  await append(many(1))
  room.start()
  await eventually(async () => ((await rooms.database.query(cursors)).length === 0 ? true : null))
  assert.equal((await storedDeliveries(rooms.database)).length, 0)
})

test('a workspace whose entries cannot be streamed keeps no other from it, and the log says so', async (t) => {
  const { rooms, workspaceId, append } = await open(t)
  await rooms.seed.endpoint({ stream })
  const neighbour = await Seed.plant(rooms.database)
  const fine = await neighbour.endpoint({ stream })
  const [bad = ''] = await append(many(1))
  const forge = {
    name: 'forge',
    text: `insert into events (id, workspace_id, type, tags, created, received_at, data) values ($1, $2, 'a', '{}', 0, now(), '{}')`,
  }
  await rooms.database.execute(forge, [bad, workspaceId])
  await appendEntries(rooms.database, neighbour.workspaceId, many(2))
  const lines: string[] = []
  const log = pino({}, { write: (line: string) => void lines.push(line) })
  const room = new AuditStream({ ...optionsOf(rooms), log })
  t.after(() => room.stop())
  room.start()
  await eventually(async () => ((await storedDeliveries(rooms.database)).length === 2 ? true : null))
  assert((await storedDeliveries(rooms.database)).every(({ endpoint_id }) => endpoint_id === fine.id))
  await eventually(() => (lines.length > 0 ? true : null))
  assert(lines[0]?.includes(workspaceId), lines[0])
})

/** The ids of the chain's entries, and of the endpoint's deliveries in the order of their sequences. */
async function compare(database: Database, workspaceId: string, endpoint: Endpoint): Promise<[string[], string[]]> {
  const range = { after: 0, upTo: Number.MAX_SAFE_INTEGER, limit: 100_000 }
  const chain = (await readAudit(database, workspaceId, range)).map(({ id }) => id)
  const rows = await database.query<{ event_id: string }>(
    { name: 'in-order', text: 'select event_id from deliveries where endpoint_id = $1 order by sequence' },
    [endpoint.id],
  )
  return [chain, rows.map(({ event_id }) => event_id)]
}

test('whenever its connections break, also in a commit, each entry is streamed and attempted once', async (t) => {
  const { url, database: direct } = await createTestDatabase(t)
  const proxy = await DatabaseProxy.start(t, url)
  const database = openDatabase(proxy.url, { max: 5, log: pino({ level: 'silent' }) })
  t.after(() => database.close())
  const { rooms, workspaceId, step } = await open(t, { database: { database } })
  const endpoint = await rooms.seed.endpoint({ stream, maxInFlight: 20_000 })
  const own = openDatabase(url, { max: 2, log: pino({ level: 'silent' }) })
  t.after(() => own.close())
  let broken = 0
  for (let round = 0; round < 60; round++) {
    await appendEntries(own, workspaceId, many(10))
    // An answer or two later each time, so that every statement loses its answer now and then, and the commit too.
    const cut = sleep(round % 12).then(() => (round % 3 === 0 ? proxy.cut() : proxy.loseAnswers(1)))
    await step().catch((error: unknown) => {
      assert(isUnavailable(error), String(error))
      broken++
    })
    await cut
    proxy.loseAnswers(0)
  }
  t.diagnostic(`${broken} of 60 transactions were broken off`)
  assert(broken > 5)
  await rooms.configuration.reload(workspaceId)
  for (let streamed = await step(); streamed.more.length > 0; streamed = await step());
  const [chain, delivered] = await compare(direct, workspaceId, endpoint)
  assert.equal(chain.length, 600)
  assert.deepEqual(delivered, chain)
  rooms.dispatch.reconcile()
  rooms.dispatch.wake(endpoint.id, 0)
  const attempts = await rooms.untilAttempts(chain.length)
  assert.deepEqual(attempts.map(({ task }) => task.event.id).toSorted(), chain.toSorted())
  assert.equal((await ownedDeliveries(direct, rooms.node.id)).length, chain.length)
})
