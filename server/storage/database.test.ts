import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import test from 'node:test'
import { pino } from 'pino'
import { createTestDatabase } from '../testing/database.ts'
import { type Database, openDatabase, plannedEachTime, type Session } from './database.ts'
import { isDataError, isRetryable, isUnavailable } from './failure.ts'

const log = pino({ level: 'silent' })
const one = { name: 'one', text: 'select 1 as one' }
const backendPid = { name: 'backend-pid', text: 'select pg_backend_pid() as pid' }
const terminate = { name: 'terminate', text: 'select pg_terminate_backend($1)' }
const terminateAll = {
  name: 'terminate-all',
  text: `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
}

test('values come back in the types that callers work with', async (t) => {
  const { database } = await createTestDatabase(t)
  const [row] = await database.query({
    name: 'types',
    text: `select 9007199254740991::int8 as sequence, array[1, null, 3]::int8[] as sequences, count(*) as count,
      '2026-01-02 03:04:05.678Z'::timestamptz as at, 1.5::numeric as amount, array['a,b']::text[] as tags
      from generate_series(1, 3)`,
  })
  assert.deepEqual(row, {
    sequence: 9007199254740991,
    sequences: [1, null, 3],
    count: 3,
    at: new Date('2026-01-02T03:04:05.678Z'),
    amount: '1.5',
    tags: ['a,b'],
  })
})

test('a statement is prepared once per connection under its name', async (t) => {
  const { database } = await createTestDatabase(t, { max: 1 })
  const doubled = { name: 'doubled', text: 'select $1::int * 2 as doubled' }
  await database.query(doubled, [1])
  assert.deepEqual(await database.query(doubled, [21]), [{ doubled: 42 }])
  const prepared = {
    name: 'prepared',
    text: 'select generic_plans + custom_plans as runs from pg_prepared_statements where name = $1',
  }
  assert.deepEqual(await database.query(prepared, ['doubled']), [{ runs: 2 }])
})

test('settings reach every connection, next to the options of the URL', async (t) => {
  const { url } = await createTestDatabase(t)
  const settings = { plan_cache_mode: 'force_generic_plan', search_path: 'public, pg_temp' }
  const database = openDatabase(`${url}?options=-c%20enable_seqscan%3Doff`, { max: 1, log, settings })
  const text = `select current_setting('plan_cache_mode') as mode, current_setting('search_path') as path,
    current_setting('enable_seqscan') as seqscan, current_setting('application_name') as name`
  try {
    const expected = { mode: 'force_generic_plan', path: 'public, pg_temp', seqscan: 'off', name: 'atlas' }
    assert.deepEqual(await database.query({ name: 'settings', text }), [expected])
  } finally {
    await database.close()
  }
})

test('a statement without a name is planned with its values, whatever the settings, and the next one is not', async (t) => {
  const { url } = await createTestDatabase(t)
  const database = openDatabase(url, { max: 1, log, settings: { plan_cache_mode: 'force_generic_plan' } })
  t.after(() => database.close())
  const text = `select current_setting('plan_cache_mode') as mode, $1::int as value`
  const modes = async (name: string) => (await database.query({ name, text }, [1]))[0]
  assert.deepEqual(await modes(plannedEachTime), { mode: 'force_custom_plan', value: 1 })
  assert.deepEqual(await modes('named'), { mode: 'force_generic_plan', value: 1 })
  await assert.rejects(database.query({ name: plannedEachTime, text: 'select 1 / $1::int' }, [0]), /division by zero/)
  assert.deepEqual(await modes('named'), { mode: 'force_generic_plan', value: 1 })
})

test('a transaction commits its work, and nothing of it when the work fails', async (t) => {
  const { database } = await createTestDatabase(t)
  await database.session((session) => session.script('create table kept (value int primary key)'))
  const keep = { name: 'keep', text: 'insert into kept values ($1)' }
  const count = { name: 'count-kept', text: 'select count(*) as count from kept' }
  assert.equal(await database.transaction((transaction) => transaction.execute(keep, [1])), 1)
  const failure = new Error('changed my mind')
  await assert.rejects(
    database.transaction(async (transaction) => {
      await transaction.execute(keep, [2])
      throw failure
    }),
    failure,
  )
  await assert.rejects(
    database.transaction((transaction) => transaction.execute(keep, [1])),
    isDataError,
  )
  assert.deepEqual(await database.query(count), [{ count: 1 }])
})

test('errors are told apart by what helps: later, never, at once', async (t) => {
  const { database } = await createTestDatabase(t)
  const rejection = async (text: string): Promise<unknown> =>
    await database.query({ name: text.slice(0, 60), text }).then(
      () => assert.fail('it should fail'),
      (error: unknown) => error,
    )
  const faults: [string, boolean, boolean, boolean][] = [
    ['select 1 / 0', false, true, false],
    ['insert into migrations (number, name, checksum) values (1, null, null)', false, true, false],
    ['select * from nothing', false, false, false],
  ]
  for (const [text, ...expected] of faults) {
    const error = await rejection(text)
    assert.deepEqual([isUnavailable(error), isDataError(error), isRetryable(error)], expected, text)
  }
})

test('the loser of a deadlock may try again', async (t) => {
  const { database } = await createTestDatabase(t)
  const lock = (key: number) => (session: Session) => session.script(`select pg_advisory_xact_lock(${key})`)
  const bothHold = Promise.withResolvers<void>()
  let holding = 0
  const work = (first: number, second: number): Promise<void> =>
    database.transaction(async (transaction) => {
      await transaction.script(`set local deadlock_timeout = '10ms'`)
      await lock(first)(transaction)
      if (++holding === 2) bothHold.resolve()
      await bothHold.promise
      await lock(second)(transaction)
    })
  const results = await Promise.allSettled([work(1, 2), work(2, 1)])
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  assert.equal(errors.length, 1)
  assert(isRetryable(errors[0]))
})

test('a server that is not there is unavailable', async () => {
  const database = openDatabase(`postgresql://atlas:x@127.0.0.1:${await closedPort()}/atlas`, { max: 1, log })
  await assert.rejects(database.query(one), isUnavailable)
  await assert.rejects(
    database.transaction((transaction) => transaction.query(one)),
    isUnavailable,
  )
  await database.close()
})

test('a server that hangs up in the middle of the greeting is unavailable', async (t) => {
  const server = createServer((socket) => socket.once('data', () => socket.destroy()).on('error', () => {}))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const database = openDatabase(`postgresql://atlas:x@127.0.0.1:${port}/atlas`, { max: 1, log })
  await assert.rejects(database.query(one), isUnavailable)
  await database.close()
})

test('a wrong password is not mistaken for a server that is away', async (t) => {
  const { url } = await createTestDatabase(t)
  const wrong = new URL(url)
  wrong.username = 'nobody'
  const database = openDatabase(wrong.href, { max: 1, log })
  await assert.rejects(database.query(one), (error) => !isUnavailable(error))
  await database.close()
})

test('a backend that is terminated fails its statement only, and the next one succeeds', async (t) => {
  const { database, url } = await createTestDatabase(t, { max: 1 })
  const other = openDatabase(url, { max: 1, log })
  const sleeping = database.session(async (session) => {
    const [row] = await session.query<{ pid: number }>(backendPid)
    // The statement may fail before the answer to the termination is there: both are waited for from the start.
    const sleep = session.query({ name: 'sleep', text: 'select pg_sleep(60)' })
    await Promise.all([sleep, other.execute(terminate, [row?.pid])])
  })
  await assert.rejects(sleeping, isUnavailable)
  assert.deepEqual(await database.query(one), [{ one: 1 }])
  await other.close()
})

test('a transaction whose backend was terminated between two statements fails as unavailable', async (t) => {
  const { database, url } = await createTestDatabase(t, { max: 1 })
  const other = openDatabase(url, { max: 1, log })
  const broken = database.transaction(async (transaction) => {
    const [row] = await transaction.query<{ pid: number }>(backendPid)
    await other.execute(terminate, [row?.pid])
    await untilTerminated(other, row?.pid)
    await transaction.query(one)
  })
  await assert.rejects(broken, isUnavailable)
  assert.deepEqual(await database.query(one), [{ one: 1 }])
  await other.close()
})

test('under load the termination of all backends costs errors of one kind, and it recovers', async (t) => {
  const { database, url } = await createTestDatabase(t)
  const killer = openDatabase(url, { max: 1, log })
  let done = false
  let failed = 0
  let succeededSince = 0
  const work = async (): Promise<void> => {
    while (!done) {
      await database
        .transaction((transaction) => transaction.query(one))
        .then(
          () => succeededSince++,
          (error: unknown) => {
            assert(isUnavailable(error), String(error))
            failed++
          },
        )
    }
  }
  const workers = Promise.all(Array.from({ length: 8 }, work))
  for (let round = 1; round <= 10; round++) {
    await killer.execute(terminateAll)
    succeededSince = 0
    while (succeededSince < 20) await killer.query(one)
  }
  done = true
  await workers
  assert(failed > 0)
  await killer.close()
})

test('a database that is closed has no connection left', async (t) => {
  const { database, url } = await createTestDatabase(t, { max: 5 })
  const other = openDatabase(url, { max: 1, log })
  const others = {
    name: 'others',
    text: `select pid from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
  }
  await Promise.all(Array.from({ length: 5 }, () => database.query(one)))
  assert.equal((await other.query(others)).length, 5)
  await database.close()
  assert.deepEqual(await other.query(others), [])
  await other.close()
})

async function untilTerminated(database: Database, pid: number | undefined): Promise<void> {
  const alive = { name: 'alive', text: 'select 1 from pg_stat_activity where pid = $1' }
  while ((await database.query(alive, [pid])).length > 0);
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test('times are read to the millisecond, in whatever time zone the server writes them', async (t) => {
  const { database } = await createTestDatabase(t)
  const text = `select '2026-01-15T10:30:00.025Z'::timestamptz as ms, '1044-03-15T12:00:00Z'::timestamptz as early,
    '2026-01-15T10:30:00.5Z'::timestamptz as tenth, '2026-01-15T10:30:00Z'::timestamptz as whole`
  const expected = {
    ms: new Date('2026-01-15T10:30:00.025Z'),
    early: new Date('1044-03-15T12:00:00Z'),
    tenth: new Date('2026-01-15T10:30:00.500Z'),
    whole: new Date('2026-01-15T10:30:00Z'),
  }
  for (const zone of ['UTC', 'Asia/Kolkata']) {
    const rows = await database.session(async (session) => {
      await session.script(`set time zone '${zone}'`)
      return await session.query({ name: `times in ${zone}`, text })
    })
    assert.deepEqual(rows, [expected])
  }
})
