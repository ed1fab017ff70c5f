import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWaiting, shownState } from '../domain/delivery.ts'
import { uuidFloor } from '../domain/identifier.ts'
import { createTestDatabase } from '../testing/database.ts'
import { attemptsOfDelivery } from './attempt.ts'
import type { Database, Queryable } from './database.ts'
import { deliveriesOfEvent, findDelivery, listDeliveries, replayDeliveries } from './delivery.ts'
import { listEvents } from './event.ts'
import { createPartitions } from './partition.ts'

const dayMs = 86_400_000
const today = Math.floor(Date.now() / dayMs) * dayMs
const workspaceId = uuidFloor(1)
const smallWorkspaceId = uuidFloor(2)
const statuses = ['active', 'paused', 'disabled', 'deleted'] as const
const endpointId = (index: number) => uuidFloor(1000 + index)
const noFilter = { since: null, until: null, before: null, limit: 50 }
const noFailure = { stream: null, lastError: null, lastStatus: null }
const patience = 10_000
const anyDelivery = {
  ...noFilter,
  workspaceId,
  endpointId: null,
  eventId: null,
  states: null,
  type: null,
  ...noFailure,
  patience,
}
const anyEvent = { ...noFilter, workspaceId, id: null, type: null, tag: null, text: null, patience }

/** Four days with 3,000 deliveries each, in all states and at endpoints of all statuses; a few of another workspace. */
async function fill(database: Database): Promise<void> {
  await createPartitions(database, new Date(today - 3 * dayMs), new Date(today))
  await database.session(async (session) => {
    await session.script(`
insert into workspaces (id, name, created_at, updated_at)
  select id, 'w', now(), now() from unnest(array['${workspaceId}', '${smallWorkspaceId}']::uuid[]) as id;
insert into endpoints (id, workspace_id, url, secret, retry_schedule_seconds, status, created_at, updated_at)
  values ${statuses.map((status, index) => `('${endpointId(index)}', '${workspaceId}', 'u', '', '{}', '${status}', now(), now())`).join()};
create temporary table made as
  select n, (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as id
  from generate_series(0, 11999) n,
    lateral (select lpad(to_hex(${today - 3 * dayMs}::bigint + n / 3000 * ${dayMs}::bigint + n), 12, '0') as h) x;
insert into events (id, workspace_id, type, tags, created, received_at, data)
  select id, '${workspaceId}', 'deal.t' || n % 5, '{}', 1, now(), '{}' from made;
insert into deliveries (id, event_id, endpoint_id, workspace_id, type, sequence, state, owner, created_at)
  select id, id, (array[${statuses.map((_, index) => `'${endpointId(index)}'`).join()}])[1 + n % 4]::uuid,
    (case when n % 1000 = 1 then '${smallWorkspaceId}' else '${workspaceId}' end)::uuid, 'deal.t' || n % 5, n,
    (enum_range(null::delivery_state))[1 + n % 5], case when n % 5 < 2 and n % 7 = 0 then 3 else 0 end, now()
  from made;
insert into attempts (id, delivery_id, workspace_id, endpoint_id, number, started_at, duration_ms, outcome, url, request_headers)
  select id, id, '${workspaceId}', '${endpointId(0)}', 1, now(), 1, 'success', 'u', '{}' from made;
analyze`)
  })
}

/** Passes statements on, and keeps how Postgres ran them. */
function explaining(database: Database): { plans: string[]; queryable: Queryable } {
  const plans: string[] = []
  const queryable: Queryable = {
    async query<Row extends object>(statement: { name: string; text: string }, values: readonly unknown[] = []) {
      const explained = { name: '', text: `explain (analyze, costs off, timing off, summary off) ${statement.text}` }
      const lines = await database.query<{ 'QUERY PLAN': string }>(explained, values)
      plans.push(lines.map((line) => line['QUERY PLAN']).join('\n'))
      return await database.query<Row>(statement, values)
    },
    execute: (statement, values) => database.execute(statement, values),
  }
  return { plans, queryable }
}

/** The days whose partitions were read, such as 20260115. */
function daysRead(plan: string): string[] {
  const scans = [...plan.matchAll(/Scan.* on (?:deliveries|events|attempts)_(\d{8}).*\(actual/g)]
  return [...new Set(scans.map((scan) => scan[1] as string))].sort()
}

const dayName = (day: number) => new Date(day).toISOString().slice(0, 10).replaceAll('-', '')

test('every list follows an index and reads only the days that it must', async (t) => {
  const { database } = await createTestDatabase(t)
  await fill(database)
  const [newest] = (await listDeliveries(database, anyDelivery, Date.now)).rows
  assert.ok(newest)
  const { id, eventId } = newest
  const yesterday = { since: new Date(today - dayMs), until: new Date(today) }
  const cases: [string, number, (queryable: Queryable) => Promise<unknown>][] = [
    ['of the workspace', today, (q) => listDeliveries(q, anyDelivery, Date.now)],
    ['of an endpoint', today, (q) => listDeliveries(q, { ...anyDelivery, endpointId: endpointId(1) }, Date.now)],
    ['of a day', today - dayMs, (q) => listDeliveries(q, { ...anyDelivery, ...yesterday }, Date.now)],
    ['of an event, filtered', today, (q) => listDeliveries(q, { ...anyDelivery, eventId }, Date.now)],
    ['of an event', today, (q) => deliveriesOfEvent(q, workspaceId, eventId)],
    ['one', today, (q) => findDelivery(q, workspaceId, id)],
    ['attempts', today, (q) => attemptsOfDelivery(q, id)],
    ['events', today, (q) => listEvents(q, anyEvent, Date.now)],
    ['events of a day', today - dayMs, (q) => listEvents(q, { ...anyEvent, ...yesterday, type: 'deal.t1' }, Date.now)],
  ]
  for (const [what, day, run] of cases) {
    const { plans, queryable } = explaining(database)
    await run(queryable)
    const [plan = ''] = plans
    assert.deepEqual(daysRead(plan), [dayName(day)], `${what}\n${plan}`)
    assert.doesNotMatch(plan, /Seq Scan on (deliveries|events|attempts)/, what)
  }
})

test('the filter by state agrees with the state that is shown, for every state and every status', async (t) => {
  const { database } = await createTestDatabase(t)
  await fill(database)
  const filter = { ...anyDelivery, since: new Date(today), limit: 3000 }
  const all = (await listDeliveries(database, filter, Date.now)).rows
  assert.equal(all.length, 2997)
  const seen = new Set<string>()
  for (const state of ['pending', 'held', 'delivering', 'delivered', 'retrying', 'dead_letter', 'canceled'] as const) {
    const { rows } = await listDeliveries(database, { ...filter, states: [state] }, Date.now)
    const wanted = all.filter((delivery) => shownState(delivery, delivery.endpointStatus) === state)
    assert.deepEqual(rows, wanted, state)
    assert.ok(wanted.length > 0, state)
    for (const row of wanted) seen.add(`${row.endpointStatus} ${row.state} ${row.owner}`)
  }
  assert.equal(seen.size, statuses.length * 7)
})

test('pages of every size give each row once', async (t) => {
  const { database } = await createTestDatabase(t)
  await fill(database)
  const filter = { ...anyDelivery, type: 'deal.t3', endpointId: endpointId(3) }
  const whole = (await listDeliveries(database, { ...filter, limit: 5000 }, Date.now)).rows.map(({ id }) => id)
  assert.equal(whole.length, 600)
  for (const limit of [1, 7, 200, 600]) {
    const seen: string[] = []
    let before: string | null = null
    do {
      const page: { rows: readonly { id: string }[]; next: string | null } = await listDeliveries(
        database,
        { ...filter, before, limit },
        Date.now,
      )
      seen.push(...page.rows.map(({ id }) => id))
      before = limit === 1 && seen.length > 20 ? null : page.next
    } while (before !== null)
    assert.deepEqual(seen, whole.slice(0, seen.length), String(limit))
    assert.equal(seen.length, limit === 1 ? 21 : 600)
  }
})

test('a replay changes what nobody has in hand, and nothing of another workspace', async (t) => {
  const { database } = await createTestDatabase(t)
  await fill(database)
  const all = (await listDeliveries(database, { ...anyDelivery, since: new Date(today), limit: 200 }, Date.now)).rows
  const now = new Date(today + 3_600_000)
  const foreign = (await listDeliveries(database, { ...anyDelivery, workspaceId: smallWorkspaceId }, Date.now)).rows
  const ids = [...all, ...foreign].map(({ id }) => id)
  const replayed = await database.transaction((session) => replayDeliveries(session, workspaceId, ids, now))
  assert.deepEqual(
    replayed.map(({ id }) => id),
    all.map(({ id }) => id).sort(),
  )
  for (const before of [...all, ...foreign]) {
    const stored = await findDelivery(database, before.workspaceId, before.id)
    if (before.owner !== 0 || before.workspaceId !== workspaceId) assert.deepEqual(stored, before)
    else {
      assert.deepEqual(
        stored,
        replayed.find(({ id }) => id === before.id),
      )
      assert.ok(stored && isWaiting(stored.state))
      if (!isWaiting(before.state)) assert.deepEqual([stored.nextAttemptAt, stored.cycleAttempts], [now, 0])
    }
  }
})

test('a dead letter beneath more deliveries than a page looks at is on the first page, of an endpoint too', async (t) => {
  const { database } = await createTestDatabase(t)
  await createPartitions(database, new Date(today), new Date(today))
  await database.session(async (session) => {
    await session.script(`
insert into workspaces (id, name, created_at, updated_at) values ('${workspaceId}', 'w', now(), now());
insert into endpoints (id, workspace_id, url, secret, retry_schedule_seconds, status, created_at, updated_at)
  values ('${endpointId(0)}', '${workspaceId}', 'u', '', '{}', 'active', now(), now());
insert into deliveries (id, event_id, endpoint_id, workspace_id, type, sequence, state, created_at)
  select ('${uuidFloor(today).slice(0, 24)}' || lpad(to_hex(n), 12, '0'))::uuid, '${uuidFloor(today)}',
  '${endpointId(0)}', '${workspaceId}', 'deal.many', n,
  case when n = 1 then 'dead_letter' else 'delivered' end::delivery_state, now() from generate_series(1, 50002) n;
analyze`)
  })
  const dead = { ...anyDelivery, since: new Date(today), states: ['dead_letter'] as const }
  for (const filter of [dead, { ...dead, endpointId: endpointId(0) }]) {
    const { plans, queryable } = explaining(database)
    const { rows, next } = await listDeliveries(queryable, filter, Date.now)
    assert.deepEqual([rows.map(({ sequence }) => sequence), next], [[1], null])
    for (const plan of plans) assert.match(plan, /workspace_id_id_endpoint_id/, plan)
  }
  const { rows } = await listDeliveries(database, { ...dead, endpointId: endpointId(1) }, Date.now)
  assert.deepEqual(rows, [])
})
