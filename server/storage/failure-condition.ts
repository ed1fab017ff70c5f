import type { KnownError } from '../domain/attempt.ts'

/** Deliveries by what their last attempt came to; null: whatever it was. */
export interface FailureFilter {
  readonly lastError: KnownError | null
  readonly lastStatus: number | null
}

/** Whether the row of deliveries `d` passes the filter that two parameters of a statement hold, such as `$6` and `$7`. */
export function hasFailure(d: string, error: string, status: string): string {
  return `(${error}::text is null or coalesce(${d}.last_error, case ${d}.state when 'dead_letter' then 'unknown' end) = ${error})
    and (${status}::int is null or ${d}.last_status = ${status})`
}

/**
 * What dead letters are grouped by. A status is part of it where it is the fault: what broke off after a 200 failed like
 * what broke off before it.
 */
export const groupedError = `coalesce(last_error, 'unknown')`
export const groupedStatus = `case when last_error in ('status', 'redirect', 'response_rejected') then last_status end`
