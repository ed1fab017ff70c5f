import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Endpoint } from '../domain/endpoint.ts'
import { createTestDatabase } from '../testing/database.ts'
import { Seed, storedDeliveries, testSealing } from '../testing/seed.ts'
import { countEndpoints, findEndpoint, listEndpoints, loadEndpoints } from './endpoint.ts'
import { acquireLeases, releaseLeases, seizeLease } from './lease.ts'
import { registerNode, retireNode } from './node.ts'
import {
  closeTunnel,
  countOpenTunnels,
  forgetTunnels,
  leftTunnels,
  releaseStrayTunnels,
  retryNow,
  tunnelsOfClient,
} from './tunnel.ts'

const now = Date.now()
const at = (milliseconds: number) => new Date(now + milliseconds)
const { keyring } = testSealing
const reason = 'the CLI has ended'

async function open(t: TestContext) {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [one, two] = [await registerNode(database, at(0)), await registerNode(database, at(0))]
  const { workspaceId } = seed
  const tunnel = (given: Partial<Endpoint> = {}) => seed.endpoint({ tunnel: 'hash', ...given })
  return { database, seed, workspaceId, one, two, tunnel }
}

test('a tunnel counts by itself, and is listed and loaded while it is open', async (t) => {
  const { database, seed, workspaceId, tunnel } = await open(t)
  const plain = await seed.endpoint({ status: 'disabled' })
  const [active, paused, closed] = [
    await tunnel(),
    await tunnel({ status: 'paused' }),
    await tunnel({ status: 'disabled' }),
  ]
  const open3 = [plain.id, active.id, paused.id].toSorted()
  const page = { workspaceId, before: null, limit: 10, stream: null, status: null, ids: null }
  assert.deepEqual((await listEndpoints(database, page, keyring)).map(({ id }) => id).toSorted(), open3)
  assert.deepEqual((await loadEndpoints(database, workspaceId, keyring)).map(({ id }) => id).toSorted(), open3)
  assert.equal((await findEndpoint(database, workspaceId, closed.id, keyring))?.tunnel, 'hash')
  assert.equal(await countEndpoints(database, workspaceId), 1)
  assert.equal(await countOpenTunnels(database, workspaceId), 2)
})

test('the tunnels of a client are those of its hash in this workspace, the last one first', async (t) => {
  const { database, seed, workspaceId, tunnel } = await open(t)
  const [older, newer] = [await tunnel({ updatedAt: at(0) }), await tunnel({ updatedAt: at(1), status: 'disabled' })]
  await tunnel({ tunnel: 'other' })
  await tunnel({ status: 'deleted' })
  await seed.endpoint()
  await (await Seed.plant(database)).endpoint({ tunnel: 'hash' })
  const found = await tunnelsOfClient(database, workspaceId, 'hash', keyring)
  assert.deepEqual(
    found.map(({ id, secret }) => [id, secret]),
    [newer, older].map(({ id, secret }) => [id, secret]),
  )
})

test('the closed tunnels that were open last are kept, and no other endpoint is touched', async (t) => {
  const { database, seed, workspaceId, tunnel } = await open(t)
  const [first, second, third] = [
    await tunnel({ status: 'disabled', updatedAt: at(1) }),
    await tunnel({ status: 'disabled', updatedAt: at(3) }),
    await tunnel({ status: 'disabled', updatedAt: at(2) }),
  ]
  const kept = [await tunnel({ updatedAt: at(0) }), await seed.endpoint({ status: 'disabled', updatedAt: at(0) })]
  assert.equal(await forgetTunnels(database, workspaceId, 3), 0)
  assert.equal(await forgetTunnels(database, workspaceId, 2), 1)
  assert.equal(await findEndpoint(database, workspaceId, first.id, keyring), null)
  for (const { id } of [second, third, ...kept]) assert(await findEndpoint(database, workspaceId, id, keyring))
})

test('the lease of a tunnel is taken from whoever has it, and acquired as ever otherwise', async (t) => {
  const { database, seed, one, two, tunnel } = await open(t)
  const { id } = await tunnel()
  const { epoch } = await seizeLease(database, id, one)
  assert.deepEqual((await acquireLeases(database, [id], two, at(0))).leases, [])
  const seized = await seizeLease(database, id, two)
  assert(seized.epoch > epoch)
  assert.deepEqual((await acquireLeases(database, [id], one, at(0))).leases, [])
  const endpoint = await findEndpoint(database, seed.workspaceId, id, keyring)
  assert(endpoint)
  await seed.accepted(endpoint, 1, one)
  const { leases, busy } = await acquireLeases(database, [id], two, at(0))
  assert.deepEqual([leases.length, busy.size], [1, 0], 'what hangs with the connection of before does not hold it up')
})

test('a tunnel is left when nobody is connected, or a node that is dead was', async (t) => {
  const { database, workspaceId, one, two, tunnel } = await open(t)
  const [connected, released, dying, never] = [await tunnel(), await tunnel(), await tunnel(), await tunnel()]
  await seizeLease(database, connected.id, one)
  await seizeLease(database, released.id, one)
  await seizeLease(database, dying.id, two)
  await releaseLeases(database, one, new Map([[released.id, null]]), at(1_000))
  await retireNode(database, two, at(2_000))
  const left = async (since: number) => (await leftTunnels(database, at(since))).map(({ id }) => id).toSorted()
  assert.deepEqual(await left(999), [never.id])
  assert.deepEqual(await left(1_000), [released.id, never.id].toSorted())
  assert.deepEqual(await left(2_000), [released.id, dying.id, never.id].toSorted())

  const close = (id: string, since: number) =>
    closeTunnel(database, { id, workspaceId }, { reason, since: at(since), now: at(3_000) })
  assert.equal(await close(connected.id, 5_000), false)
  assert.equal(await close(dying.id, 1_999), false)
  assert.equal(await close(dying.id, 2_000), true)
  const closed = await findEndpoint(database, workspaceId, dying.id, keyring)
  assert.deepEqual([closed?.status, closed?.statusReason, closed?.updatedAt], ['disabled', reason, at(3_000)])
  assert.equal(await close(dying.id, 2_000), false, 'it is closed already')
  const entries = await database.query({ name: 'entries', text: 'select action, target_id from audit_entries' })
  assert.equal(entries.length, 1)
})

test('a node gives back the leases of tunnels that it is not connected to, and no others', async (t) => {
  const { database, seed, one, two, tunnel } = await open(t)
  const [stray, connected, elsewhere] = [await tunnel(), await tunnel(), await tunnel()]
  const ordinary = await seed.endpoint({ serialize: true })
  for (const { id } of [stray, connected]) await seizeLease(database, id, one)
  await seizeLease(database, elsewhere.id, two)
  await acquireLeases(database, [ordinary.id], one, at(0))
  await releaseStrayTunnels(database, one, [connected.id], at(5))
  const rows = await database.query<{ endpoint_id: string; node: number; released_at: Date | null }>({
    name: 'leases',
    text: 'select endpoint_id, node, released_at from endpoint_leases',
  })
  const holders = new Map(rows.map((row) => [row.endpoint_id, [row.node, row.released_at]]))
  assert.deepEqual(holders.get(stray.id), [0, at(5)])
  assert.deepEqual(
    [connected, elsewhere, ordinary].map(({ id }) => holders.get(id)?.[0]),
    [one, two, one],
  )
})

test('retries become due, but not one that waits because somebody replayed it, nor what a node has in hand', async (t) => {
  const { database, tunnel, seed, one } = await open(t)
  const endpoint = await tunnel()
  const ids = await seed.accepted(endpoint, 4)
  const set = (id: string | undefined, text: string, values: unknown[] = []) =>
    database.execute({ name: text.slice(0, 60), text: `update deliveries set ${text} where id = $1` }, [id, ...values])
  for (const id of ids.slice(0, 3)) await set(id, `state = 'retrying', next_attempt_at = $2`, [at(60_000)])
  await set(ids[1], 'scheduled_retry_at = $2', [at(60_000)])
  await set(ids[2], 'owner = $2', [one])
  assert.equal(await retryNow(database, endpoint.id, at(0)), 1)
  const due = new Map((await storedDeliveries(database)).map((row) => [row.id, row.next_attempt_at]))
  assert.deepEqual(
    ids.slice(0, 3).map((id) => due.get(id)),
    [at(0), at(60_000), at(60_000)],
  )
})
