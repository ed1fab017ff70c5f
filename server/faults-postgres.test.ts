// Postgres breaks connections off, crashes, and goes away, while events are published and delivered.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { type Database, openDatabase } from './storage/database.ts'
import { startEmbeddedPostgres } from './storage/embedded.ts'
import { createTestDatabase } from './testing/database.ts'
import { DatabaseProxy } from './testing/database-proxy.ts'
import { TestDataDirectory } from './testing/embedded-process.ts'
import { eventually } from './testing/eventually.ts'
import { Load } from './testing/load.ts'
import { answer, Receiver } from './testing/receiver.ts'
import { ServerProcess } from './testing/server-process.ts'

const publishers = 6
const log = pino({ level: 'silent' })

interface Setting {
  readonly server: ServerProcess
  readonly receiver: Receiver
  readonly workspace: string
  readonly endpoints: readonly string[]
  readonly load: Load
}

async function arrange(t: TestContext, databaseUrl: string, failing = 0.2): Promise<Setting> {
  const [server, receiver] = await Promise.all([ServerProcess.start(t, { databaseUrl }), Receiver.start(t)])
  receiver.on('/failing', (...exchange) => answer(Math.random() < failing ? 500 : 200)(...exchange))
  const workspace = await server.createWorkspace()
  const endpoints: string[] = []
  for (const path of ['/steady', '/failing']) {
    const retry_schedule_seconds = Array.from({ length: 20 }, (_, index) => index + 1)
    endpoints.push((await server.createEndpoint(workspace, { url: receiver.url(path), retry_schedule_seconds })).id)
  }
  return { server, receiver, workspace, endpoints, load: new Load(server, workspace) }
}

/** Does something several times, with events being accepted before each. */
async function underLoad(load: Load, times: number, work: () => Promise<void>): Promise<void> {
  for (let time = 0; time < times; time++) {
    await load.accepted(40)
    await work()
  }
}

/** Nothing is in anybody's hands, and every request that was on the wire is recorded. */
async function verifyAtRest(database: Database, receiver: Receiver): Promise<void> {
  const [row] = await database.query<{ owned: number; attempts: number }>({
    name: 'at-rest',
    text: `select (select count(*) from deliveries where owner <> 0) as owned, (select count(*) from attempts) as attempts`,
  })
  assert.deepEqual(row, { owned: 0, attempts: receiver.requests().length })
}

/** Ends every connection of the server, and gives how many there were. */
async function terminateBackends(database: Database): Promise<number> {
  const rows = await database.query({
    name: 'terminate-backends',
    text: `
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
  })
  return rows.length
}

test('the server takes up its work again when Postgres ends all connections under load, time and again', async (t) => {
  let stop = async (): Promise<void> => {}
  t.after(() => stop())
  const { url } = await createTestDatabase(t)
  const { server, receiver, endpoints, load } = await arrange(t, url)
  stop = async () => void (await server.stop())
  const { pid } = server
  const database = openDatabase(url, { max: 1, log })
  load.start(publishers)
  let terminated = 0
  await underLoad(load, 8, async () => {
    terminated += await terminateBackends(database)
  })
  await load.accepted(60)
  await load.stop()
  assert(terminated >= 8)
  await load.verify(endpoints)
  await verifyAtRest(database, receiver)
  await database.close()
  assert.equal(server.pid, pid)
  const unexpected = load.refusals.filter((code) => code !== 'database_unavailable')
  assert.deepEqual(unexpected, [])
})

// Without failures nothing is ever claimed, and nothing but a search finds what was accepted without an answer.
for (const failing of [0, 0.2]) {
  test(`what was committed although its answer was lost is not forgotten, with ${failing * 100} % of attempts failing`, async (t) => {
    // The server stops before the way to its database goes: hooks run in the order in which they are set.
    let stop = async (): Promise<void> => {}
    t.after(() => stop())
    const { url, database } = await createTestDatabase(t)
    const proxy = await DatabaseProxy.start(t, url)
    const { server, receiver, endpoints, load } = await arrange(t, proxy.url, failing)
    stop = async () => void (await server.stop())
    load.start(publishers)
    await underLoad(load, 8, async () => proxy.loseAnswers(4))
    await load.accepted(30)
    await load.stop()
    await load.verify(endpoints)
    await verifyAtRest(database, receiver)
    assert(load.refusals.length > 0, 'publishers noticed')
    assert.deepEqual(
      load.refusals.filter((code) => code !== 'database_unavailable'),
      [],
    )
  })
}

test('publishes get 503 while Postgres crashes or is away, and everything goes on when it is back', async (t) => {
  const directory = await TestDataDirectory.createFilled(t)
  const settings = { fsync: 'off' }
  let postgres = await startEmbeddedPostgres({ dataDirectory: directory.path, log, settings })
  // The server stops first: hooks run in the order in which they are set.
  const stops: (() => Promise<void>)[] = []
  t.after(async () => {
    for (const stop of stops) await stop()
  })
  const { url } = postgres
  const { server, receiver, workspace, endpoints, load } = await arrange(t, url)
  stops.push(
    async () => void (await server.stop()),
    () => postgres.stop(),
  )
  const { pid } = server
  load.start(publishers)
  await load.accepted(100)

  // A backend that dies takes all others with it, and Postgres recovers from its log.
  const database = openDatabase(url, { max: 1, log })
  const [backend] = await database.query<{ pid: number }>({
    name: 'some-backend',
    text: `select pid from pg_stat_activity where application_name = 'atlas' and pid <> pg_backend_pid() limit 1`,
  })
  await database.close()
  assert(backend)
  process.kill(backend.pid, 'SIGKILL')
  await eventually(() => (load.refusals.length > 0 ? true : null), { describe: () => 'nobody was refused' })
  await load.accepted(100)

  // Away for good, as far as the server knows.
  await postgres.stop()
  const refusedBefore = load.refusals.length
  await eventually(() => (load.refusals.length > refusedBefore + 2 * publishers ? true : null))
  const refused = await server.request('POST', `${workspace}/events`, { type: 'load.event', data: {}, tags: ['-1'] })
  assert.equal(refused.status, 503)
  assert.equal(refused.json.code, 'database_unavailable')
  assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
  assert.equal((await server.request('GET', '/readyz')).status, 503)
  assert.equal((await server.request('GET', '/healthz')).status, 200)
  const port = Number(new URL(url).port)
  postgres = await startEmbeddedPostgres({ dataDirectory: directory.path, log, settings, port })
  await eventually(async () => ((await server.request('GET', '/readyz')).status === 200 ? true : null))
  await load.accepted(100)
  await load.stop()

  await load.verify(endpoints)
  const again = openDatabase(url, { max: 1, log })
  await verifyAtRest(again, receiver)
  await again.close()
  assert.equal(server.pid, pid)
  assert.deepEqual(
    load.refusals.filter((code) => code !== 'database_unavailable'),
    [],
  )
})
