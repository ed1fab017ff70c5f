import assert from 'node:assert/strict'
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import pg from 'pg'
import { TestDataDirectory, untilGone } from '../testing/embedded-process.ts'
import { DataDirectoryInUse } from './embedded-lock.ts'

test('the first start creates a durable Postgres that is private to this user', async (t) => {
  const directory = await TestDataDirectory.create(t)
  const { url } = await directory.start()
  for (const [name, mode] of [
    ['', 0o700],
    ['postgres', 0o700],
    ['postgres.password', 0o600],
  ] as const) {
    assert.equal((await stat(join(directory.path, name))).mode & 0o777, mode, name)
  }
  const names = ['postgres', 'postgres.password', 'server.lock', 'server.pid']
  assert.deepEqual((await readdir(directory.path)).sort(), names, 'nothing of initdb stays, least of all a password')
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums']) {
    assert.equal(await ask(url, `show ${setting}`), 'on', setting)
  }
})

test('a data directory that was readable to others is closed, a folder with other things in it is left as it is', async (t) => {
  const directory = await TestDataDirectory.create(t)
  await mkdir(directory.path, { mode: 0o755 })
  await directory.start()
  assert.equal((await stat(directory.path)).mode & 0o777, 0o700)

  const shared = await TestDataDirectory.create(t)
  await mkdir(shared.path, { mode: 0o755 })
  await writeFile(join(shared.path, 'something'), '')
  await shared.start()
  assert.equal((await stat(shared.path)).mode & 0o777, 0o755)
})

test('nobody gets in without the password', async (t) => {
  const directory = await TestDataDirectory.createFilled(t)
  const { url } = await directory.start()
  const wrong = new URL(url)
  wrong.password = 'wrong'
  await assert.rejects(ask(wrong.href, 'select 1'), { code: '28P01' })
  const others = `select count(*)::int from pg_hba_file_rules where auth_method <> 'scram-sha-256'`
  assert.equal(await ask(url, others), 0)
})

test('it listens on loopback and nowhere else', async (t) => {
  const directory = await TestDataDirectory.createFilled(t)
  const { url } = await directory.start()
  assert.equal(await ask(url, 'show listen_addresses'), '127.0.0.1')
  assert.equal(await ask(url, 'show unix_socket_directories'), '')
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  for (const { address, scopeid } of addresses.filter(({ internal }) => !internal)) {
    const host = scopeid ? `${address}%${scopeid}` : address
    assert.notEqual(await tryToConnect(host, Number(new URL(url).port)), 'connected', host)
  }
})

test('a later start finds what was stored, and Postgres stops with the server', async (t) => {
  const directory = await TestDataDirectory.createFilled(t)
  const first = await directory.start()
  await ask(first.url, 'create table kept as select 7 as value')
  const pid = await directory.postmasterPid()
  await first.stop()
  await untilGone(pid)
  const second = await directory.start()
  assert.equal(await ask(second.url, 'select value from kept'), 7)
})

test('a second server on the same data directory is refused and told who holds it', async (t) => {
  const directory = await TestDataDirectory.createFilled(t)
  const holder = directory.spawn()
  const { url } = await holder.next()
  await assert.rejects(directory.start(), (error) => {
    assert(error instanceof DataDirectoryInUse)
    assert.equal(error.pid, holder.child.pid)
    return true
  })
  assert.equal(await ask(url, 'select 1'), 1, 'the holder is not disturbed')
})

test('of several servers that start at once on a new data directory one wins', async (t) => {
  const directory = await TestDataDirectory.create(t)
  const starts = Array.from({ length: 4 }, () => directory.spawn())
  const messages = await Promise.all(starts.map((process) => process.next()))
  assert.equal(messages.filter(({ url }) => url).length, 1)
  assert.equal(messages.filter(({ error }) => error === 'DataDirectoryInUse').length, 3)
})

test('an interrupted first start is begun afresh', async (t) => {
  const directory = await TestDataDirectory.createFilled(t)
  const first = await directory.start()
  await first.stop()
  await rename(join(directory.path, 'postgres'), join(directory.path, 'postgres.new'))
  const second = await directory.start()
  assert.equal(await ask(second.url, 'select 1'), 1)
  assert(!(await readdir(directory.path)).includes('postgres.new'))
})

async function ask(url: string | undefined, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(text)
    return Object.values(rows[0] ?? {})[0]
  } finally {
    await client.end()
  }
}

async function tryToConnect(host: string, port: number): Promise<string> {
  const socket = connect({ host, port })
  try {
    return await new Promise((resolve) => {
      socket.once('connect', () => resolve('connected')).once('error', ({ message }) => resolve(message))
    })
  } finally {
    socket.destroy()
  }
}
