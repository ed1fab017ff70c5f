import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidFloor } from '../domain/identifier.ts'
import { createTestDatabase } from '../testing/database.ts'
import { eventually } from '../testing/eventually.ts'
import type { Database } from './database.ts'
import { createPartitions, dropPartitions, partitionName } from './partition.ts'

const waitingForLock = {
  name: 'waiting-for-lock',
  text: `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
}
const day = (text: string) => new Date(`${text}T12:34:56Z`)

async function partitions(database: Database): Promise<string[]> {
  const rows = await database.query<{ name: string }>({
    name: 'partitions',
    text: `select inhrelid::regclass::text as name from pg_inherits i join pg_class p on p.oid = i.inhparent
      where p.relkind = 'p' order by 1`,
  })
  return rows.map(({ name }) => name)
}

async function insertEvent(database: Database, time: number): Promise<string> {
  const [row] = await database.query<{ name: string }>(
    {
      name: 'insert-event',
      text: `insert into events (id, workspace_id, type, tags, created, received_at, data)
        values ($1, $1, 'a', '{}', 0, now(), '{}') returning tableoid::regclass::text as name`,
    },
    [uuidFloor(time)],
  )
  return row?.name ?? ''
}

test('there is a partition of each table for every UTC day of the range', async (t) => {
  const { database } = await createTestDatabase(t)
  await createPartitions(database, day('2026-02-28'), day('2026-03-01'))
  const tables = ['attempts', 'deliveries', 'events']
  assert.deepEqual(
    await partitions(database),
    tables.flatMap((table) => [`${table}_20260228`, `${table}_20260301`]),
  )
  assert.equal(partitionName('events', Date.UTC(2026, 0, 5)), 'events_20260105')
  assert.equal(await insertEvent(database, Date.UTC(2026, 1, 28)), 'events_20260228')
  assert.equal(await insertEvent(database, Date.UTC(2026, 2, 1) - 1), 'events_20260228')
  assert.equal(await insertEvent(database, Date.UTC(2026, 2, 1)), 'events_20260301')
  await assert.rejects(insertEvent(database, Date.UTC(2026, 2, 2)))
})

test('several nodes may create and drop the same partitions at the same time', async (t) => {
  const { database } = await createTestDatabase(t)
  const create = () => createPartitions(database, day('2026-03-01'), day('2026-03-04'))
  await Promise.all([create(), create(), create()])
  assert.equal((await partitions(database)).length, 12)
  await create()
  await Promise.all([dropPartitions(database, day('2026-03-03')), dropPartitions(database, day('2026-03-03'))])
  assert.equal((await partitions(database)).length, 6)
})

test('whole days before the limit go, with the events last, and nothing else', async (t) => {
  const { database } = await createTestDatabase(t)
  await createPartitions(database, day('2026-03-01'), day('2026-03-03'))
  await database.execute({ name: 'other', text: 'create table deliveries_20200101 (id int)' })
  const dropped = await dropPartitions(database, day('2026-03-03'))
  assert.deepEqual(
    dropped,
    ['attempts', 'deliveries', 'events'].flatMap((table) => [`${table}_20260301`, `${table}_20260302`]),
  )
  assert.deepEqual(await partitions(database), ['attempts_20260303', 'deliveries_20260303', 'events_20260303'])
  assert.deepEqual(await dropPartitions(database, day('2026-03-03')), [])
})

test('creating partitions never holds one table while it waits for another', async (t) => {
  const { database } = await createTestDatabase(t)
  // Nodes at work use the tables in any order, so holding one while waiting for the next would be a circle.
  const creating = await database.transaction(async (transaction) => {
    await transaction.script('select from attempts limit 1')
    const started = createPartitions(database, day('2026-03-01'), day('2026-03-01'))
    await eventually(async () => ((await database.query(waitingForLock)).length > 0 ? true : null))
    await transaction.script(`set local lock_timeout = '5s'`)
    await transaction.script('select from events limit 1')
    await transaction.script('select from deliveries limit 1')
    return { started }
  })
  await creating.started
  assert.equal((await partitions(database)).length, 3)
})
