import type { Attempt, AttemptError, Outcome } from '../domain/attempt.ts'
import { fromHeaderLines } from '../domain/header-lines.ts'
import type { Queryable } from './database.ts'
import { sameTenBytes } from './id-range.ts'

interface AttemptRow {
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
}

// A delivery that is replayed again and again has any number of attempts, each with up to 16 KiB of response.
const most = 100

/** The newest 100 attempts of a delivery, oldest first. After a crash one number may occur twice. */
export async function attemptsOfDelivery(database: Queryable, deliveryId: string): Promise<Attempt[]> {
  const { from, below } = sameTenBytes(deliveryId)
  const rows = await database.query<AttemptRow>(
    {
      name: 'attempts-of-delivery',
      text: `
select id, number, started_at, duration_ms, outcome, error, error_detail, url, request_headers,
  response_status, response_headers, response_body, response_truncated
from attempts where id >= $1 and id <= $2 and delivery_id = $3 order by started_at desc, number desc, id limit $4`,
    },
    [from, below, deliveryId, most],
  )
  return rows.reverse().map(fromRow)
}

function fromRow(row: AttemptRow): Attempt {
  const { response_status: status } = row
  return {
    id: row.id,
    number: row.number,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    outcome: row.outcome,
    error: row.error,
    errorDetail: row.error_detail,
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
