import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createTestDatabase } from '../testing/database.ts'
import { Seed } from '../testing/seed.ts'
import { acquireLeases, releaseLeases } from './lease.ts'
import { buryNodes, forgetNodes, registerNode, retireNode } from './node.ts'

const now = Date.now()
const at = (milliseconds: number) => new Date(now + milliseconds)
const readNode = { name: 'read-node', text: 'select node from endpoint_leases where endpoint_id = $1' }

async function open(t: TestContext) {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [one, two] = [await registerNode(database, at(0)), await registerNode(database, at(0))]
  return { database, seed, one, two }
}

test('a free lease is taken by one node, and the other is told that somebody has it', async (t) => {
  const { database, seed, one, two } = await open(t)
  const endpoint = await seed.endpoint({ serialize: true })
  const ids = [endpoint.id]
  const { leases } = await acquireLeases(database, ids, one, at(0))
  assert.deepEqual(leases, [{ endpointId: endpoint.id, epoch: 1, notBefore: null, linedUp: false }])
  assert.deepEqual(await acquireLeases(database, ids, two, at(0)), { leases: [], busy: new Set() })
  const [again] = (await acquireLeases(database, ids, one, at(0))).leases
  assert.equal(again?.epoch, 2, 'whatever it had of it before is out of date')
  await releaseLeases(database, one, new Map([[endpoint.id, null]]), at(0))
  assert.equal((await acquireLeases(database, ids, two, at(0))).leases[0]?.epoch, 3)
})

test('asking for what another node holds keeps nobody waiting and writes nothing', async (t) => {
  const { database, seed, one, two } = await open(t)
  const endpoint = await seed.endpoint({ maxPerSecond: 1 })
  await acquireLeases(database, [endpoint.id], one, at(0))
  await database.transaction(async (claiming) => {
    await claiming.execute({ name: 'share', text: 'select from endpoint_leases for share' })
    assert.deepEqual((await acquireLeases(database, [endpoint.id], two, at(0))).leases, [])
  })
})

test('of nodes that want a lease at the same time one gets it', async (t) => {
  const { database, seed } = await open(t)
  const endpoints = await Promise.all(Array.from({ length: 20 }, () => seed.endpoint({ maxPerSecond: 1 })))
  const ids = endpoints.map(({ id }) => id)
  const nodes = await Promise.all([1, 2, 3, 4].map(() => registerNode(database, at(0))))
  const acquired = await Promise.all(
    nodes.map((node, index) => acquireLeases(database, index % 2 ? ids.toReversed() : ids, node, at(0))),
  )
  const taken = acquired.flatMap(({ leases }) => leases.map(({ endpointId }) => endpointId))
  assert.deepEqual(taken.toSorted(), ids.toSorted())
})

test('the lease of a dead node is taken over, and no earlier than its rate allows', async (t) => {
  const { database, seed, one, two } = await open(t)
  const endpoint = await seed.endpoint({ maxPerSecond: 0.5 })
  await acquireLeases(database, [endpoint.id], one, at(0))
  await buryNodes(database, two, at(0), at(0))
  const { leases } = await acquireLeases(database, [endpoint.id], two, at(0))
  assert.deepEqual(leases, [{ endpointId: endpoint.id, epoch: 2, notBefore: at(2_000), linedUp: false }])
  assert.deepEqual((await acquireLeases(database, [endpoint.id], one, at(0))).leases, [], 'the dead take nothing')
})

test('what is given back says when the next request may be made', async (t) => {
  const { database, seed, one, two } = await open(t)
  const endpoint = await seed.endpoint({ maxPerSecond: 1 })
  await acquireLeases(database, [endpoint.id], one, at(0))
  await releaseLeases(database, two, new Map([[endpoint.id, null]]), at(0))
  assert.deepEqual(
    (await acquireLeases(database, [endpoint.id], two, at(0))).leases,
    [],
    'only its holder gives it back',
  )
  await releaseLeases(database, one, new Map([[endpoint.id, at(700)]]), at(0))
  assert.deepEqual((await acquireLeases(database, [endpoint.id], two, at(0))).leases[0]?.notBefore, at(700))
})

test('an endpoint of which another node has deliveries in hand is busy, also when that node is dead', async (t) => {
  const { database, seed, one, two } = await open(t)
  const endpoint = await seed.endpoint({ serialize: true })
  await seed.accepted(endpoint, 3, one)
  const busy = { leases: [], busy: new Set([endpoint.id]) }
  assert.deepEqual(await acquireLeases(database, [endpoint.id], two, at(0)), busy)
  await retireNode(database, one, at(0))
  assert.deepEqual(await acquireLeases(database, [endpoint.id], two, at(0)), busy)
  await database.execute({ name: 'release-all', text: 'update deliveries set owner = 0' })
  assert.equal((await acquireLeases(database, [endpoint.id], two, at(0))).leases.length, 1)
})

test('an endpoint that needs no lease, or is deleted, has none', async (t) => {
  const { database, seed, one } = await open(t)
  const [plain, gone] = [await seed.endpoint(), await seed.endpoint({ serialize: true, status: 'deleted' })]
  const acquired = await acquireLeases(database, [plain.id, gone.id], one, at(0))
  assert.deepEqual(acquired, { leases: [], busy: new Set() })
})

test('a holder that is unknown yet is not taken for dead, and one that is forgotten leaves its leases', async (t) => {
  const { database, seed, one, two } = await open(t)
  const endpoint = await seed.endpoint({ serialize: true })
  await acquireLeases(database, [endpoint.id], one, at(0))
  await database.execute({ name: 'newer', text: 'update endpoint_leases set node = 1000' })
  assert.deepEqual((await acquireLeases(database, [endpoint.id], two, at(0))).leases, [])
  await database.execute({ name: 'older', text: 'update endpoint_leases set node = $1' }, [one])
  await retireNode(database, one, at(0))
  await forgetNodes(database, at(1))
  assert.deepEqual(await database.query(readNode, [endpoint.id]), [{ node: 0 }])
  assert.equal((await acquireLeases(database, [endpoint.id], two, at(0))).leases.length, 1)
})

test('an endpoint whose order was taken back is no longer lined up, and claims of before take nothing', async (t) => {
  const { database, seed, one } = await open(t)
  const endpoint = await seed.endpoint({ serialize: true, maxPerSecond: 1 })
  await acquireLeases(database, [endpoint.id], one, at(0))
  await database.execute({ name: 'line', text: 'update endpoint_leases set lined_up = true' })
  const unordered = await seed.update(endpoint, { serialize: false })
  await seed.update(unordered, { serialize: true })
  const [lease] = (await acquireLeases(database, [endpoint.id], one, at(0))).leases
  assert.deepEqual([lease?.linedUp, lease?.epoch], [false, 3])
})
