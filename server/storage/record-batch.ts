import type { Attempt, Judgement } from '../domain/attempt.ts'
import { isSame } from '../domain/batch.ts'
import type { Delivery, Settlement } from '../domain/delivery.ts'
import type { EndpointFailure } from '../domain/endpoint.ts'
import type { Event } from '../domain/event.ts'
import { toHeaderLines } from '../domain/header-lines.ts'
import { plainColumn, textColumn, timeColumn } from './column.ts'
import { countedColumns, countedTables, Tally, tallyColumns } from './counter.ts'
import type { Database, Queryable } from './database.ts'
import { failureColumn, failuresColumn } from './endpoint-health.ts'
import { insertTest } from './record.ts'
import { timingColumns } from './timing-column.ts'

/** A delivery that a batch carried. */
export interface CarriedDelivery {
  /** As the node saw it when it attempted it. */
  readonly delivery: Delivery
  readonly judgement: Judgement
  readonly settlement: Settlement
}

/** An attempt that carried a batch, and what it made of the deliveries: at least one, all of one endpoint. */
export interface BatchRecording {
  readonly attempt: Attempt
  readonly endedAt: Date
  readonly carried: readonly CarriedDelivery[]
}

// What a batch makes of its deliveries is the same for most of them, so a row for each different change and the number of
// its change beside each delivery's id: a delivery costs its id and a small number here and on the wire.
//
// The guard is that of the record statement. A delivery that is no longer this node's keeps its state, but the request
// carried it all the same, so it lists the attempt too; once, however often this is repeated. The ids' bounds spare the
// partitions that hold none of them.
const recordStatement = {
  name: 'record-batches',
  text: `
with change as materialized (
  select * from unnest(
    $3::int[], $4::delivery_state[], $5::int[], $6::delivery_state[], $7::int[], $8::timestamptz[], $9::timestamptz[],
    $10::timestamptz[], $11::text[], $12::uuid[], $47::timestamptz[], $48::int[], $49::text[], $50::smallint[]
  ) with ordinality as c (owner, seen, attempt_count, state, cycle_attempts, first_attempt_at, next_attempt_at,
    settled_at, dead_letter_reason, attempt_id, attempt_at, duration_ms, error, status, number)
),
carried as materialized (
  select delivery.id as delivery_id, c.* from unnest($1::uuid[], $2::int[]) as delivery (id, change)
  join change c on c.number = delivery.change
),
stored_attempt as (
  insert into attempts (id, workspace_id, endpoint_id, deliveries, number, started_at, duration_ms, outcome, error,
    error_detail, url, request_headers, response_status, response_headers, response_body, response_truncated,
    failed_items, dns_ms, connect_ms, tls_ms, first_byte_ms)
  select * from unnest(
    $13::uuid[], $14::uuid[], $15::uuid[], $16::int[], $17::int[], $18::timestamptz[], $19::int[],
    $20::attempt_outcome[], $21::text[], $22::text[], $23::text[], $24::text[], $25::smallint[], $26::text[],
    $27::text[], $28::boolean[], $29::jsonb[], $43::int[], $44::int[], $45::int[], $46::int[])
  on conflict do nothing
  returning endpoint_id, outcome, duration_ms
),
changed as (
  update deliveries d set
    state = c.state, owner = 0, attempt_count = d.attempt_count + 1, cycle_attempts = c.cycle_attempts,
    first_attempt_at = c.first_attempt_at, next_attempt_at = c.next_attempt_at, scheduled_retry_at = null,
    last_attempt_at = c.attempt_at, last_duration_ms = c.duration_ms, last_error = c.error, last_status = c.status,
    settled_at = c.settled_at, dead_letter_reason = c.dead_letter_reason,
    dead_lettered_at = case when c.dead_letter_reason is not null then c.settled_at end,
    batch_attempts = array_append(d.batch_attempts, c.attempt_id)
  from carried c
  where d.id = any($1::uuid[]) and d.id >= $30 and d.id <= $31 and d.id = c.delivery_id
    and d.owner = c.owner and d.state = c.seen and d.attempt_count = c.attempt_count
  returning d.id, d.endpoint_id, d.state
),${countedTables({ attempts: '$13', deliveries: '$1', endpoints: '$32', tallies: 37 })},
lost as materialized (
  select delivery_id, attempt_id from carried where delivery_id not in (select id from changed)
),
listed as (
  update deliveries d set batch_attempts = array_append(d.batch_attempts, lost.attempt_id) from lost
  where d.id = any(array(select delivery_id from lost)) and d.id >= $30 and d.id <= $31 and d.id = lost.delivery_id
    and not (lost.attempt_id = any(coalesce(d.batch_attempts, '{}')))
),
health as materialized (
  select h.* from unnest($32::uuid[], $33::timestamptz[], $34::text[], $35::smallint[], $36::timestamptz[],
    $42::jsonb[]) as h (endpoint_id, last_attempt_at, last_state, last_status, last_success_at, failure)
),
locked as materialized (
  select endpoint_id from endpoint_health where endpoint_id = any($32::uuid[]) order by endpoint_id for update
),
stored_health as (
  update endpoint_health e set
    last_attempt_at = h.last_attempt_at, last_state = h.last_state, last_status = h.last_status,
    last_success_at = greatest(e.last_success_at, h.last_success_at),${countedColumns},${failuresColumn}
  from health h join locked l on l.endpoint_id = h.endpoint_id
  join counted c on c.endpoint_id = h.endpoint_id
  where e.endpoint_id = any($32::uuid[]) and e.endpoint_id = h.endpoint_id
)
select array_agg(delivery_id) as lost from lost`,
}

/**
 * Stores attempts that carried batches and the next states of their deliveries, in one transaction. No delivery may be
 * in two of them.
 *
 * @returns the ids of the deliveries that did not change, since they were no longer this node's: none, as a rule
 */
export async function recordBatches(database: Queryable, recordings: readonly BatchRecording[]): Promise<Set<string>> {
  const changes = changesOf(recordings)
  const [row] = await database.query<{ lost: string[] | null }>(recordStatement, [
    ...deliveryColumns(changes),
    ...attemptColumns(recordings),
    ...bounds(recordings),
    // The health of an endpoint is that of its deliveries, as in record.ts: tests are left out.
    ...healthColumns(recordings.filter((recording) => first(recording).delivery.sequence !== 0)),
    ...timingColumns(recordings),
    ...lastAttemptColumns(changes),
  ])
  return new Set(row?.lost)
}

/** Stores a test send in a batch of its own, after the fact: its event and its delivery are new here. */
export async function recordBatchTest(database: Database, event: Event, recording: BatchRecording): Promise<void> {
  await database.transaction(async (transaction) => {
    for (const { delivery } of recording.carried) await insertTest(transaction, event, delivery)
    await recordBatches(transaction, [recording])
  })
}

interface Change extends CarriedDelivery {
  readonly recording: BatchRecording
}

interface Changes {
  /** Of each delivery, and beside it the number of its change. */
  readonly ids: readonly string[]
  readonly numbers: readonly number[]
  readonly changes: readonly Change[]
}

function changesOf(recordings: readonly BatchRecording[]): Changes {
  const ids: string[] = []
  const numbers: number[] = []
  const changes: Change[] = []
  for (const recording of recordings) {
    const known = new Map<string, number>()
    let [before, number]: [CarriedDelivery | null, number | undefined] = [null, undefined]
    for (const carried of recording.carried) {
      // Most are like the one before, and comparing costs less than writing the key.
      if (number === undefined || before === null || !isAlike(before, carried)) {
        const key = keyOf(carried)
        number = known.get(key)
        if (number === undefined) {
          number = changes.push({ ...carried, recording })
          known.set(key, number)
        }
      }
      before = carried
      ids.push(carried.delivery.id)
      numbers.push(number)
    }
  }
  return { ids, numbers, changes }
}

function deliveryColumns({ ids, numbers, changes }: Changes): unknown[] {
  return [
    plainColumn(ids),
    plainColumn(numbers),
    plainColumn(changes.map((c) => c.delivery.owner)),
    plainColumn(changes.map((c) => c.delivery.state)),
    plainColumn(changes.map((c) => c.delivery.attemptCount)),
    plainColumn(changes.map((c) => c.settlement.state)),
    plainColumn(changes.map((c) => c.settlement.cycleAttempts)),
    timeColumn(changes.map((c) => c.settlement.firstAttemptAt)),
    timeColumn(changes.map((c) => c.settlement.nextAttemptAt)),
    timeColumn(changes.map((c) => (c.settlement.nextAttemptAt === null ? c.recording.endedAt : null))),
    plainColumn(changes.map((c) => c.settlement.deadLetterReason)),
    plainColumn(changes.map((c) => c.recording.attempt.id)),
  ]
}

/** The error is that of the delivery: a receiver may take a part of a batch only. */
function lastAttemptColumns({ changes }: Changes): unknown[] {
  return [
    timeColumn(changes.map((c) => c.recording.attempt.startedAt)),
    plainColumn(changes.map((c) => c.recording.attempt.durationMs)),
    plainColumn(changes.map((c) => c.judgement.error)),
    plainColumn(changes.map((c) => c.recording.attempt.response?.status ?? null)),
  ]
}

function isAlike(before: CarriedDelivery, after: CarriedDelivery): boolean {
  const { delivery: a, settlement: one } = before
  const { delivery: b, settlement: two } = after
  const seenAlike = a.owner === b.owner && a.state === b.state && a.attemptCount === b.attemptCount
  const sameState = one.state === two.state && one.deadLetterReason === two.deadLetterReason
  if (before.judgement.error !== after.judgement.error) return false
  return seenAlike && sameState && one.cycleAttempts === two.cycleAttempts && haveSameTimes(one, two)
}

function haveSameTimes(one: Settlement, two: Settlement): boolean {
  const sameFirst = one.firstAttemptAt.getTime() === two.firstAttemptAt.getTime()
  return sameFirst && one.nextAttemptAt?.getTime() === two.nextAttemptAt?.getTime()
}

/** The same for deliveries of a batch that are seen alike and change alike. */
function keyOf({ delivery, judgement, settlement }: CarriedDelivery): string {
  const { state, cycleAttempts, firstAttemptAt, nextAttemptAt, deadLetterReason } = settlement
  const seen = `${delivery.owner} ${delivery.state} ${delivery.attemptCount}`
  const times = `${firstAttemptAt.getTime()} ${nextAttemptAt?.getTime()}`
  return `${seen} ${state} ${deadLetterReason} ${judgement.error} ${cycleAttempts} ${times}`
}

function attemptColumns(recordings: readonly BatchRecording[]): unknown[] {
  return [
    plainColumn(recordings.map((r) => r.attempt.id)),
    plainColumn(recordings.map((r) => first(r).delivery.workspaceId)),
    plainColumn(recordings.map((r) => first(r).delivery.endpointId)),
    plainColumn(recordings.map((r) => r.carried.length)),
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
    textColumn(recordings.map(failedItems)),
  ]
}

/** Only where a delivery came to something else than its batch: then all that did not succeed. */
function failedItems({ attempt, carried }: BatchRecording): string | null {
  const { outcome, error, errorDetail: detail } = attempt
  const whole = { outcome, error, detail }
  if (carried.every(({ judgement }) => isSame(judgement, whole))) return null
  const failed = carried.filter(({ judgement }) => judgement.outcome !== 'success')
  return JSON.stringify(Object.fromEntries(failed.map(({ delivery, judgement }) => [delivery.id, judgement])))
}

function bounds(recordings: readonly BatchRecording[]): unknown[] {
  let least = ''
  let most = ''
  for (const { carried } of recordings) {
    for (const { delivery } of carried) {
      if (least === '' || delivery.id < least) least = delivery.id
      if (delivery.id > most) most = delivery.id
    }
  }
  return [least, most]
}

/**
 * One row per endpoint: its last batch, by the worst that came of a delivery in it, its last success and failure, and
 * what the group adds to the counters.
 */
function healthColumns(recordings: readonly BatchRecording[]): unknown[] {
  const last = new Map<string, BatchRecording>()
  const success = new Map<string, Date>()
  const failures = new Map<string, EndpointFailure>()
  const tallies = new Map<string, Tally>()
  for (const recording of recordings) {
    const { endpointId } = first(recording).delivery
    last.set(endpointId, recording)
    const tally = tallies.get(endpointId) ?? new Tally()
    tallies.set(endpointId, tally)
    tally.countAttempt(recording.attempt)
    for (const { settlement } of recording.carried) tally.countDelivery(settlement.state)
    if (recording.carried.some(({ judgement }) => judgement.outcome === 'success')) {
      success.set(endpointId, recording.endedAt)
    }
    const failure = toFailure(recording)
    if (failure) failures.set(endpointId, failure)
  }
  const rows = [...last]
  return [
    plainColumn(rows.map(([endpointId]) => endpointId)),
    timeColumn(rows.map(([, r]) => r.endedAt)),
    plainColumn(rows.map(([, r]) => worstState(r))),
    plainColumn(rows.map(([, r]) => r.attempt.response?.status ?? null)),
    timeColumn(rows.map(([endpointId]) => success.get(endpointId) ?? null)),
    ...tallyColumns([...tallies.values()]),
    failureColumn(rows.map(([endpointId]) => failures.get(endpointId) ?? null)),
  ]
}

/** Of the batch, or of the first delivery that was not taken with it; null: all were taken. */
function toFailure({ attempt, endedAt, carried }: BatchRecording): EndpointFailure | null {
  const failed = carried.find(({ judgement }) => judgement.outcome !== 'success')
  if (!failed) return null
  const { error, detail } = failed.judgement
  return { at: endedAt, error, detail, status: attempt.response?.status ?? null }
}

function worstState({ carried }: BatchRecording): string {
  const states = new Set(carried.map(({ settlement }) => settlement.state))
  return (['dead_letter', 'retrying', 'canceled'] as const).find((state) => states.has(state)) ?? 'delivered'
}

function first({ carried }: BatchRecording): CarriedDelivery {
  const [one] = carried
  if (!one) throw new RangeError('a batch carries at least one delivery')
  return one
}
