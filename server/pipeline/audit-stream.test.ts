// Entries of the audit log on their way to endpoints, through the whole pipeline.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEntry } from '../domain/audit.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { toTypeId } from '../domain/identifier.ts'
import { findAuditChain, readAudit } from '../storage/audit.ts'
import { appendEntries, entriesOf, entryOf, record } from '../testing/audit.ts'
import { SettableClock } from '../testing/clock.ts'
import { eventually } from '../testing/eventually.ts'
import { TestPipeline } from '../testing/pipeline.ts'
import { answer, Receiver } from '../testing/receiver.ts'

const minute = 60_000
const batch = { maxEvents: 100, windowSeconds: 1 }
const audit = { stream: 'audit', profile: 'cloudevents', batch } as const

const sequencesOf = {
  name: 'sequences-of',
  text: 'select event_id, sequence from deliveries where endpoint_id = $1 order by sequence',
}
const countOf = (table: string) => ({ name: `count-${table}`, text: `select count(*) as count from ${table}` })

async function count(node: TestPipeline, table: string): Promise<number> {
  const [row] = await node.database.query<{ count: number }>(countOf(table))
  return row?.count ?? 0
}

async function chainOf({ database, workspaceId }: TestPipeline): Promise<AuditEntry[]> {
  return await readAudit(database, workspaceId, { after: 0, upTo: Number.MAX_SAFE_INTEGER, limit: 100_000 })
}

/** What was numbered for the endpoint so far: the entries, in the order of their sequences, which have no gap. */
async function numbered({ database }: TestPipeline, { id }: Endpoint): Promise<string[]> {
  const rows = await database.query<{ event_id: string; sequence: number }>(sequencesOf, [id])
  assert.deepEqual(
    rows.map(({ sequence }) => sequence),
    rows.map((_, index) => index + 1),
  )
  return rows.map((row) => row.event_id)
}

const behind = {
  name: 'behind',
  text: `select s.workspace_id from audit_streams s join audit_chains c using (workspace_id)
    where c.last_sequence > s.streamed_sequence`,
}

/** Resolves when everything that is recorded has been streamed; with a clock, it goes on to where somebody looks. */
async function streamed(node: TestPipeline, clock?: SettableClock): Promise<void> {
  await eventually(async () => {
    if ((await node.database.query(behind)).length === 0) return true
    clock?.advance(1_000)
    return null
  })
}

const waitingOf = {
  name: 'waiting-of',
  text: `
select count(*) filter (where owner <> 0) as in_hand,
  count(*) filter (where owner <> 0 or next_attempt_at <= $1) as due, min(next_attempt_at) as next_at
from deliveries where state in ('pending', 'retrying')`,
}

/** Lets time pass: in leaps to where something is due, and there slowly enough that what is in flight is not late. */
async function live({ database }: TestPipeline, clock: SettableClock, until: number): Promise<void> {
  for (;;) {
    const next = await eventually(async () => {
      const now = new Date(clock.now())
      const [row] = await database.query<{ in_hand: number; due: number; next_at: Date | null }>(waitingOf, [now])
      if (row?.due === 0) return row
      clock.advance(row?.in_hand === 0 ? 1_000 : 50)
      return null
    })
    if (clock.now() >= until) return
    clock.advanceTo(Math.min(until, next.next_at?.getTime() ?? until))
  }
}

test('every entry arrives once, in the order of the chain, when many are recorded at the same time', async (t) => {
  const receiver = await Receiver.start(t)
  const node = await TestPipeline.start(t)
  await record(node, [entryOf({ action: 'before' })])
  const endpoint = await node.createEndpoint(receiver.url('/all'), audit)
  const groups = Array.from({ length: 40 }, (_, group) =>
    Array.from({ length: 1 + (group % 60) }, (_, number) => entryOf({ metadataObject: { group, number } })),
  )
  await Promise.all(groups.map((entries) => record(node, entries)))
  const chain = (await chainOf(node)).slice(1).map(({ id }) => id)
  await receiver.waitFor((requests) => requests.flatMap(entriesOf).length >= chain.length, '/all')
  assert.deepEqual(await numbered(node, endpoint), chain, 'what was there before the endpoint is not sent')
  const requests = receiver.requests('/all').map(entriesOf)
  assert.deepEqual(requests.flat().toSorted(), chain.toSorted())
  const place = new Map(chain.map((id, index) => [id, index]))
  for (const ids of requests) {
    const places = ids.map((id) => place.get(id) ?? Number.NaN)
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    )
  }
})

test('an entry arrives without a poll where it was recorded, and with the next poll wherever nobody was told', async (t) => {
  const receiver = await Receiver.start(t)
  const clock = new SettableClock()
  const node = await TestPipeline.start(t, { clock })
  const endpoint = await node.createEndpoint(receiver.url('/one'), { stream: 'audit' })
  const [told = ''] = await record(node, [entryOf()])
  await receiver.waitFor(1, '/one')
  await node.storyOnce(told, endpoint, ({ state }) => state === 'delivered')
  const [untold = ''] = await appendEntries(node.database, node.workspaceId, [entryOf()])
  clock.advance(1_900)
  assert.equal((await numbered(node, endpoint)).length, 1)
  await streamed(node, clock)
  await receiver.waitFor(2, '/one')
  await node.storyOnce(untold, endpoint, ({ state }) => state === 'delivered')
})

test('what Atlas records by itself, such as that it paused an endpoint, is streamed without a poll too', async (t) => {
  const receiver = await Receiver.start(t)
  const node = await TestPipeline.start(t, { clock: new SettableClock() })
  receiver.on('/gone', answer(410))
  const gone = await node.createEndpoint(receiver.url('/gone'))
  await node.createEndpoint(receiver.url('/audit'), { stream: 'audit', types: ['pro.atmos.webhook.paused'] })
  const event = await node.publish()
  await receiver.waitFor(1, '/gone')
  await node.storyOnce(event, gone, ({ state }) => state === 'held')
  const [request] = await receiver.waitFor(1, '/audit')
  assert.equal(JSON.parse(request?.body.toString() ?? '').data.target.id, toTypeId('ep', gone.id))
})

test('types, filters and tags choose entries, and an endpoint of the other stream gets none', async (t) => {
  const receiver = await Receiver.start(t)
  const node = await TestPipeline.start(t)
  const stream = 'audit'
  const url = receiver.url('/choice')
  const locks = await node.createEndpoint(url, { stream, types: ['pro.atmos.lock.*'] })
  const people = await node.createEndpoint(url, {
    stream,
    filter: `actor.name == "Jane" && action.category == "lock" && target.id != "x" && metadata.level > 1`,
  })
  const european = await node.createEndpoint(url, { stream, tags: ['eu'] })
  const events = await node.createEndpoint(url)
  const jane = { type: 'user', id: 'user_1', name: 'Jane', ip: '192.0.2.1' }
  const [lock, plain, tagged] = await record(node, [
    entryOf({ actor: jane, metadataObject: { level: 2 } }),
    entryOf({ category: 'team_member', action: 'invited', actor: jane, metadataObject: { level: 2 } }),
    entryOf({ metadataObject: { tags: ['us', 'eu'], level: 1 } }),
    entryOf({ category: 'team_member', action: 'invited' }),
  ])
  await streamed(node)
  assert.deepEqual(await numbered(node, locks), [lock, tagged])
  assert.deepEqual(await numbered(node, people), [lock])
  assert.deepEqual(await numbered(node, european), [tagged])
  assert.deepEqual(await numbered(node, events), [])
  assert.equal(await count(node, 'events'), 2, 'what nobody wants is not stored')
  assert(plain)
  await node.publish({ type: 'lock.created' })
  assert.equal((await numbered(node, locks)).length, 2)
  assert.equal((await numbered(node, events)).length, 1)
})

test('an endpoint gets what is recorded while it takes events, however late it is streamed', async (t) => {
  const receiver = await Receiver.start(t)
  const clock = new SettableClock()
  const node = await TestPipeline.start(t, { clock, works: false })
  const url = receiver.url('/span')
  const stream = 'audit'
  const names = (entries: string) => entries.split(' ').map((action) => entryOf({ action }))
  const append = (entries: string) => appendEntries(node.database, node.workspaceId, names(entries))
  const actions = async (endpoint: Endpoint) => {
    const chain = new Map((await chainOf(node)).map(({ id, action }) => [id, action]))
    return (await numbered(node, endpoint)).map((id) => chain.get(id)).join(' ')
  }
  await append('a b')
  const first = await node.createEndpoint(url, { stream })
  await append('c d')
  const second = await node.createEndpoint(url, { stream })
  await append('e')
  await node.setStatus(first, 'paused')
  await append('f')
  await node.setStatus(first, 'disabled')
  await append('g')
  const third = await node.createEndpoint(url, { stream, status: 'disabled' })
  await append('h')
  await node.setStatus(third, 'active')
  await append('i')
  await node.delete(second)
  await append('j')
  // Until now there is nobody who streams.
  assert.equal(await count(node, 'deliveries'), 0)
  await node.startAnother()
  await streamed(node, clock)
  assert.deepEqual([await actions(first), await actions(third)], ['c d e f', 'i j'])
  assert.equal(await actions(second), '', 'a deleted one gets nothing more')
  await append('k')
  await node.setStatus(first, 'active')
  await append('l')
  await streamed(node, clock)
  assert.equal(await actions(first), 'c d e f l')
  await node.setStatus(first, 'disabled')
  await append('m')
  await node.setStatus(third, 'disabled')
  await append('n')
  await streamed(node, clock)
  await eventually(async () => ((await count(node, 'audit_streams')) === 0 ? true : null))
  assert.deepEqual([await actions(first), await actions(third)], ['c d e f l', 'i j k l m'])
  await append('o')
  await node.setStatus(third, 'active')
  await append('p')
  await streamed(node, clock)
  assert.equal(await actions(third), 'i j k l m p')
})

test('one that is enabled again before it got everything gets what is missing too', async (t) => {
  const receiver = await Receiver.start(t)
  const clock = new SettableClock()
  const node = await TestPipeline.start(t, { clock })
  const endpoint = await node.createEndpoint(receiver.url('/again'), { stream: 'audit' })
  const recorded = await appendEntries(node.database, node.workspaceId, [entryOf(), entryOf()])
  await node.setStatus(endpoint, 'disabled')
  recorded.push(...(await appendEntries(node.database, node.workspaceId, [entryOf()])))
  await node.setStatus(endpoint, 'active')
  recorded.push(...(await appendEntries(node.database, node.workspaceId, [entryOf()])))
  await streamed(node, clock)
  assert.deepEqual(await numbered(node, endpoint), recorded)
})

test('whenever an endpoint is created while entries are recorded, it misses none from then on', async (t) => {
  const receiver = await Receiver.start(t)
  const node = await TestPipeline.start(t)
  const other = await node.startAnother()
  let recording = true
  const recorders = [node, other].map(async (recorder) => {
    while (recording) await record(recorder, [entryOf(), entryOf()])
  })
  const endpoints: [Endpoint, number][] = []
  for (const creator of [node, other, node, other, node, other]) {
    const endpoint = await creator.createEndpoint(receiver.url('/late'), audit)
    const end = await findAuditChain(node.database, node.workspaceId)
    endpoints.push([endpoint, end?.lastSequence ?? 0])
  }
  recording = false
  await Promise.all(recorders)
  await streamed(node)
  const chain = await chainOf(node)
  for (const [endpoint, createdBefore] of endpoints) {
    const got = await numbered(node, endpoint)
    assert.deepEqual(
      got,
      chain.slice(chain.length - got.length).map(({ id }) => id),
      'the end of the chain',
    )
    assert(got.length >= chain.length - createdBefore, 'from its creation on')
  }
})

test('two nodes stream one chain without a double', async (t) => {
  const receiver = await Receiver.start(t)
  const node = await TestPipeline.start(t)
  const other = await node.startAnother()
  const endpoint = await node.createEndpoint(receiver.url('/nodes'), audit)
  const work = async (recorder: TestPipeline) => {
    for (let round = 0; round < 40; round++) {
      await record(recorder, Array<ReturnType<typeof entryOf>>(25).fill(entryOf()))
      node.pipeline.audited(node.workspaceId)
      other.pipeline.audited(node.workspaceId)
    }
  }
  await Promise.all([work(node), work(other), work(node), work(other)])
  await streamed(node)
  const chain = (await chainOf(node)).map(({ id }) => id)
  assert.equal(chain.length, 4_000)
  assert.deepEqual(await numbered(node, endpoint), chain)
  await receiver.waitFor((requests) => requests.flatMap(entriesOf).length >= chain.length, '/nodes')
  assert.deepEqual(receiver.requests('/nodes').flatMap(entriesOf).toSorted(), chain.toSorted())
})

test('a collector that fails for an hour gets every entry once when it recovers, in order in each batch', async (t) => {
  const receiver = await Receiver.start(t)
  const clock = new SettableClock()
  const node = await TestPipeline.start(t, { clock })
  receiver.on('/hour', answer(500))
  const retryScheduleSeconds = [60, 240, 960, 3_840, 15_360]
  const given = { ...audit, batch: { maxEvents: 100, windowSeconds: 30 }, retryScheduleSeconds }
  const endpoint = await node.createEndpoint(receiver.url('/hour'), given)
  const recorded: string[] = []
  const started = clock.now()
  for (let minutes = 0; minutes < 60; minutes += 10) {
    await live(node, clock, started + minutes * minute)
    // Right before a retry, which takes along what is new.
    const [retry] = await node.database.query<{ next_at: Date | null }>(waitingOf, [new Date(clock.now())])
    if (retry?.next_at) await live(node, clock, retry.next_at.getTime() - 5_000)
    const entries = Array.from({ length: 30 }, () => entryOf())
    recorded.push(...(await record(node, entries, new Date(clock.now()))))
    await streamed(node)
  }
  await live(node, clock, started + 60 * minute)
  const failed = receiver.requests('/hour').length
  assert(failed >= 6 * 2, `${failed} requests`)
  receiver.on('/hour', answer(200))
  await live(node, clock, started + 24 * 60 * minute)
  const all = receiver.requests('/hour').map(entriesOf)
  const taken = all.slice(failed)
  assert.deepEqual(taken.flat().toSorted(), recorded.toSorted(), 'all of them, none twice')
  const place = new Map((await numbered(node, endpoint)).map((id, index) => [id, index + 1]))
  assert(all.some((ids) => ids.length === 60))
  for (const ids of all) {
    const places = ids.map((id) => place.get(id) ?? Number.NaN)
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    )
  }
})
