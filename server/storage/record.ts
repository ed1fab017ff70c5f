import type { Attempt } from '../domain/attempt.ts'
import type { Delivery, Settlement } from '../domain/delivery.ts'
import type { EndpointFailure } from '../domain/endpoint.ts'
import type { Event } from '../domain/event.ts'
import { toHeaderLines } from '../domain/header-lines.ts'
import { plainColumn, textColumn, timeColumn } from './column.ts'
import { countedColumns, countedTables, Tally, tallyColumns } from './counter.ts'
import type { Database, Queryable } from './database.ts'
import { failureColumn, failuresColumn } from './endpoint-health.ts'
import { timingColumns } from './timing-column.ts'

/** An attempt, and what it made of its delivery. */
export interface Recording {
  /** As the node saw it when it attempted it. */
  readonly delivery: Delivery
  readonly attempt: Attempt
  readonly endedAt: Date
  readonly settlement: Settlement
}

// Attempts are stored whatever happens, because they were on the wire. The delivery changes only if it is still in the
// state, with the owner and with the number of attempts that this node saw: one that was taken over belongs to another
// node's story, and one that this node claimed again while it repeated a recording is past it. The health rows are
// locked in endpoint order, so that groups of several nodes never wait in a circle.
const recordStatement = {
  name: 'record',
  text: `
with recording as materialized (
  select * from unnest(
    $1::uuid[], $2::int[], $3::delivery_state[], $4::delivery_state[], $5::int[], $6::timestamptz[], $7::timestamptz[],
    $8::timestamptz[], $9::text[], $13::int[], $14::timestamptz[], $15::int[], $17::text[], $21::smallint[]
  ) as r (delivery_id, owner, seen, state, cycle_attempts, first_attempt_at, next_attempt_at, settled_at,
    dead_letter_reason, number, attempt_at, duration_ms, error, status)
),
stored_attempt as (
  insert into attempts (id, delivery_id, workspace_id, endpoint_id, number, started_at, duration_ms, outcome, error,
    error_detail, url, request_headers, response_status, response_headers, response_body, response_truncated,
    dns_ms, connect_ms, tls_ms, first_byte_ms)
  select * from unnest(
    $10::uuid[], $1::uuid[], $11::uuid[], $12::uuid[], $13::int[], $14::timestamptz[], $15::int[],
    $16::attempt_outcome[], $17::text[], $18::text[], $19::text[], $20::text[], $21::smallint[], $22::text[],
    $23::text[], $24::boolean[], $36::int[], $37::int[], $38::int[], $39::int[])
  on conflict do nothing
  returning endpoint_id, outcome, duration_ms
),
changed as (
  update deliveries d set
    state = r.state, owner = 0, attempt_count = d.attempt_count + 1, cycle_attempts = r.cycle_attempts,
    first_attempt_at = r.first_attempt_at, next_attempt_at = r.next_attempt_at, scheduled_retry_at = null,
    last_attempt_at = r.attempt_at, last_duration_ms = r.duration_ms, last_error = r.error, last_status = r.status,
    settled_at = r.settled_at, dead_letter_reason = r.dead_letter_reason,
    dead_lettered_at = case when r.dead_letter_reason is not null then r.settled_at end
  from recording r
  where d.id = any($1::uuid[]) and d.id = r.delivery_id and d.owner = r.owner and d.state = r.seen
    and d.attempt_count = r.number - 1
  returning d.id, d.endpoint_id, d.state
),${countedTables({ attempts: '$10', deliveries: '$1', endpoints: '$25', tallies: 30 })},
health as materialized (
  select h.* from unnest($25::uuid[], $26::timestamptz[], $27::text[], $28::smallint[], $29::timestamptz[],
    $35::jsonb[]) as h (endpoint_id, last_attempt_at, last_state, last_status, last_success_at, failure)
),
locked as materialized (
  select endpoint_id from endpoint_health where endpoint_id = any($25::uuid[]) order by endpoint_id for update
),
stored_health as (
  update endpoint_health e set
    last_attempt_at = h.last_attempt_at, last_state = h.last_state, last_status = h.last_status,
    last_success_at = greatest(e.last_success_at, h.last_success_at),${countedColumns},${failuresColumn}
  from health h join locked l on l.endpoint_id = h.endpoint_id
  join counted c on c.endpoint_id = h.endpoint_id
  where e.endpoint_id = any($25::uuid[]) and e.endpoint_id = h.endpoint_id
)
select array_agg(delivery_id) as lost from recording where delivery_id not in (select id from changed)`,
}

/**
 * Stores attempts and the next states of their deliveries, in one transaction.
 *
 * @returns the ids of the deliveries that did not change, since they were no longer this node's: none, as a rule
 */
export async function record(database: Queryable, recordings: readonly Recording[]): Promise<Set<string>> {
  const [row] = await database.query<{ lost: string[] | null }>(recordStatement, [
    ...deliveryColumns(recordings),
    ...attemptColumns(recordings),
    // The health of an endpoint is that of its deliveries: a test that a person makes says nothing about them.
    ...healthColumns(recordings.filter(({ delivery }) => delivery.sequence !== 0)),
    ...timingColumns(recordings),
  ])
  return new Set(row?.lost)
}

function deliveryColumns(recordings: readonly Recording[]): unknown[] {
  return [
    plainColumn(recordings.map((r) => r.delivery.id)),
    plainColumn(recordings.map((r) => r.delivery.owner)),
    plainColumn(recordings.map((r) => r.delivery.state)),
    plainColumn(recordings.map((r) => r.settlement.state)),
    plainColumn(recordings.map((r) => r.settlement.cycleAttempts)),
    timeColumn(recordings.map((r) => r.settlement.firstAttemptAt)),
    timeColumn(recordings.map((r) => r.settlement.nextAttemptAt)),
    timeColumn(recordings.map((r) => (r.settlement.nextAttemptAt === null ? r.endedAt : null))),
    plainColumn(recordings.map((r) => r.settlement.deadLetterReason)),
  ]
}

function attemptColumns(recordings: readonly Recording[]): unknown[] {
  return [
    plainColumn(recordings.map((r) => r.attempt.id)),
    plainColumn(recordings.map((r) => r.delivery.workspaceId)),
    plainColumn(recordings.map((r) => r.delivery.endpointId)),
    plainColumn(recordings.map((r) => r.attempt.number)),
    timeColumn(recordings.map((r) => r.attempt.startedAt)),
    plainColumn(recordings.map((r) => r.attempt.durationMs)),
    plainColumn(recordings.map((r) => r.attempt.outcome)),
    plainColumn(recordings.map((r) => r.attempt.error)),
    textColumn(recordings.map((r) => r.attempt.errorDetail)),
    textColumn(recordings.map((r) => r.attempt.url)),
    textColumn(recordings.map((r) => toHeaderLines(r.attempt.requestHeaders))),
    plainColumn(recordings.map((r) => r.attempt.response?.status ?? null)),
    textColumn(recordings.map((r) => (r.attempt.response ? toHeaderLines(r.attempt.response.headers) : null))),
    textColumn(recordings.map((r) => r.attempt.response?.body ?? null)),
    plainColumn(recordings.map((r) => r.attempt.response?.truncated ?? false)),
  ]
}

/**
 * One row per endpoint: the last attempt of the group, its last success and failure, and what the group adds to the
 * counters.
 */
function healthColumns(recordings: readonly Recording[]): unknown[] {
  const last = new Map<string, Recording>()
  const success = new Map<string, Date>()
  const failure = new Map<string, Recording>()
  const tallies = new Map<string, Tally>()
  for (const recording of recordings) {
    const { endpointId } = recording.delivery
    last.set(endpointId, recording)
    if (recording.attempt.outcome === 'success') success.set(endpointId, recording.endedAt)
    else failure.set(endpointId, recording)
    const tally = tallies.get(endpointId) ?? new Tally()
    tallies.set(endpointId, tally)
    tally.countAttempt(recording.attempt)
    tally.countDelivery(recording.settlement.state)
  }
  const rows = [...last.values()]
  return [
    plainColumn(rows.map((r) => r.delivery.endpointId)),
    timeColumn(rows.map((r) => r.endedAt)),
    plainColumn(rows.map((r) => r.settlement.state)),
    plainColumn(rows.map((r) => r.attempt.response?.status ?? null)),
    timeColumn(rows.map((r) => success.get(r.delivery.endpointId) ?? null)),
    ...tallyColumns([...tallies.values()]),
    failureColumn(rows.map((r) => toFailure(failure.get(r.delivery.endpointId)))),
  ]
}

function toFailure(recording: Recording | undefined): EndpointFailure | null {
  if (!recording) return null
  const { error, errorDetail: detail, response } = recording.attempt
  return { at: recording.endedAt, error, detail, status: response?.status ?? null }
}

const testStatement = {
  name: 'record-test',
  text: `
with stored_event as (
  insert into events (id, workspace_id, type, tags, created, test, received_at, data, stream, milliseconds)
  values ($1, $2, $3, '{}', $4, true, $5, $6, $11, $12)
)
insert into deliveries (id, event_id, endpoint_id, workspace_id, type, sequence, state, owner, created_at)
values ($7, $1, $8, $2, $3, 0, $9, $10, $5)`,
}

/** Stores a test send after the fact: its event and its delivery, which stands outside the numbering, are new here. */
export async function recordTest(database: Database, event: Event, recording: Recording): Promise<void> {
  await database.transaction(async (transaction) => {
    await insertTest(transaction, event, recording.delivery)
    await record(transaction, [recording])
  })
}

/** The event and the delivery of a test send, as if nothing had come of it yet. */
export async function insertTest(transaction: Queryable, event: Event, delivery: Delivery): Promise<void> {
  const { id, workspaceId, type, created, data, stream, milliseconds } = event
  await transaction.execute(testStatement, [
    ...[id, workspaceId, type, created, delivery.createdAt, data],
    ...[delivery.id, delivery.endpointId, delivery.state, delivery.owner, stream, milliseconds],
  ])
}
