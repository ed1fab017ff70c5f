import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestDatabase } from '../testing/database.ts'
import { Planner } from '../testing/planner.ts'
import { newId, Seed } from '../testing/seed.ts'
import { accept } from './accept.ts'
import { findEvent, findPublished, listEvents } from './event.ts'

const plant = {
  name: 'plant-entries',
  text: `
insert into events (id, workspace_id, type, tags, created, received_at, data, stream)
select ($1 || '-8' || lpad(to_hex(n % 4096), 3, '0') || '-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $2, 'a.b', '{}', 0,
  now(), '{}', 'audit'
from generate_series(1, $3::int) n`,
}

test('the list of events neither shows audit entries nor reads them, however many there are', async (t) => {
  const { database, url } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const { workspaceId } = seed
  const planner = Planner.open(t, url)
  const publish = async () => {
    const id = newId()
    await accept(database, [seed.publication([], { id })], 0, new Date())
    return id
  }
  const ids = [await publish(), await publish()]
  const between = ids[1]?.slice(0, 13) ?? ''
  await database.execute(plant, [between, workspaceId, 100_000])
  ids.push(await publish())
  const page = { workspaceId, id: null, type: null, tag: null, text: null, since: null, until: null, patience: 10_000 }
  const first = await listEvents(database, { ...page, before: null, limit: 50 }, Date.now)
  assert.deepEqual(
    first.rows.map(({ id }) => id),
    ids.toReversed(),
  )
  assert.equal(first.next, null)
  const range = `workspace_id = '${workspaceId}' and id >= '00000000-0000-0000-0000-000000000000' and stream = 'events'`
  await planner.database.session((session) =>
    session.script(`prepare list as select id from events where ${range} order by id desc limit 51`),
  )
  const blocks = await planner.blocksOf('list')
  t.diagnostic(`${blocks} blocks beside 100,000 entries`)
  assert(blocks < 100, String(blocks))
  const { rows } = await listEvents(database, { ...page, before: null, limit: 1, id: ids[0] ?? '' }, Date.now)
  assert.equal(rows.length, 1)
})

test('an event is found in whichever stream, and as a published one only in its own', async (t) => {
  const { database } = await createTestDatabase(t)
  const { workspaceId } = await Seed.plant(database)
  const time = newId().slice(0, 13)
  await database.execute(plant, [time, workspaceId, 1])
  const id = `${time}-8001-8000-000000000001`
  assert.equal((await findEvent(database, workspaceId, id))?.stream, 'audit')
  assert.equal(await findPublished(database, workspaceId, id), null)
})
