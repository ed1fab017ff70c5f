import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { pino } from 'pino'
import { createTestDatabase } from '../testing/database.ts'
import { type Database, openDatabase } from './database.ts'
import { MigrationAltered, migrate, readMigrations, SchemaTooNew } from './migrate.ts'

const log = pino({ level: 'silent' })
const FIRST = { '0001-first.sql': 'create table first (value int); insert into first values (1);' }
const SECOND = { ...FIRST, '0002-second.sql': 'insert into first values (2); create index on first (value);' }

test('migrations are applied in order, once, with their name and time', async (t) => {
  const { database } = await createEmptyDatabase(t)
  assert.equal(await migrate(database, { folder: await createFolder(t, FIRST) }), 1)
  const folder = await createFolder(t, SECOND)
  assert.equal(await migrate(database, { folder, log }), 1)
  assert.equal(await migrate(database, { folder }), 0)
  assert.deepEqual(await values(database), [1, 2])
  const applied = await database.query({
    name: 'applied',
    text: `select number, name, applied_at > now() - interval '1 minute' as recent from migrations order by number`,
  })
  assert.deepEqual(applied, [
    { number: 1, name: '0001-first', recent: true },
    { number: 2, name: '0002-second', recent: true },
  ])
})

test('twenty nodes that start at once apply each migration once', async (t) => {
  const { url } = await createEmptyDatabase(t)
  const folder = await createFolder(t, SECOND)
  const nodes = Array.from({ length: 20 }, () => openDatabase(url, { max: 2, log }))
  try {
    const applied = await Promise.all(nodes.map((node) => migrate(node, { folder })))
    assert.equal(
      applied.reduce((sum, count) => sum + count),
      2,
    )
    assert.deepEqual(await values(nodes[0] as Database), [1, 2])
  } finally {
    await Promise.all(nodes.map((node) => node.close()))
  }
})

test('a schema newer than the program is refused and left alone', async (t) => {
  const { database } = await createEmptyDatabase(t)
  await migrate(database, { folder: await createFolder(t, SECOND) })
  await assert.rejects(migrate(database, { folder: await createFolder(t, FIRST) }), SchemaTooNew)
  assert.deepEqual(await values(database), [1, 2])
})

test('a migration that was altered or renamed after it was applied is refused', async (t) => {
  const { database } = await createEmptyDatabase(t)
  await migrate(database, { folder: await createFolder(t, FIRST) })
  const altered = await createFolder(t, { '0001-first.sql': 'create table first (value text);' })
  await assert.rejects(migrate(database, { folder: altered }), MigrationAltered)
  const renamed = await createFolder(t, { '0001-other.sql': FIRST['0001-first.sql'] })
  await assert.rejects(migrate(database, { folder: renamed }), MigrationAltered)
  const otherLineEnds = await createFolder(t, { '0001-first.sql': FIRST['0001-first.sql'].replaceAll('\n', '\r\n') })
  assert.equal(await migrate(database, { folder: otherLineEnds }), 0)
})

test('a migration that fails leaves nothing of itself, keeps those before it and lets the next start try again', async (t) => {
  const { database } = await createEmptyDatabase(t)
  const broken = { ...FIRST, '0002-second.sql': 'insert into first values (3); select 1 / 0;' }
  await assert.rejects(migrate(database, { folder: await createFolder(t, broken) }), /0002-second/)
  assert.deepEqual(await values(database), [1])
  assert.equal(await migrate(database, { folder: await createFolder(t, SECOND) }), 1)
  assert.deepEqual(await values(database), [1, 2])
})

test('a gap, a double or a name without a number is an error of the program', async (t) => {
  const sql = 'select 1;'
  const faulty = [
    { '0001-a.sql': sql, '0003-c.sql': sql },
    { '0001-a.sql': sql, '0001-b.sql': sql },
    { 'a.sql': sql },
    { '0002-a.sql': sql },
  ]
  for (const files of faulty) await assert.rejects(readMigrations(await createFolder(t, files)), /is not migration/)
})

test('the migrations of this program apply to an empty database', async (t) => {
  const { database } = await createEmptyDatabase(t)
  assert((await migrate(database)) > 0)
  assert.equal(await migrate(database), 0)
})

async function createEmptyDatabase(t: TestContext): Promise<{ url: string; database: Database }> {
  const created = await createTestDatabase(t)
  await created.database.session((session) =>
    session.script('drop schema public, sign_in cascade; create schema public'),
  )
  return created
}

async function createFolder(t: TestContext, files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-migrations-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  for (const [name, sql] of Object.entries(files)) await writeFile(join(folder, name), sql)
  return folder
}

async function values(database: Database): Promise<number[]> {
  const rows = await database.query<{ value: number }>({
    name: 'values',
    text: 'select value from first order by value',
  })
  return rows.map(({ value }) => value)
}
