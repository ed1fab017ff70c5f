import type { LastAttempt } from '../domain/attempt.ts'
import { type Delivery, type DeliveryState, isWaiting, replay, type ShownState } from '../domain/delivery.ts'
import type { EndpointStatus } from '../domain/endpoint.ts'
import type { Stream } from '../domain/event.ts'
import { plainColumn, timeColumn } from './column.ts'
import { plannedEachTime, type Queryable, type Session } from './database.ts'
import { type DeliveryRow, type LastAttemptRow, toDelivery, toLastAttempt } from './delivery-row.ts'
import { type FailureFilter, hasFailure } from './failure-condition.ts'
import { cutSlice, type IdRange, overlap, rangeOf, type Slice, sameMillisecond, type Window } from './id-range.ts'
import { readInTime, type TimedRow, timedColumns } from './timed-list.ts'
import { typeOrExpression } from './type-expression.ts'

/** A delivery, and what decides how it is shown: the status of its endpoint, and the stream that it is of. */
export interface StoredDelivery extends Delivery {
  readonly lastAttempt: LastAttempt | null
  readonly endpointStatus: EndpointStatus
  readonly stream: Stream
}

export interface DeliveryFilter extends Window, FailureFilter {
  readonly workspaceId: string
  readonly endpointId: string | null
  readonly eventId: string | null
  /** Any of them; null: all. */
  readonly states: readonly ShownState[] | null
  /** A type pattern; null: all. */
  readonly type: string | null
  /** null: whichever it is of. */
  readonly stream: Stream | null
  /** How long a page may look for deliveries, in milliseconds; then it is cut. One is looked at in any case. */
  readonly patience: number
}

interface StoredRow extends DeliveryRow, LastAttemptRow {
  endpoint_status: EndpointStatus
  stream: Stream
}

// A look-up per row rather than a join: a join would make the planner read and sort all rows before the first answer.
const endpointStatus = `coalesce((select e.status from endpoints e where e.id = d.endpoint_id), 'deleted')`
const endpointStream = `coalesce((select e.stream from endpoints e where e.id = d.endpoint_id), 'events')`
const shownColumns = `d.*, ${endpointStatus} as endpoint_status, ${endpointStream} as stream`

// The rule of shownState() in domain/delivery.ts, where a filter needs it.
const shownState = `
case when d.state not in ('pending', 'retrying') then d.state::text else
  case ${endpointStatus}
    when 'deleted' then 'canceled'
    when 'active' then case when d.owner = 0 then d.state::text else 'delivering' end
    else 'held'
  end
end`

const waitingStates: readonly ShownState[] = ['pending', 'retrying', 'held', 'delivering']

// One statement per index. The id's range is part of each, since it is what spares the other days.
const scans = {
  workspace: `workspace_id = $1 and id >= $2 and id < $3 and $4::uuid is null`,
  endpoint: `endpoint_id = $4 and id >= $2 and id < $3 and workspace_id = $1`,
  // The deliveries of an event share its millisecond, so this reads a few rows of the primary key.
  event: `id >= $2 and id < $3 and event_id = $4 and workspace_id = $1`,
  // Dead letters have an index of their own, so a page of them looks at no other delivery. That of one endpoint reads it
  // too: along the endpoint's index, a healthy endpoint's whole history would be read for a few rows.
  dead: `workspace_id = $1 and id >= $2 and id < $3 and state = 'dead_letter' and $4::uuid is null`,
} as const

type Scan = keyof typeof scans

const passes = `($6::text[] is null or ${shownState} = any($6)) and ($7::text is null or d.type = $7)
    and ($8::uuid is null or d.endpoint_id = $8) and ${hasFailure('d', '$10', '$11')}
    and ($12::text is null or ${endpointStream} = $12) and ($13::text is null or d.type ~ $13)`

// The endpoint of a delivery that is not shown is looked up only where the filter needs it.
const listStatement = (scan: Scan) => ({
  name: plannedEachTime,
  text: `
select ${shownColumns} from (
  select d.*, ${timedColumns(passes, '$5')}
  from deliveries d where ${scans[scan]} order by id desc
) d
where d.passes or d.late order by d.id desc limit $9`,
})

const listStatements = {
  ...{ workspace: listStatement('workspace'), endpoint: listStatement('endpoint') },
  ...{ event: listStatement('event'), dead: listStatement('dead') },
}

// Of what waits there is mostly little, and all of it is in an index of its own, though not in this order. Where there is
// more, pages are mostly full soon.
const mostWaiting = 2_000

const waitingStatement = {
  name: 'list-waiting',
  text: `
with waiting as materialized (
  select * from deliveries
  where owner = any(array(select 0 union select id from nodes)) and endpoint_id = any(array(
      select id from endpoints where workspace_id = $1 and status <> 'deleted' and ($4::uuid is null or id = $4)
    )) and state in ('pending', 'retrying')
  limit $5
)
select w.waiting, d.* from (select count(*)::int as waiting from waiting) w left join lateral (
  select ${shownColumns} from waiting d
  where w.waiting < $5 and d.id >= $2 and d.id < $3 and ${passes}
  order by d.id desc limit $9
) d on true
order by d.id desc`,
}

function scanFor({ eventId, endpointId, states }: DeliveryFilter): Scan {
  if (eventId) return 'event'
  if (isOfDead(states)) return 'dead'
  return endpointId ? 'endpoint' : 'workspace'
}

function isOfDead(states: DeliveryFilter['states']): boolean {
  return states?.every((state) => state === 'dead_letter') ?? false
}

/**
 * A page of the deliveries of a workspace that pass the filter, newest first. What few deliveries pass is searched for
 * until the time is up: then the page is short, and the next one goes on.
 *
 * @param clock milliseconds, for `patience`
 */
export async function listDeliveries(
  database: Queryable,
  filter: DeliveryFilter,
  clock: () => number,
): Promise<Slice<StoredDelivery>> {
  const { eventId, endpointId, states } = filter
  const window = rangeOf(filter)
  const range = eventId ? overlap(window, sameMillisecond(eventId)) : window
  const isOfWaiting = states?.every((state) => waitingStates.includes(state)) ?? false
  const waiting = isOfWaiting && eventId === null ? await listWaiting(database, filter, range) : null
  if (waiting) return waiting
  const scan = scanFor(filter)
  const key = scan === 'dead' ? null : (eventId ?? endpointId)
  const { rows, next } = await readInTime(range, filter, clock, (part, patience, most) =>
    database.query<StoredRow & TimedRow>(listStatements[scan], valuesOf(filter, part, { key, bound: patience, most })),
  )
  return { rows: rows.map(toStored), next }
}

/** The page, if little waits in the workspace, or at the endpoint that it is about; else null. */
async function listWaiting(
  database: Queryable,
  filter: DeliveryFilter,
  range: IdRange,
): Promise<Slice<StoredDelivery> | null> {
  const { endpointId: key, limit } = filter
  const found = await database.query<{ waiting: number } & (StoredRow | { id: null })>(
    waitingStatement,
    valuesOf(filter, range, { key, bound: mostWaiting + 1, most: limit + 1 }),
  )
  if ((found[0]?.waiting ?? 0) > mostWaiting) return null
  const rows = found.filter((row) => row.id !== null).map(toStored)
  return await cutSlice(rows, limit, () => Promise.resolve(null))
}

/** The parameters of a list: `key` and `bound` are $4 and $5, which are each statement's own. */
function valuesOf(
  { workspaceId, endpointId, states, type, stream, lastError, lastStatus }: DeliveryFilter,
  { from, below }: IdRange,
  { key, bound, most }: { key: string | null; bound: number; most: number },
): unknown[] {
  const [name, expression] = typeOrExpression(type)
  return [
    ...[workspaceId, from, below, key, bound, states, name, endpointId, most],
    ...[lastError, lastStatus, stream, expression],
  ]
}

/** All deliveries of an event, newest first: at most one for each endpoint that the workspace ever had. */
export async function deliveriesOfEvent(
  database: Queryable,
  workspaceId: string,
  eventId: string,
): Promise<StoredDelivery[]> {
  const { from, below } = sameMillisecond(eventId)
  const rows = await database.query<StoredRow>(
    {
      name: 'deliveries-of-event',
      text: `
select ${shownColumns} from deliveries d
where d.id >= $1 and d.id < $2 and d.event_id = $3 and d.workspace_id = $4 order by d.id desc`,
    },
    [from, below, eventId, workspaceId],
  )
  return rows.map(toStored)
}

/** The delivery; null when the workspace has none of this id. */
export async function findDelivery(
  database: Queryable,
  workspaceId: string,
  id: string,
): Promise<StoredDelivery | null> {
  const [row] = await database.query<StoredRow>(
    {
      name: 'find-delivery',
      text: `select ${shownColumns} from deliveries d where d.id = $1 and d.workspace_id = $2`,
    },
    [id, workspaceId],
  )
  return row ? toStored(row) : null
}

const lockStatement = {
  name: 'lock-deliveries',
  text: `
select ${shownColumns} from deliveries d
where d.id = any($1::uuid[]) and d.workspace_id = $2 order by d.id for update of d`,
}

// What waits again is no longer settled; the attempts tell what it was before.
const replayStatement = {
  name: 'replay-deliveries',
  text: `
update deliveries d set
  state = r.state, cycle_attempts = r.cycle_attempts, first_attempt_at = r.first_attempt_at,
  next_attempt_at = r.next_attempt_at, scheduled_retry_at = r.scheduled_retry_at,
  settled_at = null, dead_lettered_at = null, dead_letter_reason = null,
  ordered = coalesce((select e.serialize from endpoints e where e.id = d.endpoint_id), false)
from unnest($1::uuid[], $2::delivery_state[], $3::int[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[])
  as r (id, state, cycle_attempts, first_attempt_at, next_attempt_at, scheduled_retry_at)
where d.id = any($1::uuid[]) and d.id = r.id and d.owner = 0`,
}

/**
 * Makes deliveries due now, each by the rule of domain/delivery.ts, as part of a transaction. One that a node has in hand is
 * being attempted anyway and stays as it is. Gives those that exist, as they are afterwards, oldest first.
 */
export async function replayDeliveries(
  transaction: Session,
  workspaceId: string,
  ids: readonly string[],
  now: Date,
): Promise<StoredDelivery[]> {
  const rows = await transaction.query<StoredRow>(lockStatement, [ids, workspaceId])
  const replayed = rows.map((row) => asReplayed(toStored(row), now))
  await storeReplayed(
    transaction,
    replayed.filter(({ owner }) => owner === 0),
  )
  return replayed
}

/**
 * Begins those of these deliveries anew that are in one of the states, which are settled ones; the others stay as they
 * are. Gives how many it began.
 */
export async function replaySettled(
  transaction: Queryable,
  workspaceId: string,
  ids: readonly string[],
  states: readonly DeliveryState[],
  now: Date,
): Promise<number> {
  // Behind the lock, since somebody else may have replayed one of them meanwhile.
  const rows = await transaction.query<StoredRow>(lockStatement, [ids, workspaceId])
  const settled = rows.map(toStored).filter(({ state }) => states.includes(state) && !isWaiting(state))
  await storeReplayed(
    transaction,
    settled.map((delivery) => asReplayed(delivery, now)),
  )
  return settled.length
}

async function storeReplayed(transaction: Queryable, replayed: readonly StoredDelivery[]): Promise<void> {
  if (replayed.length === 0) return
  await transaction.execute(replayStatement, [
    plainColumn(replayed.map(({ id }) => id)),
    plainColumn(replayed.map(({ state }) => state)),
    plainColumn(replayed.map(({ cycleAttempts }) => cycleAttempts)),
    timeColumn(replayed.map(({ firstAttemptAt }) => firstAttemptAt)),
    timeColumn(replayed.map(({ nextAttemptAt }) => nextAttemptAt)),
    timeColumn(replayed.map(({ scheduledRetryAt }) => scheduledRetryAt)),
  ])
}

function asReplayed(delivery: StoredDelivery, now: Date): StoredDelivery {
  if (delivery.owner !== 0) return delivery
  return { ...delivery, ...replay(delivery, now), settledAt: null, deadLetteredAt: null, deadLetterReason: null }
}

function toStored(row: StoredRow): StoredDelivery {
  const { endpoint_status: endpointStatus, stream } = row
  return { ...toDelivery(row), lastAttempt: toLastAttempt(row), endpointStatus, stream }
}
