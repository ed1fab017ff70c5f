import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { createTestDatabase } from '../testing/database.ts'
import { eventually } from '../testing/eventually.ts'
import { newId, Seed, storedDeliveries } from '../testing/seed.ts'
import { accept, findIdempotencyKey, type PublicationResult, purgeIdempotencyKeys } from './accept.ts'
import { type Database, openDatabase, type Queryable } from './database.ts'
import { isDuplicate, isUnavailable } from './failure.ts'
import { buryNodes, registerNode } from './node.ts'

const silent = pino({ level: 'silent' })
const now = new Date()
const waitingForLock = {
  name: 'waiting-for-lock',
  text: `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
}
const terminate = { name: 'terminate', text: 'select pg_terminate_backend($1)' }
const lockSequence = {
  name: 'lock-sequence',
  text: 'select from endpoint_sequences where endpoint_id = $1 for update',
}

async function count(database: Queryable, table: string): Promise<number> {
  const rows = await database.query<{ count: number }>({
    name: `count-${table}`,
    text: `select count(*) from ${table}`,
  })
  return rows[0]?.count ?? 0
}

/** Resolves with the backends that wait for a lock as soon as there are that many. */
function untilWaiting(database: Database, backends: number): Promise<number[]> {
  return eventually(async () => {
    const rows = await database.query<{ pid: number }>(waitingForLock)
    return rows.length === backends ? rows.map(({ pid }) => pid) : null
  })
}

function sequencesOf(result: PublicationResult | undefined): readonly (number | null)[] {
  assert(result?.kind === 'accepted')
  return result.sequences
}

/** Every endpoint's sequences must be 1, 2, 3, … up to its counter. */
async function assertNoGaps(database: Database): Promise<number> {
  const rows = await database.query<{ sequences: number[]; last_sequence: number }>({
    name: 'sequences',
    text: `select array_remove(array_agg(d.sequence order by d.sequence), null) as sequences, s.last_sequence
      from endpoint_sequences s left join deliveries d using (endpoint_id) group by s.endpoint_id`,
  })
  for (const { sequences, last_sequence: last } of rows) {
    assert.deepEqual(
      sequences,
      Array.from({ length: last }, (_, index) => index + 1),
    )
  }
  return rows.reduce((sum, { last_sequence: last }) => sum + last, 0)
}

test('a group is stored with the sequences of its deliveries, in the order of its publications', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [first, second] = [await seed.endpoint(), await seed.endpoint()]
  const group = [
    seed.publication([first, second]),
    seed.publication([second]),
    seed.publication([]),
    seed.publication([second, first]),
  ]
  const { results } = await accept(database, group, 0, now)
  assert.deepEqual(results.map(sequencesOf), [[1, 1], [2], [], [3, 2]])
  const planned = group.flatMap(({ events }) => events.flatMap(({ deliveries }) => deliveries.map(({ id }) => id)))
  const stored = new Map((await storedDeliveries(database)).map((row) => [row.id, row]))
  assert.deepEqual(
    planned.map((id) => stored.get(id)?.sequence),
    results.flatMap(sequencesOf),
  )
  assert.equal(await count(database, 'events'), 4)
  for (const row of stored.values()) {
    assert.deepEqual([row.state, row.owner, row.next_attempt_at], ['pending', 0, now])
  }
})

test('what cannot be accepted is left out, says why, and harms no neighbour', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const endpoint = await seed.endpoint()
  const before = seed.publication([endpoint], { id: newId() })
  const keyed = seed.publication([endpoint], { key: 'used' })
  await accept(database, [before, keyed], 0, now)

  const existing = seed.publication([endpoint], { id: before.events[0]?.event.id ?? '' })
  const group = [
    seed.publication([endpoint], { configVersion: 2 }),
    existing,
    seed.publication([endpoint], { key: 'used' }),
    seed.publication([endpoint], { key: 'new' }),
    { ...seed.publication([endpoint], { key: 'new of another' }), workspaceId: endpoint.id },
    { ...existing, idempotency: { key: 'not taken by a refused one', bodyHash: Buffer.from('x') } },
    seed.publication([endpoint]),
  ]
  const { results } = await accept(database, group, 0, now)
  assert.deepEqual(
    results.map(({ kind }) => kind),
    ['stale', 'event_exists', 'key_used', 'accepted', 'stale', 'event_exists', 'accepted'],
  )
  assert.deepEqual([results[3], results[6]].map(sequencesOf), [[3], [4]])
  assert.equal(await count(database, 'events'), 4)
  assert.equal(await assertNoGaps(database), 4)

  const stored = await findIdempotencyKey(database, seed.workspaceId, 'new')
  assert.equal(stored?.response, group[3]?.response)
  assert(stored?.bodyHash.equals(group[3]?.idempotency?.bodyHash ?? Buffer.alloc(0)))
  assert.equal(await findIdempotencyKey(database, seed.workspaceId, 'not taken by a refused one'), null)
  assert.equal(await purgeIdempotencyKeys(database, new Date(now.getTime() + 1)), 2)
  assert.equal(await findIdempotencyKey(database, seed.workspaceId, 'new'), null)
})

test('an id twice in a group fails the whole group without a trace', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const endpoint = await seed.endpoint()
  const twice = seed.publication([endpoint], { key: 'k' })
  await assert.rejects(accept(database, [twice, { ...twice, idempotency: null }], 0, now), isDuplicate)
  assert.equal((await count(database, 'events')) + (await count(database, 'idempotency_keys')), 0)
  const { results } = await accept(database, [twice], 0, now)
  assert.deepEqual(sequencesOf(results[0]), [1])
})

test('texts are stored to the character', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const tags = [
    'plain',
    'quote"',
    'back\\slash',
    'a,b',
    '{braces}',
    'line\nbreak',
    '',
    ' space ',
    'null',
    'ünï 🎉',
    "it's",
  ]
  const data = [
    '{}',
    '{"a":"\\"quoted\\" \\u0000 {1,2}"}',
    '{"ü":"🎉\\\\","n":1.000000000000000000001}',
    `"${'é'.repeat(9_999)}"`,
  ]
  const group = data.map((text) => seed.publication([], { tags, data: text, type: 'it"s.{a,b}\\' }))
  group.push(seed.publication([], { data: '[]' }))
  await accept(database, group, 0, now)
  const rows = await database.query<{ id: string; tags: string[]; data: string; type: string }>({
    name: 'all-events',
    text: 'select * from events',
  })
  const stored = new Map(rows.map((row) => [row.id, row]))
  for (const { events } of group) {
    for (const { event } of events) {
      const { tags: storedTags, data: storedData, type } = stored.get(event.id) ?? {}
      assert.deepEqual([storedTags, storedData, type], [event.tags, event.data, event.type])
    }
  }
})

test('a delivery belongs to the node that commits it, but only while that node is not declared dead', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const endpoint = await seed.endpoint()
  const before = new Date(now.getTime() - 60_000)
  const [node, other] = [await registerNode(database, before), await registerNode(database, now)]
  // Planned before the node went on under another id.
  const group = () => [seed.publication([endpoint], { owner: 4_711 }), seed.publication([endpoint])]
  assert.equal((await accept(database, group(), node, now)).nodeAlive, true)
  assert.equal(await buryNodes(database, other, before, now), 1)
  assert.equal((await accept(database, group(), node, now)).nodeAlive, false)
  assert.deepEqual(
    (await storedDeliveries(database)).map(({ owner }) => owner),
    [node, 0, 0, 0],
  )
})

test('sequences rise in commit order: the next group waits for the commit of the one before it', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const endpoint = await seed.endpoint()
  for (const outcome of ['commit', 'rollback'] as const) {
    const last = (await storedDeliveries(database)).length
    const later = await database.session(async (first) => {
      await first.script('begin')
      const { results } = await accept(first, [seed.publication([endpoint])], 0, now)
      assert.deepEqual(sequencesOf(results[0]), [last + 1])
      const second = accept(database, [seed.publication([endpoint])], 0, now)
      await untilWaiting(database, 1)
      await first.script(outcome)
      return await second
    })
    assert.deepEqual(sequencesOf(later.results[0]), [outcome === 'commit' ? last + 2 : last + 1])
  }
  await assertNoGaps(database)
})

test('a connection that is killed in the middle of an accept leaves neither a gap nor a half', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const [first, second] = [await seed.endpoint(), await seed.endpoint()]
  const both = () => seed.publication([first, second], { key: `key ${Math.random()}` })
  await accept(database, [both()], 0, now)
  await database.session(async (holder) => {
    await holder.script('begin')
    await holder.query(lockSequence, [second.id])
    const killed = assert.rejects(accept(database, [both(), both()], 0, now), isUnavailable)
    for (const pid of await untilWaiting(database, 1)) await database.query(terminate, [pid])
    await killed
    await holder.script('commit')
  })
  const { results } = await accept(database, [both()], 0, now)
  assert.deepEqual(results.map(sequencesOf), [[2, 2]])
  assert.equal(await assertNoGaps(database), 4)
  assert.deepEqual([await count(database, 'events'), await count(database, 'idempotency_keys')], [2, 2])
})

test('many groups on several connections, some rolled back, number without gaps and without deadlocks', async (t) => {
  const { database, url } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const endpoints = await Promise.all(Array.from({ length: 8 }, () => seed.endpoint()))
  const nodes = await Promise.all([database, database, database, database].map(() => open(url, t)))
  let accepted = 0
  await Promise.all(
    nodes.map(async (node, index) => {
      // Neighbours go through the endpoints, and through the keys of each round, in opposite directions.
      const order = index % 2 === 0 ? endpoints : [...endpoints].reverse()
      for (let round = 0; round < 25; round++) {
        const group = order.map((endpoint, at) => {
          const key = `${round} ${index % 2 === 0 ? at : order.length - 1 - at}`
          return seed.publication([endpoint, ...order.slice(0, 3).filter((other) => other !== endpoint)], { key })
        })
        if ((round + index) % 5 === 0) {
          const failing = [...group, group[0]].filter((publication) => publication !== undefined)
          await assert.rejects(
            accept(
              node,
              failing.map((one) => ({ ...one, idempotency: null })),
              0,
              now,
            ),
            isDuplicate,
          )
        }
        const { results } = await accept(node, group, 0, now)
        accepted += results.flatMap((result) => (result.kind === 'accepted' ? result.sequences : [])).length
      }
    }),
  )
  assert.equal(await assertNoGaps(database), accepted)
  assert.equal(await count(database, 'events'), 25 * endpoints.length)
})

test('an endpoint that goes with its workspace during an accept gets no number, and no neighbour gets its number', async (t) => {
  const { database } = await createTestDatabase(t)
  const [leaving, staying] = [await Seed.plant(database), await Seed.plant(database)]
  const [gone, kept] = [await leaving.endpoint(), await staying.endpoint()]
  const { results } = await database.session(async (session) => {
    await session.script('begin')
    await session.execute({ name: 'leave', text: 'delete from workspaces where id = $1' }, [leaving.workspaceId])
    const group = [leaving.publication([gone]), staying.publication([kept]), staying.publication([kept])]
    const accepting = accept(database, group, 0, now)
    await untilWaiting(database, 1)
    await session.script('commit')
    return await accepting
  })
  assert.deepEqual(results.map(sequencesOf), [[null], [1], [2]])
  assert.equal(await assertNoGaps(database), 2)
})

function open(url: string, t: { after(work: () => Promise<void>): void }): Database {
  const database = openDatabase(url, { max: 1, log: silent })
  t.after(() => database.close())
  return database
}
