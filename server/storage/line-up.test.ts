import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { createTestDatabase } from '../testing/database.ts'
import { eventually } from '../testing/eventually.ts'
import { Seed } from '../testing/seed.ts'
import { accept } from './accept.ts'
import { openDatabase } from './database.ts'
import { acquireLeases, type Lease } from './lease.ts'
import { lineUp } from './line-up.ts'
import { registerNode } from './node.ts'

const unmarked = { name: 'unmarked', text: 'select count(*) from deliveries where endpoint_id = $1 and not ordered' }
const readLease = { name: 'read-lease', text: 'select lined_up from endpoint_leases where endpoint_id = $1' }
const take = { name: 'take', text: 'update deliveries set owner = $1' }
const asking = {
  name: 'asking',
  text: `select from pg_stat_activity where datname = current_database() and query like '%xact_start <%' and pid <> pg_backend_pid()`,
}

async function open(t: TestContext) {
  const { database, url } = await createTestDatabase(t, { max: 8 })
  const seed = await Seed.plant(database)
  const [one, two] = [await registerNode(database, new Date()), await registerNode(database, new Date())]
  const acquire = async (id: string): Promise<Lease> => {
    const [lease] = (await acquireLeases(database, [id], one, new Date())).leases
    assert(lease)
    return lease
  }
  const unmarkedOf = async (id: string) => (await database.query<{ count: number }>(unmarked, [id]))[0]?.count
  const { signal } = new AbortController()
  return { database, url, seed, one, two, acquire, unmarkedOf, signal }
}

test('what waits from before is marked, however much it is, and what is settled is not', async (t) => {
  const { database, seed, one, acquire, unmarkedOf, signal } = await open(t)
  const [endpoint, other] = [await seed.endpoint(), await seed.endpoint()]
  const now = Date.now()
  await seed.accepted(endpoint, 5_000, 0, new Date(now))
  for (let later = 1; later <= 4; later++) await seed.accepted(endpoint, 2_000, 0, new Date(now + later))
  const [settled] = await seed.accepted(endpoint, 1)
  await database.execute({ name: 'settle', text: `update deliveries set state = 'delivered' where id = $1` }, [settled])
  await seed.accepted(other, 2)
  await seed.update(endpoint, { serialize: true })
  assert.equal(await unmarkedOf(endpoint.id), 13_001)
  assert.equal(await lineUp(database, await acquire(endpoint.id), one, signal), true)
  assert.deepEqual([await unmarkedOf(endpoint.id), await unmarkedOf(other.id)], [1, 2])
  assert.deepEqual(await database.query(readLease, [endpoint.id]), [{ lined_up: true }])
})

test('a delivery that is being accepted while the endpoint is serialized is waited for and marked', async (t) => {
  const { database, url, seed, one, acquire, unmarkedOf, signal } = await open(t)
  const endpoint = await seed.endpoint()
  // A node by itself, as the connections of this test are all in use by the same name.
  const node = openDatabase(url, { max: 1, log: pino({ level: 'silent' }) })
  t.after(() => node.close())
  await node.transaction(async (transaction) => {
    await accept(transaction, [seed.publication([endpoint])], 0, new Date())
    await seed.update(endpoint, { serialize: true })
    const lease = await acquire(endpoint.id)
    const linedUp = lineUp(database, lease, one, signal)
    await eventually(async () => ((await database.query(asking)).length > 0 ? true : null))
    assert.equal(await Promise.race([linedUp, new Promise((resolve) => setTimeout(resolve, 100, 'waits'))]), 'waits')
    await transaction.script('commit; begin')
    assert.equal(await linedUp, true)
  })
  assert.equal(await unmarkedOf(endpoint.id), 0)
})

test('what another node still has in hand is waited for and marked', async (t) => {
  const { database, seed, one, two, acquire, unmarkedOf, signal } = await open(t)
  const endpoint = await seed.endpoint()
  await seed.accepted(endpoint, 2)
  await seed.update(endpoint, { serialize: true })
  const lease = await acquire(endpoint.id)
  // By a statement that was still under way when the lease was acquired.
  await database.execute(take, [two])
  const linedUp = lineUp(database, lease, one, signal)
  assert.equal(await Promise.race([linedUp, new Promise((resolve) => setTimeout(resolve, 250, 'waits'))]), 'waits')
  await database.execute({ name: 'give-back', text: 'update deliveries set owner = 0' })
  assert.equal(await linedUp, true)
  assert.equal(await unmarkedOf(endpoint.id), 0)
})

test('whoever lost the lease, or came too late, lines nothing up', async (t) => {
  const { database, seed, one, acquire, unmarkedOf, signal } = await open(t)
  const endpoint = await seed.endpoint()
  await seed.accepted(endpoint, 3)
  const ordered = await seed.update(endpoint, { serialize: true })
  const before = await acquire(endpoint.id)
  const lease = await acquire(endpoint.id)
  assert.equal(await lineUp(database, before, one, signal), false)
  assert.equal(await unmarkedOf(endpoint.id), 3)
  await seed.update(ordered, { serialize: false, maxPerSecond: 1 })
  assert.equal(await lineUp(database, lease, one, signal), false)
  assert.equal(await lineUp(database, await acquire(endpoint.id), one, signal), false)
  assert.deepEqual(await database.query(readLease, [endpoint.id]), [{ lined_up: false }])
})

test('a node that stops waits no longer for what others do', async (t) => {
  const { database, seed, one, two, acquire } = await open(t)
  const endpoint = await seed.endpoint()
  await seed.accepted(endpoint, 1)
  await seed.update(endpoint, { serialize: true })
  const lease = await acquire(endpoint.id)
  await database.execute(take, [two])
  const stopping = new AbortController()
  const linedUp = lineUp(database, lease, one, stopping.signal)
  stopping.abort()
  await assert.rejects(linedUp, { name: 'AbortError' })
})
