import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { acquireLeases } from '../storage/lease.ts'
import { SettableClock } from '../testing/clock.ts'
import { createTestDatabase } from '../testing/database.ts'
import { eventually } from '../testing/eventually.ts'
import { Seed } from '../testing/seed.ts'
import { noTunnels } from '../testing/tunnels.ts'
import { Leases } from './leases.ts'
import { Node } from './node.ts'

async function open(t: TestContext, nodes = 1) {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const clock = new SettableClock()
  const ready: string[] = []
  const log = pino({ level: 'silent' })
  const start = async () => {
    const node = await Node.register(database, new Date(clock.now()))
    const leases = new Leases({
      ...{ database, node, clock, log, tunnels: noTunnels },
      ready: (id) => void ready.push(id),
    })
    return { node, leases }
  }
  const started = await Promise.all(Array.from({ length: nodes }, start))
  const [one, two = one] = started
  assert(one && two)
  return { database, seed, clock, ready, one, two }
}

test('a node relies on its leases for eight seconds after the last heartbeat that was heard was sent', async (t) => {
  const { clock, one } = await open(t)
  const { leases } = one
  const { signal } = leases
  clock.advance(6_000)
  assert.equal(leases.heard(clock.now() - 1_000), false)
  clock.advance(6_999)
  assert.deepEqual([leases.trusted, signal.aborted], [true, false])
  clock.advance(1)
  assert.deepEqual([leases.trusted, signal.aborted], [false, true])
  assert.equal(leases.heard(clock.now() - 8_000), false, 'it was heard too late to say anything')
  assert.equal(leases.trusted, false)
  assert.equal(leases.heard(clock.now() - 7_999), true)
  assert.deepEqual([leases.trusted, leases.signal.aborted], [true, false])
})

test('a process that was frozen does not rely on its leases before its timers have told it so', async (t) => {
  const { one, seed } = await open(t)
  const frozen = new SettableClock()
  // Its timers never come.
  const clock = { now: () => frozen.now(), after: () => ({ cancel: () => {} }) }
  const given = { database: seed.database, node: one.node, tunnels: noTunnels }
  const options = { ...given, clock, log: pino({ level: 'silent' }), ready: () => {} }
  const leases = new Leases(options)
  const { signal } = leases
  frozen.advance(9_000)
  assert.equal(leases.trusted, false)
  assert(signal.aborted, 'what is in flight is broken off')
  assert.equal(leases.heard(frozen.now()), true)
})

test('what another node serves is not asked for again for two seconds, unless a node has died', async (t) => {
  const { seed, clock, one, two } = await open(t, 2)
  const endpoint = await seed.endpoint({ serialize: true })
  assert.equal((await one.leases.acquire([endpoint])).size, 0)
  assert.equal((await two.leases.acquire([endpoint])).size, 0)
  assert.deepEqual([one.leases.lease(endpoint.id)?.epoch, two.leases.lease(endpoint.id)], [1, undefined])
  assert.equal(one.leases.elsewhereUntil(endpoint.id), null)
  assert.equal(two.leases.elsewhereUntil(endpoint.id), clock.now() + 2_000)
  two.leases.forgetElsewhere()
  assert.equal(two.leases.elsewhereUntil(endpoint.id), null)
  await two.leases.acquire([endpoint])
  clock.advance(2_000)
  assert.equal(two.leases.elsewhereUntil(endpoint.id), null)
  assert.deepEqual(await one.leases.stop(), [endpoint.id])
  await two.leases.acquire([endpoint])
  assert.equal(two.leases.lease(endpoint.id)?.epoch, 2)
})

test('a serialized endpoint is served when its line is in order, and no longer when it was changed', async (t) => {
  const { seed, ready, one } = await open(t)
  const { leases } = one
  const endpoint = await seed.endpoint({ serialize: true })
  assert.deepEqual([leases.lacks(endpoint), leases.serves(endpoint)], [true, false])
  await leases.acquire([endpoint])
  assert.deepEqual([leases.lacks(endpoint), leases.serves(endpoint)], [false, false])
  leases.lineUp(endpoint.id)
  leases.lineUp(endpoint.id)
  await eventually(() => (ready.length > 0 ? true : null))
  assert.deepEqual([ready, leases.serves(endpoint)], [[endpoint.id], true])
  const changed = await seed.update(endpoint, { description: 'b' })
  assert.deepEqual([leases.lacks(changed), leases.serves(changed)], [true, false])
  await leases.acquire([changed])
  assert.deepEqual([leases.lacks(changed), leases.serves(changed)], [false, true], 'it is still lined up')
  leases.doubt(endpoint.id)
  assert.deepEqual([leases.lacks(changed), leases.serves(changed)], [true, true])
})

test('a node that was taken for dead holds nothing, and relies on nothing before it is heard again', async (t) => {
  const { seed, clock, one } = await open(t)
  const { leases } = one
  const endpoint = await seed.endpoint({ maxPerSecond: 1 })
  await leases.acquire([endpoint])
  const { signal } = leases
  leases.abandon()
  assert.deepEqual([leases.trusted, signal.aborted, leases.serves(endpoint)], [false, true, false])
  assert.equal(leases.heard(clock.now()), true)
  assert.equal(leases.trusted, true)
})

test('a rate goes on where it was when the lease is acquired again, here or elsewhere', async (t) => {
  const { database, seed, clock, one, two } = await open(t, 2)
  const endpoint = await seed.endpoint({ maxPerSecond: 0.5 })
  await one.leases.acquire([endpoint])
  one.leases.pace(endpoint.id)?.take(clock.now(), 0.5)
  one.leases.doubt(endpoint.id)
  await one.leases.acquire([endpoint])
  assert.equal(one.leases.pace(endpoint.id)?.wait(clock.now(), 0.5), 1_990)
  await one.leases.stop()
  await two.leases.acquire([endpoint])
  assert.equal(two.leases.pace(endpoint.id)?.wait(clock.now(), 0.5), 1_990)
  const held = await acquireLeases(database, [endpoint.id], one.node.id, new Date(clock.now()))
  assert.deepEqual(held.leases, [])
})

test('a node that stops hands over its leases without waiting for others, and hears nothing any more', async (t) => {
  const { database, seed, clock, one, two } = await open(t, 2)
  const endpoint = await seed.endpoint()
  await seed.accepted(endpoint, 1)
  const ordered = await seed.update(endpoint, { serialize: true })
  await one.leases.acquire([ordered])
  await database.execute({ name: 'take', text: 'update deliveries set owner = $1' }, [two.node.id])
  one.leases.lineUp(endpoint.id)
  assert.deepEqual(await one.leases.stop(), [endpoint.id])
  clock.advance(9_000)
  assert.equal(one.leases.heard(clock.now()), false)
  assert.equal(one.leases.trusted, false)
})
