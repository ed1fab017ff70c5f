import { estimatePercentile } from './attempt-duration.ts'

/** What has been counted since an endpoint was created. Tests do not count. */
export interface Counters {
  /** Attempts. */
  readonly succeeded: number
  readonly failed: number
  /** How often a delivery came to this state; with a replay it may do so again. */
  readonly delivered: number
  readonly deadLettered: number
  /** How many attempts took at most as long as each of `durationBounds`. */
  readonly durations: readonly number[]
}

/** What happened between two states of the counters. */
export function counted(before: Counters, after: Counters): Counters {
  return {
    succeeded: after.succeeded - before.succeeded,
    failed: after.failed - before.failed,
    delivered: after.delivered - before.delivered,
    deadLettered: after.deadLettered - before.deadLettered,
    durations: after.durations.map((count, index) => count - (before.durations[index] ?? 0)),
  }
}

/** The share of attempts that succeeded, from 0 to 1; null when there were none. */
export function successRate({ succeeded, failed }: Counters): number | null {
  return succeeded + failed === 0 ? null : succeeded / (succeeded + failed)
}

/** An estimate of how many milliseconds this share of the attempts took at most; null when there were none. */
export function durationPercentile(counters: Counters, share: number): number | null {
  return estimatePercentile(counters.durations, counters.succeeded + counters.failed, share)
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** The full minute that samples taken now are of. */
export function sampledMinute(now: number): number {
  return Math.floor(now / minute) * minute
}

/** The full hour up to which samples may be thinned to one per hour: later than questions stop to ask for minutes. */
export function thinnedUntil(now: number): number {
  return Math.floor((now - day) / hour) * hour - hour
}

/** The last full minute or hour that samples exist for, at or before the time. */
function sampleTime(time: number, now: number): number {
  const grain = time >= now - day ? minute : hour
  return Math.floor(time / grain) * grain
}

/**
 * The times that a question can really be answered for: full minutes, full hours from a day ago on, nothing before the
 * retention, and now where the question reaches to what no sample was taken of yet.
 *
 * @param question times in milliseconds; step null: no more than the two ends
 * @param sampledAt the minute of the last samples
 * @param retention in milliseconds
 */
export function answerableTimes(
  question: { readonly since: number; readonly until: number; readonly step: number | null },
  { now, sampledAt, retention }: { readonly now: number; readonly sampledAt: number; readonly retention: number },
): (number | null)[] {
  const earliest = Math.ceil((now - retention) / hour) * hour
  const answerable = (time: number) => Math.min(sampledAt, sampleTime(Math.max(earliest, time), now))
  const since = answerable(question.since)
  const live = question.until > sampledAt
  const until = live ? Number.POSITIVE_INFINITY : Math.max(since, answerable(question.until))
  const between = new Set<number>()
  if (question.step !== null) {
    const end = Math.min(question.until, now)
    for (let time = since + question.step; time < end; time += question.step) between.add(answerable(time))
  }
  const inner = [...between].filter((time) => time > since && time < until)
  return [since, ...inner, live ? null : until]
}
