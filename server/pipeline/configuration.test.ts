import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deleteKey, insertKey } from '../storage/api-key.ts'
import { bumpConfiguration } from '../storage/configuration.ts'
import { eventually } from '../testing/eventually.ts'
import { TestRooms } from '../testing/rooms.ts'
import { newId } from '../testing/seed.ts'

const setTypes = 'update endpoints set types = $2 where id = $1'
const setSlug = 'update workspaces set slug = $2 where id = $1'
const listeners = `from pg_stat_activity where datname = current_database() and query like 'listen %'`
const listening = { name: 'listening', text: `select pid ${listeners}` }
const terminate = { name: 'terminate-listeners', text: `select pg_terminate_backend(pid) ${listeners}` }

test('a workspace is read once and then comes from memory', async (t) => {
  const { configuration, seed } = await TestRooms.open(t)
  const first = await configuration.workspace(seed.workspaceId)
  assert.equal(first?.workspace.id, seed.workspaceId)
  assert.equal(await configuration.workspace(seed.workspaceId), first)
  assert.equal(await configuration.workspace(newId()), null)
})

test('a change elsewhere arrives by itself, and endpoints that are gone are gone', async (t) => {
  const { configuration, seed } = await TestRooms.open(t)
  const [changing, leaving] = [await seed.endpoint(), await seed.endpoint()]
  await configuration.workspace(seed.workspaceId)
  await seed.change(setTypes, [changing.id, ['deal.*']])
  await eventually(() => (configuration.endpoint(changing.id)?.types.length === 1 ? true : null))
  await seed.change(`update endpoints set status = 'deleted' where id = $1`, [leaving.id])
  await eventually(() => (configuration.endpoint(leaving.id) === undefined ? true : null))
  assert(configuration.endpoint(changing.id))
  await seed.change('delete from workspaces where id = $1', [seed.workspaceId])
  await eventually(async () => ((await configuration.workspace(seed.workspaceId)) === null ? true : null))
  assert.equal(configuration.endpoint(changing.id), undefined)
})

test('a change whose notification was missed is seen by the next publish, and after the listener is back by all', async (t) => {
  const { configuration, seed, database, publish } = await withPublish(t)
  const endpoint = await seed.endpoint({ types: ['none'] })
  await configuration.workspace(seed.workspaceId)
  const [before] = await database.query<{ pid: number }>(listening)
  assert(before)
  await database.query(terminate)
  // Nobody is told of this one: whoever listens again has to ask.
  await database.execute({ name: 'silent-types', text: setTypes }, [endpoint.id, []])
  await database.execute({ name: 'silent-bump', text: 'update workspaces set config_version = config_version + 1' })
  await eventually(() => (configuration.endpoint(endpoint.id)?.types.length === 0 ? true : null))
  assert.match(await publish(), /^1 of/)

  await configuration.stop()
  await seed.change(setTypes, [endpoint.id, ['none']])
  assert.equal(configuration.endpoint(endpoint.id)?.types.length, 0)
  assert.match(await publish(), /^0 of/)
  assert.equal(configuration.endpoint(endpoint.id)?.types.length, 1)
})

test('a slug leads to its workspace, and after a change the old one to nothing', async (t) => {
  const { configuration, seed } = await TestRooms.open(t)
  await seed.change(setSlug, [seed.workspaceId, 'old'])
  assert.equal((await configuration.workspaceBySlug('old'))?.workspace.id, seed.workspaceId)
  await seed.change(setSlug, [seed.workspaceId, 'new'])
  await eventually(async () => ((await configuration.workspaceBySlug('old')) === null ? true : null))
  assert.equal((await configuration.workspaceBySlug('new'))?.workspace.id, seed.workspaceId)
})

test('a key is remembered until it is deleted', async (t) => {
  const { configuration, seed, database } = await TestRooms.open(t)
  const hash = Buffer.alloc(32, 7)
  assert.equal(await configuration.keyByHash(hash), null)
  const key = {
    id: newId(),
    workspaceId: seed.workspaceId,
    name: 'k',
    scopes: [],
    expiresAt: null,
    createdAt: new Date(),
  }
  await insertKey(database, key, hash, 1)
  const known = await configuration.keyByHash(hash)
  assert.equal(known?.id, key.id)
  assert.equal(await configuration.keyByHash(hash), known)
  await database.transaction(async (transaction) => {
    await deleteKey(transaction, seed.workspaceId, key.id)
    await bumpConfiguration(transaction, seed.workspaceId)
  })
  await eventually(async () => ((await configuration.keyByHash(hash)) === null ? true : null))
})

test('whoever asks while a workspace is being read gets what was stored when they asked, or newer', async (t) => {
  const { configuration, seed } = await TestRooms.open(t)
  const endpoint = await seed.endpoint()
  await configuration.workspace(seed.workspaceId)
  for (let round = 1; round <= 20; round++) {
    const earlier = configuration.reload(seed.workspaceId)
    await seed.change('update endpoints set max_in_flight = $2 where id = $1', [endpoint.id, round])
    const later = await Promise.all([1, 2, 3].map(() => configuration.reload(seed.workspaceId)))
    await earlier
    for (const answer of later) assert.equal(answer?.endpoints[0]?.maxInFlight, round)
  }
})

async function withPublish(t: Parameters<typeof TestRooms.open>[0]) {
  const rooms = await TestRooms.open(t)
  const { configuration, seed, database } = rooms
  return { configuration, seed, database, publish: () => rooms.publish() }
}
