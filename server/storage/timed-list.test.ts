import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidFloor } from '../domain/identifier.ts'
import { createTestDatabase } from '../testing/database.ts'
import { Planner } from '../testing/planner.ts'
import type { Database } from './database.ts'
import { type DeliveryFilter, listDeliveries } from './delivery.ts'
import { type EventFilter, listEvents } from './event.ts'
import type { IdRange, Slice } from './id-range.ts'
import { createPartitions } from './partition.ts'
import { readInTime } from './timed-list.ts'

const dayMs = 86_400_000
const today = Math.floor(Date.now() / dayMs) * dayMs
const [large, small, endpoint, ended] = [uuidFloor(1), uuidFloor(2), uuidFloor(3), uuidFloor(4)]
const perDay = 4_000
const smallCount = 12

/**
 * Four days with 4,000 events and deliveries each, of which the small workspace has every thousandth one from the second
 * day on. Of one endpoint is every second one in the first half of each day.
 */
async function fill(database: Database): Promise<void> {
  await createPartitions(database, new Date(today - 3 * dayMs), new Date(today))
  await database.session((session) =>
    session.script(`
insert into workspaces (id, name, created_at, updated_at)
  select id, 'w', now(), now() from unnest(array['${large}', '${small}']::uuid[]) as id;
insert into endpoints (id, workspace_id, url, secret, retry_schedule_seconds, created_at, updated_at)
  values ('${endpoint}', '${large}', 'u', '', '{}', now(), now());
create temporary table made as
  select n, (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as id,
    (case when n % 1000 = 1 and n > 4000 then '${small}' else '${large}' end)::uuid as workspace_id
  from generate_series(0, ${4 * perDay - 1}) n,
    lateral (select lpad(to_hex(${today - 3 * dayMs}::bigint + n / ${perDay} * ${dayMs}::bigint + n), 12, '0') as h) x;
insert into events (id, workspace_id, type, tags, created, received_at, data)
  select id, workspace_id, 'deal.won', '{}', 1, now(), repeat('word ', 200) from made;
insert into deliveries (id, event_id, endpoint_id, workspace_id, type, sequence, state, created_at)
  select id, id, (case when n % ${perDay} < ${perDay / 2} and n % 2 = 0 then '${ended}' else '${endpoint}' end)::uuid, workspace_id,
    'deal.won', n, 'delivered', now() from made;
analyze`),
  )
}

const noFilter = { since: null, until: null, before: null as string | null, limit: 50, type: null, patience: 10_000 }
const anyDelivery: DeliveryFilter = {
  ...{ ...noFilter, workspaceId: large, endpointId: null, eventId: null, states: null },
  ...{ stream: null, lastError: null, lastStatus: null },
}
const anyEvent: EventFilter = { ...noFilter, workspaceId: large, id: null, tag: null, text: null }

interface List {
  readonly table: 'deliveries' | 'events'
  readonly what: string
  page(part: Partial<typeof noFilter>): Promise<Slice<{ readonly id: string }>>
}

/** Lists for which nothing, or everything, passes the filter. */
const listsOf = (database: Database, passes: boolean): List[] => {
  const delivery = (what: string, filter: Partial<DeliveryFilter>): List => ({
    ...{ table: 'deliveries', what: `deliveries ${what}` },
    page: (part) => listDeliveries(database, { ...anyDelivery, ...filter, ...part }, Date.now),
  })
  const event = (what: string, filter: Partial<EventFilter>): List => ({
    ...{ table: 'events', what: `events ${what}` },
    page: (part) => listEvents(database, { ...anyEvent, ...filter, ...part }, Date.now),
  })
  if (passes) return [delivery('of a type', { type: 'deal.won' }), event('with a text', { text: 'word' })]
  return [
    delivery('of no type', { type: 'deal.lost' }),
    delivery('in no state', { states: ['canceled'] }),
    delivery('in no state at an endpoint', { states: ['canceled', 'dead_letter'], endpointId: endpoint }),
    event('of no type', { type: 'deal.lost' }),
    event('with no tag', { tag: 'none' }),
    event('with no text', { text: 'no such' }),
  ]
}

test('a page of a small workspace reads its own rows only, however many another one has', async (t) => {
  const { database, url } = await createTestDatabase(t)
  await fill(database)
  const planner = Planner.open(t, url)
  const ofSmall = { ...noFilter, workspaceId: small }
  const lists = {
    deliveries: () => listDeliveries(planner.database, { ...anyDelivery, ...ofSmall }, Date.now),
    events: () => listEvents(planner.database, { ...anyEvent, ...ofSmall }, Date.now),
  }
  for (const table of ['deliveries', 'events'] as const) {
    const { rows, next } = await lists[table]()
    assert.deepEqual([rows.length, next], [smallCount, null], table)
    const read = await planner.entriesRead(table, lists[table])
    assert.ok(read <= 2 * smallCount, `${read} entries of ${table} were read for ${smallCount} rows`)
  }
})

test('a page of an endpoint that gets nothing any more does not look at what others got since', async (t) => {
  const { database, url } = await createTestDatabase(t)
  await fill(database)
  // What a Postgres has that nobody has set for this service.
  const costs = `execute format('alter database %I set random_page_cost = 4', current_database())`
  await database.session((session) => session.script(`do $$ begin ${costs}; end $$`))
  const planner = Planner.open(t, url)
  const page = () => listDeliveries(planner.database, { ...anyDelivery, endpointId: ended }, Date.now)
  const { rows } = await page()
  assert.deepEqual([rows.length, new Set(rows.map(({ endpointId }) => endpointId))], [50, new Set([ended])])
  const read = await planner.entriesRead('deliveries', page)
  assert.ok(read <= 2 * 50, `${read} entries were read for 50 rows`)
})

test('a page reads one row when it has no time, and no more rows than fit on it follow', async (t) => {
  const { database, url } = await createTestDatabase(t)
  await fill(database)
  const planner = Planner.open(t, url)
  for (const { table, what, page } of listsOf(planner.database, false)) {
    const part = { patience: 0, limit: 20 }
    const { rows, next } = await page(part)
    assert.deepEqual(rows, [], what)
    assert.ok(next, what)
    const read = await planner.entriesRead(table, () => page(part))
    // The planner looks at the ends of an index.
    assert.ok(read > 0 && read <= 21 + 4, `${read} entries were read for ${what}`)
    const whole = await page({})
    assert.deepEqual(whole, { rows: [], next: null }, what)
  }
})

test('a page of what waits looks at nothing else, where that is little', async (t) => {
  const { database, url } = await createTestDatabase(t)
  await fill(database)
  const waits = `sequence % 500 = 3`
  await database.session((session) =>
    session.script(`update deliveries set state = 'retrying' where ${waits}; analyze deliveries`),
  )
  const planner = Planner.open(t, url)
  const page = (part: Partial<DeliveryFilter>) =>
    listDeliveries(planner.database, { ...anyDelivery, states: ['retrying', 'held'], patience: 0, ...part }, Date.now)
  const { rows, next } = await page({})
  assert.deepEqual(
    [rows.map(({ sequence }) => sequence), next],
    [Array.from({ length: 32 }, (_, index) => (31 - index) * 500 + 3), null],
  )
  const read = await planner.entriesRead('deliveries', () => page({}))
  assert.ok(read <= 2 * 32, `${read} entries were read for 32 rows`)
  const first = await page({ limit: 20, endpointId: endpoint })
  const second = await page({ limit: 20, endpointId: endpoint, before: first.next })
  const ofEndpoint = rows.filter(({ endpointId }) => endpointId === endpoint)
  assert.deepEqual([first.rows.length, [...first.rows, ...second.rows], second.next], [20, ofEndpoint, null])
  await database.execute({
    name: 'twin',
    text: `
insert into deliveries (id, event_id, endpoint_id, workspace_id, type, sequence, state, created_at)
select overlay(id::text placing 'ffff' from 33)::uuid, gen_random_uuid(), endpoint_id, workspace_id, type, 1, state, now()
from deliveries where sequence = 3`,
  })
  const ofEvent = await page({ eventId: rows.at(-1)?.eventId ?? '', patience: 10_000 })
  assert.deepEqual(
    ofEvent.rows.map(({ sequence }) => sequence),
    [3],
  )
})

test('pages that are cut short give each row once, across the days', async (t) => {
  const { database } = await createTestDatabase(t)
  await fill(database)
  for (const { what, page } of listsOf(database, true)) {
    const whole = (await page({ limit: 4 * perDay })).rows.map(({ id }) => id)
    assert.equal(whole.length, 4 * perDay - smallCount, what)
    const edge = whole.findIndex((id) => id < uuidFloor(today))
    const seen: string[] = []
    let before: string | null = whole[edge - 11] ?? null
    while (seen.length < 20) {
      const { rows, next } = await page({ before, patience: 0, limit: 3 })
      seen.push(...rows.map(({ id }) => id))
      before = next
    }
    assert.deepEqual(seen, whole.slice(edge - 10, edge + 10), what)
  }
})

test('the day on which a page begins is read by itself, and what is older with the time that is left', async () => {
  const at = (day: number, rest = 0) => uuidFloor(today + day * dayMs + rest)
  const everything = { from: uuidFloor(0), below: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }
  const row = (id: string, late = false) => ({ id, passes: !late, late })
  const asked = async (range: IdRange, answers: ReturnType<typeof row>[][], limit = 2, patience = 25) => {
    const parts: (IdRange & { left: number; most: number })[] = []
    let time = today + 1_000
    const clock = () => time
    const slice = await readInTime(range, { limit, patience }, clock, async (part, left, most) => {
      parts.push({ ...part, left, most })
      time += 10
      return answers.shift() ?? []
    })
    return { parts, slice }
  }
  const full = await asked(everything, [[row(at(0, 9)), row(at(0, 8)), row(at(0, 7))]])
  assert.deepEqual(full.parts, [{ from: at(0), below: everything.below, left: 25, most: 3 }])
  assert.deepEqual(full.slice, { rows: [row(at(0, 9)), row(at(0, 8))], next: at(0, 8) })
  const older = await asked(everything, [[row(at(0, 9))], [row(at(-3))]])
  assert.deepEqual(older.parts[1], { from: everything.from, below: at(0), left: 15, most: 2 })
  assert.deepEqual(older.slice, { rows: [row(at(0, 9)), row(at(-3))], next: null })
  const late = await asked(everything, [[row(at(0, 9)), row(at(0, 8), true), row(at(0, 7), true)]])
  assert.deepEqual([late.parts.length, late.slice], [1, { rows: [row(at(0, 9))], next: at(0, 8) }])
  const over = await asked(everything, [[]], 2, 10)
  assert.deepEqual([over.parts.length, over.slice], [1, { rows: [], next: at(0) }])
  // A cursor at the beginning of a day goes on with the day before.
  const edge = await asked({ ...everything, below: at(0) }, [])
  assert.deepEqual(
    edge.parts.map(({ from, below }) => [from, below]),
    [
      [at(-1), at(0)],
      [everything.from, at(-1)],
    ],
  )
  const within = { from: at(-1, 5), below: at(-1, 9) }
  assert.deepEqual((await asked(within, [])).parts, [{ ...within, left: 25, most: 3 }])
})
