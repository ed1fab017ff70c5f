import type { AttemptError } from '../domain/attempt.ts'
import type { EndpointFailure, EndpointHealth } from '../domain/endpoint.ts'
import { textColumn } from './column.ts'
import type { Queryable } from './database.ts'

/** Failures as they are stored, in JSON. */
export type StoredFailures = readonly {
  readonly at: string
  readonly error: AttemptError | null
  readonly detail: string | null
  readonly status: number | null
}[]

export function toFailures(stored: StoredFailures): EndpointFailure[] {
  return stored.map((failure) => ({ ...failure, at: new Date(failure.at) }))
}

// The row is written with every recording, so it must not become long.
const longestDetail = 150

/** A jsonb[] of what an update that sets `failuresColumn` joins as `h.failure`. */
export function failureColumn(failures: readonly (EndpointFailure | null)[]): string {
  return textColumn(
    failures.map((failure) => {
      if (failure === null) return null
      const { at, error, detail, status } = failure
      // jsonb takes neither U+0000 nor halves of surrogate pairs.
      const short = detail?.slice(0, longestDetail).replaceAll('\0', ' ').toWellFormed() ?? null
      return JSON.stringify({ at, error, detail: short, status })
    }),
  )
}

/** What an update of endpoint_health `e`, joined with `health h`, sets: the last three different failures. */
export const failuresColumn = `
    failures = case
      when h.failure is null then e.failures
      when (e.failures -> 0) - 'at' = h.failure - 'at' then jsonb_set(e.failures, '{0}', h.failure)
      else jsonb_path_query_array(h.failure || e.failures, '$[0 to 2]')
    end`

interface HealthRow {
  endpoint_id: string
  last_attempt_at: Date | null
  last_state: string | null
  last_status: number | null
  last_success_at: Date | null
  failures: StoredFailures
}

/** What was recorded last about each of these endpoints, by id. */
export async function endpointHealth(
  database: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, EndpointHealth>> {
  const rows = await database.query<HealthRow>(
    {
      name: 'endpoint-health',
      text: `
select endpoint_id, last_attempt_at, last_state, last_status, last_success_at, failures
from endpoint_health where endpoint_id = any($1::uuid[])`,
    },
    [ids],
  )
  return new Map(
    rows.map((row) => [
      row.endpoint_id,
      {
        lastAttemptAt: row.last_attempt_at,
        lastState: row.last_state,
        lastStatus: row.last_status,
        lastSuccessAt: row.last_success_at,
        failures: toFailures(row.failures),
      },
    ]),
  )
}
