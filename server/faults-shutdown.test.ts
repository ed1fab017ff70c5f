// Asked to stop, the server leaves everything in order; what it prints in development mode works as it is printed.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { startEmbeddedPostgres } from './storage/embedded.ts'
import { createTestDatabase } from './testing/database.ts'
import { TestDataDirectory, untilGone } from './testing/embedded-process.ts'
import { eventually } from './testing/eventually.ts'
import { Load } from './testing/load.ts'
import { gate, Receiver } from './testing/receiver.ts'
import { ServerProcess } from './testing/server-process.ts'

test('a stop under load refuses what comes, finishes and records what is in flight, and gives back the rest', async (t) => {
  let stop = async (): Promise<void> => {}
  t.after(() => stop())
  const { url, database } = await createTestDatabase(t)
  const [server, receiver] = await Promise.all([ServerProcess.start(t, { databaseUrl: url }), Receiver.start(t)])
  stop = async () => void (await server.stop())
  const { behaviour, open } = gate()
  receiver.on('/slow', behaviour)
  const workspace = await server.createWorkspace()
  const slow = { url: receiver.url('/slow'), max_in_flight: 3, timeout_seconds: 20 }
  const endpoints = [
    (await server.createEndpoint(workspace, { url: receiver.url('/steady') })).id,
    (await server.createEndpoint(workspace, slow)).id,
  ]
  const load = new Load(server, workspace)
  load.start(6)
  await load.accepted(100)
  await receiver.waitFor(3, '/slow')
  server.terminate()
  // It says so before it goes: the first to be refused are told when to come back.
  await eventually(() => (load.refusals.includes('shutting_down') ? true : null))
  await load.stop()
  open()
  assert.equal(await server.exited, 0)
  assert.equal(receiver.requests('/slow').length, 3, 'nothing more was started')

  const [row] = await database.query<{ owned: number; attempts: number; waiting: number }>({
    name: 'after-stop',
    text: `
select (select count(*) from deliveries where owner <> 0) as owned, (select count(*) from attempts) as attempts,
  (select count(*) from deliveries where state = 'pending') as waiting`,
  })
  assert(row)
  assert.equal(row.owned, 0)
  assert.equal(row.attempts, receiver.requests().length)
  assert(row.waiting > 0, 'the slow endpoint had a backlog')
  const expected = new Set(['shutting_down', 'refused_connection'])
  assert.deepEqual(
    load.refusals.filter((code) => !expected.has(code)),
    [],
  )

  await server.start()
  const deliveries = await load.verify(endpoints)
  assert(
    deliveries.every(({ attempt_count: attempts }) => attempts === 1),
    'nothing was attempted twice',
  )
  assert.equal(deliveries.length, receiver.requests().length)
})

test('a stop takes the embedded Postgres along, and a second server on the same data is told why it cannot be', async (t) => {
  const server = await ServerProcess.start(t)
  const { dataDirectory } = server
  const pidFile = join(dataDirectory, 'postgres', 'postmaster.pid')
  const postmaster = Number.parseInt(await readFile(pidFile, 'utf8'), 10)

  const second = await ServerProcess.prepare(t, { dataDirectory })
  await assert.rejects(second.start(), /ended with 1 before it was ready/)
  const lines = second.log.trim().split('\n')
  assert.equal(lines.length, 1, second.log)
  assert.match(lines[0] ?? '', new RegExp(`data directory .* in use by process ${server.pid}`))
  assert.equal((await server.request('GET', '/readyz')).status, 200, 'the first one is not disturbed')

  assert.equal(await server.stop(), 0)
  await untilGone(postmaster)
  await assert.rejects(readFile(pidFile), 'Postgres stopped in good order')
  await server.start()
  assert.equal((await server.request('GET', '/readyz')).status, 200)
})

test('a server that stops while an endpoint hangs waits no longer than the deadline of the request', async (t) => {
  const [server, receiver] = await Promise.all([ServerProcess.start(t), Receiver.start(t)])
  receiver.on('/hang', () => {})
  const workspace = await server.createWorkspace()
  await server.createEndpoint(workspace, { url: receiver.url('/hang'), timeout_seconds: 2 })
  await server.request('POST', `${workspace}/events`, { type: 'deal.created', data: {} })
  await receiver.waitFor(1)
  const started = performance.now()
  assert.equal(await server.stop(), 0)
  assert(performance.now() - started < 6_000)
  await server.start()
  const [delivery] = await server.list<{ state: string; attempt_count: number }>(`${workspace}/deliveries`)
  assert.deepEqual([delivery?.state, delivery?.attempt_count], ['retrying', 1])
})

test('a server that is to stop while Postgres is away waits for it for a while, then ends all the same', async (t) => {
  const directory = await TestDataDirectory.createFilled(t)
  const postgres = await startEmbeddedPostgres({ dataDirectory: directory.path, log: pino({ level: 'silent' }) })
  let away = false
  t.after(() => (away ? undefined : postgres.stop()))
  const [server, receiver] = await Promise.all([
    ServerProcess.start(t, { databaseUrl: postgres.url }),
    Receiver.start(t),
  ])
  const { behaviour, open } = gate()
  receiver.on('/gate', behaviour)
  const workspace = await server.createWorkspace()
  await server.createEndpoint(workspace, { url: receiver.url('/gate') })
  await server.request('POST', `${workspace}/events`, { type: 'deal.created', data: {} })
  await receiver.waitFor(1)
  await postgres.stop()
  away = true
  const started = performance.now()
  server.terminate()
  open()
  assert.equal(await server.exited, 0)
  const seconds = (performance.now() - started) / 1000
  assert(seconds > 8 && seconds < 25, `it took ${seconds} s`)
  assert.match(server.log, /attempts could not be recorded/)
})

test('the commands that --dev prints work when they are copied into a shell', async (t) => {
  const port = await freePort()
  const server = await ServerProcess.start(t, { args: ['--dev'] })
  const banner = await eventually(() => (server.output.includes('/deliveries') ? server.output : null))
  // The receiver's port may be taken on the machine that runs this test.
  const commands = commandsOf(banner.replaceAll('3000', String(port)))
  const [receiver = '', ...requests] = commands
  assert.equal(commands.length, 4, banner)
  assert.match(receiver, /^node -e/)

  const child = spawn('sh', ['-c', `exec ${receiver}`], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(async () => {
    child.kill()
    await once(child, 'close')
  })
  let received = ''
  child.stdout.on('data', (chunk: Buffer) => {
    received += chunk.toString()
  })
  await eventually(
    async () =>
      await fetch(`http://127.0.0.1:${port}/up`).then(
        () => true,
        () => null,
      ),
  )
  const answers: string[] = []
  for (const command of requests.slice(0, 2)) answers.push(await run(command))
  assert.match(answers[0] ?? '', /"secret":"whsec_/)
  assert.match(answers[1] ?? '', /"deliveries":1/)
  const event = JSON.parse(answers[1] ?? '{}').id as string
  await eventually(() => (received.includes(`"id":"${event}"`) ? true : null))
  assert.match(received, /POST \/webhooks/)
  assert.match(received, /'?atlas-signature'?: 't=\d+,v1=[0-9a-f]{64}'/)
  await eventually(async () => ((await run(requests[2] ?? '')).includes('"state":"delivered"') ? true : null))
})

async function run(command: string): Promise<string> {
  return (await promisify(execFile)('bash', ['-c', command])).stdout
}

/** Commands begin with node or curl; a backslash at the end of a line continues it. */
function commandsOf(banner: string): string[] {
  const joined = banner.replaceAll('\\\n', ' ').split('\n')
  return joined.map((line) => line.trim()).filter((line) => /^(node|curl) /.test(line))
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
