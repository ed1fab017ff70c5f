// Nodes die in the middle of a bulk redelivery, again and again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromTypeId } from './domain/identifier.ts'
import { createTestDatabase } from './testing/database.ts'
import { eventually } from './testing/eventually.ts'
import { plantHistory } from './testing/history.ts'
import { Receiver } from './testing/receiver.ts'
import { ServerProcess } from './testing/server-process.ts'

const count = 20_000
const inFlight = 100

test('a job of 20,000 deliveries on two nodes that are killed in turn begins each exactly once', async (t) => {
  let stop = async (): Promise<void> => {}
  t.after(() => stop())
  const { url: databaseUrl, database } = await createTestDatabase(t)
  const nodes = [await ServerProcess.start(t, { databaseUrl }), await ServerProcess.start(t, { databaseUrl })] as const
  stop = async () => void (await Promise.all(nodes.map((node) => node.stop())))
  const receiver = await Receiver.start(t)
  const workspace = await nodes[0].createWorkspace()
  const { id } = await nodes[0].createEndpoint(workspace, { url: receiver.url('/hook'), max_in_flight: inFlight })
  const workspaceId = fromTypeId('ws', workspace.split('/').at(-1) ?? '') ?? ''
  await plantHistory(database, { workspaceId, endpointId: fromTypeId('ep', id) ?? '', count })

  const started = await nodes[0].request('POST', `${workspace}/endpoints/${id}/redeliver`, {
    since: '2026-01-15T00:00:00Z',
  })
  assert.equal(started.status, 202)
  const job = () =>
    database.query<{ done: number; total: number; state: string }>({ name: 'job', text: 'select * from jobs' })
  const kills = [2_000, 5_000, 9_000, 14_000]
  for (const [number, after] of kills.entries()) {
    await eventually(async () => (((await job())[0]?.done ?? 0) >= after ? true : null), { within: 60_000 })
    const victim = nodes[number % 2] as ServerProcess
    await victim.kill()
    await victim.start()
  }
  const [ended] = await eventually(
    async () => {
      const rows = await job()
      return rows[0]?.state === 'running' ? null : rows
    },
    { within: 120_000 },
  )
  assert.deepEqual([ended?.state, ended?.done, ended?.total], ['done', count, count])

  const left = { name: 'left', text: `select id from deliveries where state <> 'delivered' limit 1` }
  await eventually(async () => ((await database.query(left)).length === 0 ? true : null), { within: 60_000 })
  const [sums] = await database.query<{ once: number; recorded: number }>({
    name: 'sums',
    text: `select (select count(*) from deliveries where attempt_count = 2 and cycle_attempts = 1) as once,
      (select count(distinct delivery_id) from attempts) as recorded`,
  })
  assert.deepEqual(sums, { once: count, recorded: count }, 'one attempt in one new cycle for each')

  const receipts = new Map<string, number>()
  for (const { headers } of receiver.requests()) {
    assert.equal(headers['atlas-attempt'], '2')
    receipts.set(headers['webhook-id'] ?? '', (receipts.get(headers['webhook-id'] ?? '') ?? 0) + 1)
  }
  assert.equal(receipts.size, count)
  // A kill repeats what was in flight, or attempted and not recorded yet, and nothing else.
  const repeated = receiver.requests().length - count
  t.diagnostic(`${repeated} attempts were repeated after ${kills.length} kills`)
  assert(repeated <= kills.length * inFlight * 10, String(repeated))
})
