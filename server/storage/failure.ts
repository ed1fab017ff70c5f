import pg from 'pg'

/** Postgres cannot be reached or went away in the middle. Of a commit in flight the outcome is unknown. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'

  constructor(cause: unknown) {
    super(`the database is not available: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** The server behind the URL is too old for the statements of this program. */
export class PostgresTooOld extends Error {
  override readonly name = 'PostgresTooOld'

  constructor(version: string) {
    super(`Postgres ${version} is too old: version 15 or newer is needed`)
  }
}

// admin_shutdown, crash_shutdown, cannot_connect_now, and too_many_connections: all of them pass without our doing.
const UNAVAILABLE_STATES = new Set(['57P01', '57P02', '57P03', '53300'])
const UNIQUE_VIOLATION = '23505'
// What a partitioned table says of a row for which it has no partition. There are no checks beside that.
const CHECK_VIOLATION = '23514'
const RETRYABLE_STATES = new Set(['40001', '40P01'])

/** Whether the same work may succeed later, once Postgres is back. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return true
  const state = sqlState(error)
  return state.startsWith('08') || UNAVAILABLE_STATES.has(state)
}

/** Whether Postgres refuses the values themselves (classes 22 and 23), so that trying again cannot help. */
export function isDataError(error: unknown): boolean {
  const state = sqlState(error)
  return state.startsWith('22') || state.startsWith('23')
}

/** Whether a row with this key is stored already. */
export function isDuplicate(error: unknown): boolean {
  return sqlState(error) === UNIQUE_VIOLATION
}

/** Whether a row is of a day that has no partition. */
export function isUnpartitioned(error: unknown): boolean {
  return sqlState(error) === CHECK_VIOLATION
}

/** Whether the transaction lost against another one (serialization failure, deadlock) and may be tried again now. */
export function isRetryable(error: unknown): boolean {
  return RETRYABLE_STATES.has(sqlState(error))
}

/** What failed to connect: an answer of the server stays as it is, anything else means that there was none. */
export function connectFailure(error: unknown): unknown {
  return error instanceof pg.DatabaseError ? error : new DatabaseUnavailable(error)
}

function sqlState(error: unknown): string {
  return error instanceof pg.DatabaseError ? (error.code ?? '') : ''
}
