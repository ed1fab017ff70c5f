import type { Attempt, AttemptError, Judgement, Outcome } from '../domain/attempt.ts'
import { fromHeaderLines } from '../domain/header-lines.ts'
import type { Queryable } from './database.ts'
import { sameTenBytes } from './id-range.ts'
import { type TimingRow, toTimings } from './timing-column.ts'

/** An attempt as one of the deliveries that it carried sees it. */
export interface StoredAttempt extends Attempt {
  /** How many deliveries it carried as a batch; null: it carried this one, by itself. */
  readonly batchDeliveries: number | null
}

interface AttemptRow extends TimingRow {
  id: string
  number: number
  started_at: Date
  duration_ms: number
  outcome: Outcome
  error: AttemptError | null
  error_detail: string | null
  url: string
  request_headers: string
  response_status: number | null
  response_headers: string | null
  response_body: string | null
  response_truncated: boolean
  deliveries: number
  is_batch: boolean
  judged_each: boolean
  judgement: Judgement | null
}

// A delivery that is replayed again and again has any number of attempts, each with up to 16 KiB of response.
const most = 100

/**
 * The newest 100 attempts of a delivery, oldest first. Those that carried it alone are found by their ids, and after a
 * crash one number may occur twice; those of batches are listed by the delivery, which gives them their numbers.
 */
export async function attemptsOfDelivery(database: Queryable, deliveryId: string): Promise<StoredAttempt[]> {
  const { from, below } = sameTenBytes(deliveryId)
  const rows = await database.query<AttemptRow>(
    {
      name: 'attempts-of-delivery',
      text: `
with listed as (
  select b.attempt_id, b.number::int
  from deliveries d cross join lateral unnest(d.batch_attempts) with ordinality as b (attempt_id, number)
  where d.id = $3
),
found as (
  (select id, number, started_at from attempts
   where id >= $1 and id <= $2 and delivery_id = $3 order by started_at desc, number desc, id limit $4)
  union all
  (select a.id, l.number, a.started_at from listed l join attempts a on a.id = l.attempt_id
   order by a.started_at desc, l.number desc limit $4)
)
select a.id, f.number, a.started_at, a.duration_ms, a.dns_ms, a.connect_ms, a.tls_ms,
  a.first_byte_ms, a.outcome, a.error, a.error_detail, a.url, a.request_headers,
  a.response_status, a.response_headers, a.response_body, a.response_truncated, a.deliveries,
  a.delivery_id is null as is_batch, a.failed_items is not null as judged_each,
  a.failed_items -> ($3::uuid)::text as judgement
from found f join attempts a on a.id = f.id order by f.started_at desc, f.number desc, f.id limit $4`,
    },
    [from, below, deliveryId, most],
  )
  return rows.reverse().map(fromRow)
}

const success: Judgement = { outcome: 'success', error: null, detail: null }

function fromRow(row: AttemptRow): StoredAttempt {
  const { response_status: status } = row
  const whole = { outcome: row.outcome, error: row.error, detail: row.error_detail }
  const { outcome, error, detail } = row.judged_each ? (row.judgement ?? success) : whole
  return {
    id: row.id,
    number: row.number,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    timings: toTimings(row),
    outcome,
    error,
    errorDetail: detail,
    batchDeliveries: row.is_batch ? row.deliveries : null,
    url: row.url,
    requestHeaders: fromHeaderLines(row.request_headers) as Record<string, string>,
    response:
      status === null
        ? null
        : {
            status,
            headers: fromHeaderLines(row.response_headers ?? ''),
            body: row.response_body ?? '',
            truncated: row.response_truncated,
          },
  }
}
