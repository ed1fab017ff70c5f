import type { AttemptError } from '../domain/attempt.ts'
import type { DeliveryState } from '../domain/delivery.ts'
import type { Queryable } from '../storage/database.ts'

export interface History {
  readonly workspaceId: string
  readonly endpointId: string
  readonly count: number
  readonly state?: DeliveryState
  readonly type?: string
  readonly at?: Date
  /** Of their one attempt, which is known only where this is given. */
  readonly failure?: { readonly error: AttemptError; readonly status: number | null }
}

const plantStatement = {
  name: 'plant-history',
  text: `
with numbered as (
  select n, lpad(to_hex($1::bigint + n / 1000), 12, '0') as ms, lpad(to_hex(n), 6, '0') || $2 as tail
  from generate_series(1, $3::int) n
),
event as (
  insert into events (id, workspace_id, type, tags, created, received_at, data)
  select (ms || '70008000' || tail)::uuid, $4, $5, '{}', $1::bigint / 1000, $6::timestamptz, '{"n":' || n || '}' from numbered
),
delivery as (
  insert into deliveries (id, event_id, endpoint_id, workspace_id, type, sequence, state, attempt_count,
    cycle_attempts, first_attempt_at, settled_at, dead_lettered_at, dead_letter_reason, next_attempt_at, created_at,
    last_error, last_status, last_attempt_at, last_duration_ms)
  select (ms || '70009000' || tail)::uuid, (ms || '70008000' || tail)::uuid, $7, $4, $5, s.last_sequence + n, $8::delivery_state, 1, 1,
    $6::timestamptz, case when $8::delivery_state in ('pending', 'retrying') then null else $6::timestamptz end,
    case when $8::delivery_state = 'dead_letter' then $6::timestamptz end,
    case when $8::delivery_state = 'dead_letter' then 'retries_exhausted' end,
    case when $8::delivery_state in ('pending', 'retrying') then $6::timestamptz + interval '1 hour' end, $6::timestamptz,
    $9, $10, case when $9::text is not null then $6::timestamptz end, case when $9::text is not null then 5 end
  from numbered cross join endpoint_sequences s where s.endpoint_id = $7
)
update endpoint_sequences set last_sequence = last_sequence + $3 where endpoint_id = $7`,
}

let planted = 0

/** Stores deliveries as if each had been attempted once and come to this state. */
export async function plantHistory(database: Queryable, history: History): Promise<void> {
  const {
    workspaceId,
    endpointId,
    count,
    state = 'delivered',
    type = 'deal.created',
    at = new Date(),
    failure,
  } = history
  const start = at.getTime() - Math.ceil(count / 1000) - 1
  // Two histories of the same time must not share ids.
  planted = (planted + 1) % 100
  const tail = endpointId.slice(-4) + String(planted).padStart(2, '0')
  await database.execute(plantStatement, [
    ...[start, tail, count, workspaceId, type, at, endpointId, state],
    ...[failure?.error ?? null, failure?.status ?? null],
  ])
}
