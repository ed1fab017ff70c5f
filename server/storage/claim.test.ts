import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { uuidFloor } from '../domain/identifier.ts'
import { createTestDatabase } from '../testing/database.ts'
import { newId, Seed } from '../testing/seed.ts'
import { accept } from './accept.ts'
import { allBacklogs, claimDue, nextDue, ownedDeliveries, releaseDeliveries } from './claim.ts'
import { openDatabase, type Queryable } from './database.ts'
import { buryNodes, registerNode } from './node.ts'
import { createPartitions } from './partition.ts'

const now = Date.now()
const dayMs = 86_400_000
const at = (milliseconds: number) => new Date(now + milliseconds)

test('a claim takes what is due, at most the share of each endpoint, the longest due first, with its event', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [busy, quiet, later] = [await seed.endpoint(), await seed.endpoint(), await seed.endpoint()]
  const node = await registerNode(database, at(0))
  // Of yesterday, but due later than those of today, such as retries.
  const yesterday = uuidFloor(now - dayMs).slice(0, 14)
  const retries = [1, 2].map(() => seed.publication([busy], { id: yesterday + newId().slice(14) }))
  await accept(database, retries, 0, at(-1_000))
  const young = retries.flatMap(({ events }) => events.flatMap(({ deliveries }) => deliveries.map(({ id }) => id)))
  const old = await seed.accepted(busy, 2, 0, at(-2_000))
  const alone = await seed.accepted(quiet, 1, 0, at(-1_500))
  await seed.accepted(later, 1, 0, at(1))
  const wanted = [busy, quiet, later].map(({ id }) => ({ endpointId: id, share: 3, epoch: null }))
  const claimed = await claimDue(database, wanted, node, at(0))
  const ids = claimed.map(({ delivery }) => delivery.id)
  assert.deepEqual(new Set(ids.slice(0, 2)), new Set(old))
  assert.equal(ids[2], alone[0])
  assert(young.includes(ids[3] ?? ''))
  assert.equal(ids.length, 4)
  for (const { delivery, event } of claimed) {
    assert.deepEqual([delivery.owner, delivery.state, event.id, event.data], [node, 'pending', delivery.eventId, '{}'])
  }
  assert.deepEqual(new Set(await ownedDeliveries(database, node)), new Set(ids))
})

test('a node that was declared dead claims nothing', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const endpoint = await seed.endpoint()
  const [node, other] = [await registerNode(database, at(-60_000)), await registerNode(database, at(0))]
  await seed.accepted(endpoint, 1)
  await buryNodes(database, other, at(-30_000), at(0))
  assert.deepEqual(await claimDue(database, [{ endpointId: endpoint.id, share: 9, epoch: null }], node, at(60_000)), [])
})

test('what one claimer has locked the other skips without waiting', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const endpoint = await seed.endpoint()
  const [one, two] = [await registerNode(database, at(0)), await registerNode(database, at(0))]
  await seed.accepted(endpoint, 10)
  const wanted = [{ endpointId: endpoint.id, share: 6, epoch: null }]
  await database.transaction(async (transaction) => {
    const first = await claimDue(transaction, wanted, one, at(60_000))
    const second = await claimDue(database, wanted, two, at(60_000))
    assert.deepEqual([first.length, second.length], [6, 4])
  })
  assert.equal(new Set([...(await ownedDeliveries(database, one)), ...(await ownedDeliveries(database, two))]).size, 10)
})

test('several claimers at once get everything once and nothing twice', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const endpoints = await Promise.all(Array.from({ length: 5 }, () => seed.endpoint()))
  for (const endpoint of endpoints) await seed.accepted(endpoint, 60)
  const wanted = endpoints.map(({ id }) => ({ endpointId: id, share: 7, epoch: null }))
  const claimed: string[] = []
  await Promise.all(
    [1, 2, 3, 4].map(async () => {
      const node = await registerNode(database, at(0))
      // Skipping locked rows can leave a claimer with nothing while there is more.
      while (claimed.length < 300) {
        const mine = await claimDue(database, wanted, node, at(60_000))
        claimed.push(...mine.map(({ delivery }) => delivery.id))
      }
    }),
  )
  assert.equal(claimed.length, 300)
  assert.equal(new Set(claimed).size, 300)
})

test('only the owner gives deliveries back, and hears which endpoints they wait for', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [mine, theirs] = [await seed.endpoint(), await seed.endpoint()]
  const [node, other] = [await registerNode(database, at(0)), await registerNode(database, at(0))]
  const owned = await seed.accepted(mine, 2, node)
  const foreign = await seed.accepted(theirs, 1, other)
  assert.deepEqual(await releaseDeliveries(database, [...owned, ...foreign], node), new Set([mine.id]))
  assert.deepEqual([await ownedDeliveries(database, node), await ownedDeliveries(database, other)], [[], foreign])
})

test('the next due time is that of the first delivery that nobody owns', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [waiting, taken, empty] = [await seed.endpoint(), await seed.endpoint(), await seed.endpoint()]
  const node = await registerNode(database, at(0))
  await seed.accepted(waiting, 1, 0, at(5_000))
  await seed.accepted(waiting, 1, 0, at(3_000))
  await seed.accepted(waiting, 1, node, at(1_000))
  await seed.accepted(taken, 1, node, at(1_000))
  const expected = [{ endpointId: waiting.id, workspaceId: seed.workspaceId, dueAt: at(3_000) }]
  assert.deepEqual(await nextDue(database, [waiting.id, taken.id, empty.id]), expected)
  assert.deepEqual(await allBacklogs(database), expected)
  const more = await Promise.all(Array.from({ length: 20 }, () => seed.endpoint()))
  for (const [index, endpoint] of more.entries()) await seed.accepted(endpoint, 2, 0, at(index))
  assert.deepEqual(
    new Map((await allBacklogs(database)).map(({ endpointId, dueAt }) => [endpointId, dueAt])),
    new Map([[waiting.id, at(3_000)], ...more.map(({ id }, index): [string, Date] => [id, at(index)])]),
  )
})

// As the server sets them: every statement is planned once and must then be right for any amount of data.
const settings = { plan_cache_mode: 'force_generic_plan', enable_seqscan: 'off', enable_mergejoin: 'off', jit: 'off' }
const days = 5

test('a claim reads the rows that it takes, however many wait', async (t) => {
  const { database, url } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [busy, quiet] = [await seed.endpoint(), await seed.endpoint()]
  const node = await registerNode(database, at(0))
  await createPartitions(database, at(-days * dayMs), at(dayMs))
  for (let day = 0; day < days; day++) {
    await fill(database, { endpointId: busy.id, workspaceId: seed.workspaceId, day, rows: 40_000 })
    await fill(database, { endpointId: quiet.id, workspaceId: seed.workspaceId, day, rows: 40 })
  }
  const planned = openDatabase(url, { max: 1, log: pino({ level: 'silent' }), settings })
  t.after(() => planned.close())
  const blocks: number[] = []
  for (const { id } of [quiet, busy]) {
    const claimed = await claimDue(planned, [{ endpointId: id, share: 10, epoch: null }], node, at(0))
    assert.equal(claimed.length, 10)
    const call = `claim('{${id}}', '{10}', '${at(0).toISOString()}', ${node}, '{}', '{null}')`
    const [{ 'QUERY PLAN': plan } = { 'QUERY PLAN': [] }] = await planned.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
      {
        name: `explain-claim-${id}`,
        text: `explain (analyze, buffers, format json) execute ${call}`,
      },
    )
    const root = plan[0]?.Plan
    assert(root)
    const scanned = nodesOf(root).filter(({ 'Relation Name': table }) => table && /^(deliveries|events)_/.test(table))
    assert(scanned.length > 0)
    for (const scan of scanned)
      assert.match(scan['Node Type'], /Index|Bitmap Heap|^ModifyTable$/, scan['Relation Name'])
    blocks.push(root['Shared Hit Blocks'] + root['Shared Read Blocks'])
  }
  const [few = 0, many = 0] = blocks
  assert(many < few * 3, `${few} blocks for a backlog of 200, ${many} for one of 200,000`)
  assert.equal((await allBacklogs(planned)).length, 2)
})

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: readonly PlanNode[]
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}

/** Waiting deliveries of one day, a hundred of each event, all of them due. */
async function fill(
  database: Queryable,
  { endpointId, workspaceId, day, rows }: { endpointId: string; workspaceId: string; day: number; rows: number },
): Promise<void> {
  const prefix = uuidFloor(now - (day + 1) * dayMs).slice(0, 13)
  const mark = endpointId.slice(-4)
  const values = [prefix, mark, workspaceId, endpointId, rows, at(-dayMs)]
  await database.execute(
    {
      name: 'fill-events',
      text: `
insert into events (id, workspace_id, type, tags, created, received_at, data)
select ($1 || '-7000-8000-' || $2 || lpad(to_hex(n), 8, '0'))::uuid, $3::uuid, 'deal.created', '{}', 0, $5, '{}'
from generate_series(0, $4::int / 100) n`,
    },
    [prefix, mark, workspaceId, rows, at(-dayMs)],
  )
  await database.execute(
    {
      name: 'fill-deliveries',
      text: `
insert into deliveries (id, event_id, endpoint_id, workspace_id, type, sequence, state, next_attempt_at, created_at)
select ($1 || '-7000-8000-' || $2 || lpad(to_hex(n), 8, '0'))::uuid,
  ($1 || '-7000-8000-' || $2 || lpad(to_hex(n / 100), 8, '0'))::uuid, $4::uuid, $3::uuid, 'deal.created', n, 'pending',
  $6::timestamptz + n * interval '1 millisecond', $6
from generate_series(0, $5::int - 1) n`,
    },
    values,
  )
}
