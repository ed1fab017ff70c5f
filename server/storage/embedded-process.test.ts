import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { childrenOf, TestDataDirectory, untilGone } from '../testing/embedded-process.ts'
import { eventually } from '../testing/eventually.ts'
import { type Database, openDatabase } from './database.ts'
import { isUnavailable } from './failure.ts'

const log = pino({ level: 'silent' })
const linuxOnly = process.platform === 'linux' ? false : 'looks into /proc'

test('when the server is killed, Postgres ends by itself and loses nothing', async (t) => {
  const directory = await TestDataDirectory.createFilled(t)
  const server = directory.spawn()
  const { url = '' } = await server.next()
  await run(url, 'create table kept as select 7 as value')
  const pid = await directory.postmasterPid()
  await server.kill()
  await untilGone(pid)
  const again = await directory.start()
  assert.equal(await run(again.url, 'select value from kept'), 7)
})

test('a server that starts right after another one was killed takes over its data directory', async (t) => {
  const directory = await TestDataDirectory.createFilled(t)
  for (let round = 1; round <= 5; round++) {
    const server = directory.spawn()
    const { url = '', message } = await server.next()
    assert(url, message)
    await run(url, 'create table if not exists kept (value int); insert into kept values (1)')
    await server.kill()
  }
  const { url } = await directory.start()
  assert.equal(await run(url, 'select sum(value)::int from kept'), 5)
})

test('a Postgres that outlived its server is stopped by the next one', { skip: linuxOnly }, async (t) => {
  const directory = await TestDataDirectory.createFilled(t)
  const server = directory.spawn()
  const { url = '' } = await server.next()
  await run(url, 'create table kept as select 7 as value')
  const watcher = (await childrenOf(server.child.pid ?? 0)).find(({ name }) => name === 'sh')
  assert(watcher)
  process.kill(watcher.pid, 'SIGKILL')
  await server.kill()
  const orphan = await directory.postmasterPid()
  assert.equal(await run(url, 'select 1'), 1, 'the orphan goes on')
  const again = await directory.start()
  await untilGone(orphan)
  assert.equal(await run(again.url, 'select value from kept'), 7)
})

test('a stale pid file whose id another process has got since neither stops the start nor that process', async (t) => {
  const directory = await TestDataDirectory.createFilled(t)
  const first = await directory.start()
  const pidFile = join(directory.path, 'postgres', 'postmaster.pid')
  const contents = await readFile(pidFile, 'utf8')
  await first.stop()
  // Of the user that Postgres runs as: only such an id makes Postgres refuse to start.
  const { uid, gid } = await stat(join(directory.path, 'postgres'))
  const bystander = spawn('cat', { uid, gid, cwd: '/', stdio: ['pipe', 'ignore', 'ignore'] })
  await once(bystander, 'spawn')
  await writeFile(pidFile, contents.replace(/^\d+/, String(bystander.pid)))
  const second = await directory.start()
  assert.equal(await run(second.url, 'select 1'), 1)
  assert.equal(bystander.exitCode ?? bystander.signalCode, null)
  bystander.stdin.end()
  const [code] = await once(bystander, 'exit')
  assert.equal(code, 0)
})

test('the interrupt of a terminal reaches the server only', async (t) => {
  const directory = await TestDataDirectory.createFilled(t)
  const server = directory.spawn()
  await server.next()
  process.kill(-(server.child.pid ?? 0), 'SIGINT')
  assert.deepEqual(await server.next(), { answer: 42 })
  server.child.stdin?.end()
  assert.deepEqual(await server.next(), { stopped: true })
})

test('a Postgres that is killed comes back under the same URL with all that was committed', async (t) => {
  const directory = await TestDataDirectory.createFilled(t)
  const { url } = await directory.start()
  const database = openDatabase(url, { max: 3, log })
  try {
    await database.session((session) => session.script('create table kept as select 7 as value'))
    let before = 0
    for (const signal of ['SIGKILL', 'SIGQUIT', 'SIGINT'] as const) {
      // A backend may outlive a killed postmaster and answer for a moment longer.
      const pid = await eventually(async () => {
        const found = await directory.postmasterPid().catch(() => before)
        return found === before ? null : found
      })
      before = pid
      process.kill(pid, signal)
      await untilGone(pid)
      assert.equal(await untilAnswered(database), 7)
    }
  } finally {
    await database.close()
  }
})

test('a server can be stopped while Postgres is away', async (t) => {
  const directory = await TestDataDirectory.createFilled(t)
  const { stop } = await directory.start()
  const pid = await directory.postmasterPid()
  process.kill(pid, 'SIGKILL')
  await untilGone(pid)
  await stop()
  const again = await directory.start()
  assert.equal(await run(again.url, 'select 1'), 1)
})

async function run(url: string, text: string): Promise<unknown> {
  const database = openDatabase(url, { max: 1, log })
  try {
    const statements = text.split(';')
    const last = statements.pop() ?? ''
    for (const [index, statement] of statements.entries())
      await database.execute({ name: `s${index}`, text: statement })
    const [row] = await database.query({ name: 'last', text: last })
    return Object.values(row ?? {})[0]
  } finally {
    await database.close()
  }
}

async function untilAnswered(database: Database): Promise<number | undefined> {
  for (;;) {
    try {
      const [row] = await database.query<{ value: number }>({ name: 'kept', text: 'select value from kept' })
      return row?.value
    } catch (error) {
      assert(isUnavailable(error), String(error))
      await sleep(20)
    }
  }
}
