import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { pino } from 'pino'
import { type Database, openDatabase, type Queryable } from '../storage/database.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../storage/embedded.ts'
import { migrate, readMigrations } from '../storage/migrate.ts'
import { endAfter } from './teardown.ts'

const log = pino({ level: 'silent' })

export interface TestDatabase {
  readonly url: string
  readonly database: Database
}

/** A throw-away Postgres: fast, not durable, gone with `stop` or with this process. */
export async function startTestPostgres(): Promise<EmbeddedPostgres> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'atlas-test-'))
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' }
  const postgres = await startEmbeddedPostgres({ dataDirectory, log, settings })
  const removeFiles = (): void => abandon(dataDirectory)
  process.once('exit', removeFiles)
  return {
    url: postgres.url,
    stop: async () => {
      await postgres.stop()
      await rm(dataDirectory, { recursive: true, force: true })
      process.off('exit', removeFiles)
    },
  }
}

/**
 * A migrated, empty database of this test's own, closed and dropped after it. It lives on the Postgres of
 * `ATLAS_TEST_DATABASE_URL`, or else on one that this process starts for itself.
 */
export async function createTestDatabase(t: TestContext, { max = 5 } = {}): Promise<TestDatabase> {
  const serverUrl = await findServer()
  const name = `atlas_test_${randomBytes(8).toString('hex')}`
  await onServer(serverUrl, async (server) => {
    const template = await findTemplate(server, serverUrl)
    await script(server, `create database ${name} template ${template}`)
  })
  const url = urlOf(serverUrl, name)
  const database = openDatabase(url, { max, log })
  endAfter(t, async () => {
    await database.close()
    await onServer(serverUrl, (server) => script(server, `drop database if exists ${name} (force)`))
  })
  return { url, database }
}

// For a process that ends without `stop`, when nothing can be waited for any more but by blocking.
function abandon(dataDirectory: string): void {
  const pid = Number.parseInt(readFileSync(join(dataDirectory, 'postgres', 'postmaster.pid'), 'utf8'), 10)
  if (pid > 1) process.kill(pid, 'SIGQUIT')
  const pause = new Int32Array(new SharedArrayBuffer(4))
  // Postgres still writes and removes files while it ends, which makes a removal fail or silently stop half-way.
  for (let attempt = 1; attempt <= 100 && existsSync(dataDirectory); attempt++) {
    try {
      rmSync(dataDirectory, { recursive: true, force: true })
    } catch {
      Atomics.wait(pause, 0, 0, 20)
    }
  }
}

let ownServer: Promise<string> | null = null

async function findServer(): Promise<string> {
  const given = process.env.ATLAS_TEST_DATABASE_URL
  if (given) return given
  ownServer ??= startTestPostgres().then((postgres) => {
    // Nothing of Postgres keeps this process running, so this comes when the last test is over.
    process.once('beforeExit', () => void postgres.stop())
    return postgres.url
  })
  return await ownServer
}

// Any test process may come first: one builds the template under a lock and the others wait for it. The template
// gets its name when it is complete, so that a process killed half-way spoils nothing.
async function findTemplate(server: Database, serverUrl: string): Promise<string> {
  const checksums = (await readMigrations()).map(({ checksum }) => checksum)
  const hash = createHash('sha256').update(checksums.join()).digest('hex')
  const template = `atlas_template_${hash.slice(0, 16)}`
  if (await exists(server, template)) return template
  await server.session(async (session) => {
    // The lock belongs to the session, which ends with this connection.
    await session.script('select pg_advisory_lock(4710816)')
    if (await exists(session, template)) return
    const draft = `${template}_draft`
    await session.script(`drop database if exists ${draft} (force)`)
    await session.script(`create database ${draft}`)
    const database = openDatabase(urlOf(serverUrl, draft), { max: 1, log })
    await migrate(database).finally(() => database.close())
    await session.script(`alter database ${draft} rename to ${template}`)
  })
  return template
}

async function exists(server: Queryable, name: string): Promise<boolean> {
  const rows = await server.query({ name: 'find-database', text: 'select 1 from pg_database where datname = $1' }, [
    name,
  ])
  return rows.length > 0
}

async function script(server: Database, text: string): Promise<void> {
  await server.session((session) => session.script(text))
}

async function onServer(url: string, work: (server: Database) => Promise<void>): Promise<void> {
  const server = openDatabase(url, { max: 1, log })
  try {
    await work(server)
  } finally {
    await server.close()
  }
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}
