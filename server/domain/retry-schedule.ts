/** Seconds after the first attempt at which the retries of a delivery are due, unless its endpoint says otherwise. */
export const defaultRetrySchedule: readonly number[] = [10, 30, 60, 300, 1800, 7200, 43200, 86400, 172800]

/** The same for batches: five retries, each wait four times the one before, from a minute to more than four hours. */
export const defaultBatchRetrySchedule: readonly number[] = [60, 240, 960, 3840, 15360]

const mostRetries = 20
const day = 86_400
const longest = 7 * day
const mostJitter = 300
const rest = 5
const longestRetryAfter = day

/** Whether an endpoint may have this schedule; the index is that of the first entry at fault. */
export type ScheduleJudgement =
  | { readonly ok: true }
  | { readonly ok: false; readonly index: number; readonly reason: string }

/** Judges a retry schedule: up to 20 whole seconds after the first attempt, rising, at most 7 days. Empty: no retries. */
export function judgeSchedule(seconds: readonly number[]): ScheduleJudgement {
  for (const [index, entry] of seconds.entries()) {
    if (index === mostRetries) return { ok: false, index, reason: `at most ${mostRetries} retries` }
    if (!Number.isInteger(entry) || entry < 1)
      return { ok: false, index, reason: 'not a whole number of seconds from 1' }
    if (entry > longest) return { ok: false, index, reason: 'more than 7 days after the first attempt' }
    if (entry <= (seconds[index - 1] ?? 0)) return { ok: false, index, reason: 'not later than the retry before it' }
  }
  return { ok: true }
}

export interface RetryQuestion {
  /** Seconds after the first attempt, rising. */
  readonly schedule: readonly number[]
  /** How many retries there have been: 0 after the first attempt. */
  readonly retriesDone: number
  /** Milliseconds since 1970. */
  readonly firstAttemptAt: number
  /** When the last attempt ended, in milliseconds since 1970. */
  readonly now: number
  /** What the receiver asked for, as `parseRetryAfter` gives it. */
  readonly retryAfterSeconds: number | null
  /** From 0 up to but not including 1. */
  readonly random: number
}

/**
 * When the next attempt is due, in whole milliseconds since 1970, never before `now`; null when the retries are spent.
 * It is the schedule's time plus up to a tenth of it (at most 5 minutes) at random, so that the retries of an endpoint
 * that was down do not arrive together. `retryAfterSeconds` moves it later, never earlier, up to 24 hours from now.
 */
export function nextAttemptAt(question: RetryQuestion): number | null {
  const { schedule, retriesDone, firstAttemptAt, now, retryAfterSeconds, random } = question
  const offset = schedule[retriesDone]
  if (offset === undefined) return null
  const jitter = random * Math.min(offset / 10, mostJitter)
  const due = firstAttemptAt + (offset + jitter) * 1000
  // An attempt that took long to time out, or a server that was down, may have used up the wait; without a rest in
  // between, a struggling receiver would get the retries back to back.
  const gap = offset - (schedule[retriesDone - 1] ?? 0)
  const rested = now + Math.min(gap, rest) * 1000
  const asked = retryAfterSeconds !== null && retryAfterSeconds > 0 ? Math.min(retryAfterSeconds, longestRetryAfter) : 0
  return Math.ceil(Math.max(due, rested, now + asked * 1000))
}

const month = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const clock = '\\d{2}:\\d{2}:\\d{2}'
const fixedDate = new RegExp(`^[A-Z][a-z]{2}, (\\d{2} ${month} \\d{4} ${clock}) GMT$`)
const rfc850Date = new RegExp(`^[A-Z][a-z]{5,8}, (\\d{2})-(${month})-(\\d{2}) (${clock}) GMT$`)
const asctimeDate = new RegExp(`^[A-Z][a-z]{2} (${month} [ \\d]\\d) (${clock}) (\\d{4})$`)

/**
 * Seconds from `now` (milliseconds since 1970) that a `Retry-After` header asks to wait (RFC 9110 §10.2.3): a number of
 * seconds or an HTTP date in any of its three forms (§5.6.7). A date in the past is 0; null when there is none or it is
 * neither.
 */
export function parseRetryAfter(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Number(text)
  const time = httpDate(text, now)
  return Number.isNaN(time) ? null : Math.max(0, (time - now) / 1000)
}

/** Milliseconds since 1970, or NaN. Date.parse alone would take nearly anything, and asctime's form as local time. */
function httpDate(text: string, now: number): number {
  const fixed = fixedDate.exec(text)
  if (fixed) return Date.parse(`${fixed[1]} GMT`)
  const asctime = asctimeDate.exec(text)
  if (asctime) return Date.parse(`${asctime[1]} ${asctime[3]} ${asctime[2]} GMT`)
  const rfc850 = rfc850Date.exec(text)
  if (!rfc850) return Number.NaN
  // Two digits of a year that seem to lie more than 50 years ahead mean the past.
  const thisYear = new Date(now).getUTCFullYear()
  const year = thisYear - (thisYear % 100) + Number(rfc850[3])
  return Date.parse(`${rfc850[1]} ${rfc850[2]} ${year > thisYear + 50 ? year - 100 : year} ${rfc850[4]} GMT`)
}
