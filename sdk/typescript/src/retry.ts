import { ApiError, ConnectionError, RateLimitError, UnavailableError } from './api-error.ts'

const firstWaitMs = 250
const longestWaitMs = 8_000
/** Who is asked to wait longer than this hears of it instead. */
const longestAskedMs = 60_000

// Answers of a server that has not begun with the request.
const refusedAtOnce = new Set(['shutting_down', 'overloaded'])
// Failures of Node.js, Deno and Bun before anything of the request was sent.
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'ConnectionRefused'])

/**
 * How long to wait before the next attempt; null: there must be none.
 *
 * @param repeatable whether doing it twice is the same as doing it once
 * @param attempt from 0
 * @param chance from 0 to 1: clients that failed together must not come back together
 */
export function waitBeforeRetry(error: unknown, repeatable: boolean, attempt: number, chance: number): number | null {
  if (!(repeatable ? mayPass(error) : hasDoneNothing(error))) return null
  const asked = error instanceof ApiError ? error.retryAfterMs : null
  if (asked !== null) return asked <= longestAskedMs ? asked + chance * firstWaitMs : null
  return Math.min(longestWaitMs, firstWaitMs * 2 ** attempt) * (0.5 + chance / 2)
}

function mayPass(error: unknown): boolean {
  return error instanceof RateLimitError || error instanceof UnavailableError || error instanceof ConnectionError
}

/** Whether the server cannot have done what it was asked to. */
export function hasDoneNothing(error: unknown): boolean {
  if (error instanceof RateLimitError) return true
  if (error instanceof UnavailableError) return refusedAtOnce.has(error.code)
  return error instanceof ConnectionError && neverSent.has(codeOf(error.cause))
}

/** undici wraps what happened, Bun does not; what happened to several addresses is a list. */
function codeOf(cause: unknown): string {
  for (let inner = cause; inner instanceof Error; inner = inner.cause) {
    if ('code' in inner && typeof inner.code === 'string') return inner.code
    if (inner instanceof AggregateError) return codeOf(inner.errors[0])
  }
  return ''
}
