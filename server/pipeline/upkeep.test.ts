import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { createAuditSigner } from '../domain/audit-checkpoint.ts'
import { findIdempotencyKey } from '../storage/accept.ts'
import { acquireLeases } from '../storage/lease.ts'
import { buryNodes, registerNode } from '../storage/node.ts'
import { replaceSecret } from '../storage/previous-secret.ts'
import { SettableClock } from '../testing/clock.ts'
import { eventually } from '../testing/eventually.ts'
import { plantHistory } from '../testing/history.ts'
import { TestRooms } from '../testing/rooms.ts'
import { newId, storedDeliveries, testSealing } from '../testing/seed.ts'
import { noTunnels } from '../testing/tunnels.ts'
import { Alerts } from './alerts.ts'
import { Upkeep } from './upkeep.ts'

const second = 1_000
const day = 86_400 * second
const heartbeatOf = { name: 'heartbeat-of', text: 'select heartbeat_at from nodes where id = $1' }
const isDead = { name: 'is-dead', text: 'select dead_at is not null as dead from nodes where id = $1' }

async function open(t: TestContext, { alone = false } = {}) {
  const clock = new SettableClock()
  const rooms = await TestRooms.open(t, { clock })
  const { database, configuration, dispatch, node } = rooms
  const lines: string[] = []
  const log = pino({}, { write: (line: string) => void lines.push(line) })
  const auditSigner = createAuditSigner('00'.repeat(32))
  const alerts = new Alerts({ database, clock, log, newId, publicUrl: () => 'https://atlas.example', mailer: null })
  const given = { database, configuration, dispatch, node, alerts, tunnels: noTunnels }
  const options = { ...given, clock, log, alone, auditSigner, retentionDays: 30 }
  const upkeep = new Upkeep(options)
  t.after(() => upkeep.stop())
  const dead = async (id: number) => (await database.query<{ dead: boolean }>(isDead, [id]))[0]?.dead
  /** Lets time pass a second at a time, as a node that works lives through it. */
  const pass = async (seconds: number): Promise<void> => {
    for (let passed = 0; passed < seconds; passed++) {
      clock.advance(second)
      await eventually(async () => {
        const [row] = await database.query<{ heartbeat_at: Date }>(heartbeatOf, [node.id])
        if (row && row.heartbeat_at.getTime() >= clock.now() - second) return true
        // It was a moment late to set its timer again.
        clock.advance(second / 4)
        return null
      })
    }
  }
  return { ...{ rooms, upkeep, clock, database, node, dead, pass, lines }, seed: rooms.seed }
}

test('at its start a node takes over from those that fell silent, and attempts what they held', async (t) => {
  const { rooms, seed, upkeep, clock, database, dead } = await open(t)
  const endpoint = await seed.endpoint()
  const gone = await registerNode(database, new Date(clock.now() - 11 * second))
  const alive = await registerNode(database, new Date(clock.now() - 2 * second))
  const [orphan] = await seed.accepted(endpoint, 1, gone, new Date(clock.now()))
  await seed.accepted(endpoint, 1, alive)
  await upkeep.start()
  const [attempt] = await rooms.untilAttempts(1)
  assert.equal(attempt?.task.delivery.id, orphan)
  assert.deepEqual([await dead(gone), await dead(alive), rooms.attempts.length], [true, false, 1])
})

test('a node that is alone takes over at once, whoever was here before', async (t) => {
  const { rooms, seed, upkeep, clock, database } = await open(t, { alone: true })
  const before = await registerNode(database, new Date(clock.now()))
  await seed.accepted(await seed.endpoint(), 2, before, new Date(clock.now()))
  await upkeep.start()
  await rooms.untilAttempts(2)
})

test('a node that falls silent is taken over from while this one runs', async (t) => {
  const { rooms, seed, upkeep, clock, database, dead, pass } = await open(t)
  const other = await registerNode(database, new Date(clock.now()))
  await seed.accepted(await seed.endpoint(), 1, other, new Date(clock.now()))
  await upkeep.start()
  await pass(4)
  assert.equal(await dead(other), false)
  await pass(14)
  await rooms.untilAttempts(1)
  assert.equal(await dead(other), true)
})

test('what waits for an endpoint that a node served which fell silent is attempted, though that one had nothing in hand', async (t) => {
  const { rooms, seed, upkeep, clock, database, dead, pass } = await open(t)
  const startedAt = clock.now()
  const endpoint = await seed.endpoint({ serialize: true })
  const holder = await registerNode(database, new Date(clock.now()))
  await acquireLeases(database, [endpoint.id], holder, new Date(clock.now()))
  await seed.accepted(endpoint, 1, 0, new Date(clock.now()))
  await upkeep.start()
  while (!(await dead(holder))) await pass(1)
  await rooms.untilAttempts(1)
  assert(clock.now() - startedAt < 15 * second, 'the backlogs of all endpoints were not looked for again before')
})

test('after a gap in its own heartbeats a node first gives the others time to be heard of', async (t) => {
  const { upkeep, clock, database, dead, pass } = await open(t)
  const other = await registerNode(database, new Date(clock.now()))
  await upkeep.start()
  await pass(1)
  // As if the database had been away: nobody was heard of, this node neither.
  clock.advance(15 * second)
  await pass(7)
  assert.equal(await dead(other), false)
  await pass(14)
  await eventually(async () => ((await dead(other)) ? true : null))
})

test('a node that was taken for dead goes on as a new one, and what it had not started is attempted by somebody', async (t) => {
  const { rooms, seed, upkeep, clock, database, node, dead } = await open(t)
  await seed.endpoint({ maxInFlight: 1 })
  await upkeep.start()
  await Promise.all([rooms.publish(), rooms.publish()])
  const [first] = await rooms.untilAttempts(1)
  const before = node.id
  const other = await registerNode(database, new Date(clock.now()))
  await buryNodes(database, other, new Date(clock.now() + day), new Date(clock.now()))
  clock.advance(second)
  await eventually(() => (node.id === before ? null : true))
  await eventually(() => (rooms.dispatch.waiting === 1 ? true : null))
  first?.end(true)
  if (first) rooms.dispatch.recorded(first.task, null)
  clock.advance(5 * second)
  // Both go back, since nobody knows what became of the one in flight: that one is repeated.
  const [, again] = await rooms.untilAttempts(2)
  assert.equal(again?.task.delivery.owner, node.id)
  assert.deepEqual([await dead(before), await dead(node.id)], [true, false])
})

test('partitions exist for the days to come, and what is older than the retention goes', async (t) => {
  const { upkeep, clock, database, seed, rooms } = await open(t)
  await upkeep.start()
  await rooms.publish({ key: 'k' })
  const rotated = await seed.endpoint()
  const previous = { id: newId(), secret: 'old', expiresAt: new Date(clock.now() + day) }
  await replaceSecret(database, { ...rotated, updatedAt: new Date(clock.now()) }, previous, testSealing)
  assert.equal((await database.query({ name: 'previous', text: 'table previous_secrets' })).length, 1)
  const days = async () =>
    (
      await database.query<{ name: string }>({
        name: 'days',
        text: `select inhrelid::regclass::text as name from pg_inherits
      where inhparent = 'events'::regclass order by 1`,
      })
    ).map(({ name }) => name.slice(7))
  const name = (ms: number) => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '')
  const expected = [-1, 0, 1, 2, 3].map((offset) => name(clock.now() + offset * day))
  assert.deepEqual(await days(), expected)
  clock.advance(31 * day)
  await eventually(async () => {
    clock.advance(3_600 * second)
    return (await days()).includes(expected[0] ?? '') ? null : true
  })
  await eventually(async () => ((await findIdempotencyKey(database, seed.workspaceId, 'k')) === null ? true : null))
  const secrets = { name: 'count-previous-secrets', text: 'select id from previous_secrets' }
  await eventually(async () => ((await database.query(secrets)).length === 0 ? true : null))
})

test('the log says which days were dropped, and how many deliveries still waited in them', async (t) => {
  const { upkeep, clock, database, seed, lines } = await open(t)
  await upkeep.start()
  const [paused, other] = [await seed.endpoint({ status: 'paused' }), await seed.endpoint({ status: 'paused' })]
  await seed.accepted(paused, 3)
  await plantHistory(database, { workspaceId: seed.workspaceId, endpointId: other.id, count: 5, state: 'dead_letter' })
  const [before] = await storedDeliveries(database)
  assert(before)
  const day = `deliveries_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`
  clock.advance(32 * 86_400 * second)
  const said = (text: string) => lines.find((line) => line.includes(text))
  const dropped = await eventually(() => {
    clock.advance(3_600 * second)
    return said('dropped what is older than 30 days') ?? null
  })
  assert(dropped.includes(day), dropped)
  const waited = JSON.parse(await eventually(() => said('still waited') ?? null))
  assert.deepEqual([waited.deliveries, waited.level], [3, 40])
  assert.deepEqual(await storedDeliveries(database), [])
})

test('what waits for a deleted endpoint is canceled in time', async (t) => {
  const { seed, upkeep, clock, database } = await open(t)
  const endpoint = await seed.endpoint({ status: 'deleted' })
  await seed.accepted(endpoint, 1)
  await upkeep.start()
  clock.advance(16 * second)
  await eventually(async () => ((await storedDeliveries(database))[0]?.state === 'canceled' ? true : null))
})

test('counters are sampled soon after each full minute, and samples are thinned and dropped in time', async (t) => {
  const { seed, upkeep, clock, database } = await open(t)
  const endpoint = await seed.endpoint()
  const samples = async (): Promise<number[]> => {
    const text = 'select at from endpoint_samples order by at'
    return (await database.query<{ at: Date }>({ name: 'samples', text })).map(({ at }) => at.getTime())
  }
  const hour = 3_600 * second
  const thisHour = Math.floor(clock.now() / hour) * hour
  const old = [thisHour - 40 * day - 1, thisHour - 35 * day, thisHour - 2 * day + 1, thisHour - 2 * day + 2]
  const text = `insert into endpoint_samples (endpoint_id, at, succeeded, failed, delivered, dead_lettered, durations)
    select $1, at, 0, 0, 0, 0, 0 from unnest($2::timestamptz[]) at`
  await database.execute({ name: 'plant', text }, [endpoint.id, old.map((at) => new Date(at))])
  await upkeep.start()
  await database.execute({ name: 'count', text: 'update endpoint_health set succeeded = 1, last_attempt_at = $1' }, [
    new Date(clock.now()),
  ])
  const taken = await eventually(async () => {
    clock.advance(5 * second)
    return (await samples()).find((at) => at > thisHour - day) ?? null
  })
  assert.equal(taken % (60 * second), 0)
  assert(taken > clock.now() - 90 * second)
  clock.advance(hour)
  await eventually(async () => {
    const left = (await samples()).filter((at) => at < thisHour - day)
    return left.length === 2 && left[0] === old[1] && left[1] === old[3] ? true : null
  })
})
