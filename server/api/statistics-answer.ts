import { type Static, Type } from 'typebox'
import { answerableTimes, type Counters, counted, durationPercentile, successRate } from '../domain/statistics.ts'
import { lastSampling } from '../storage/sample.ts'
import { QueryReader, timeQuery } from './field.ts'
import { nullable, Time } from './schema.ts'
import type { Services } from './services.ts'
import { invalid } from './validation.ts'

const day = 86_400_000

/** The fields of a query that ask for a time, and how finely. */
export function statisticsQuery(steps: string) {
  return {
    since: Type.Optional({ ...timeQuery.since, description: 'ISO 8601. Without it, a day before `until`.' }),
    until: Type.Optional({ ...timeQuery.until, description: 'ISO 8601. Without it, now.' }),
    step: Type.Optional(
      Type.Integer({
        minimum: 60,
        maximum: 31_536_000,
        description: `Seconds. With it the answer has a series too: ${steps}.`,
      }),
    ),
  }
}

interface StatisticsQuery {
  readonly since?: string
  readonly until?: string
  readonly step?: number
}

const Percentile = nullable(Type.Integer())
export const counts = {
  since: { ...Time, description: 'What is counted begins here: a full minute, or hour.' },
  until: { ...Time, description: 'What is counted ends here.' },
  attempts: Type.Object({ succeeded: Type.Integer(), failed: Type.Integer() }),
  deliveries: Type.Object(
    { delivered: Type.Integer(), dead_lettered: Type.Integer() },
    { description: 'How often a delivery came to this state; with a replay one may do so again.' },
  ),
  success_rate: nullable(Type.Number(), { description: 'Of the attempts, from 0 to 1; null: there were none.' }),
  duration_ms: Type.Object(
    { p50: Percentile, p90: Percentile, p99: Percentile },
    { description: 'Of the attempts, failed ones included. Estimated from counts by duration; null: there were none.' },
  ),
}
export const Series = nullable(Type.Array(Type.Object(counts, { title: 'StatisticsPoint' })), {
  description: 'Without gaps, the oldest first; null without `step`.',
})

/** What was asked, and the times at which the counters are needed to answer it: null, as the last one, is now. */
export interface Asked {
  readonly times: readonly (Date | null)[]
  readonly at: Date
  readonly hasSeries: boolean
}

/** @param mostPoints that the answer may have */
export async function readStatisticsQuery(
  { database, config, now }: Services,
  query: StatisticsQuery,
  mostPoints: number,
): Promise<Asked> {
  const at = now()
  const question = readQuestion(query, at.getTime(), mostPoints)
  const sampledAt = (await lastSampling(database)).getTime()
  const times = answerableTimes(question, { now: at.getTime(), sampledAt, retention: config.retentionDays * day })
  return {
    times: times.map((time) => (time === null ? null : new Date(time))),
    at,
    hasSeries: question.step !== null,
  }
}

function readQuestion(
  query: StatisticsQuery,
  now: number,
  most: number,
): { since: number; until: number; step: number | null } {
  const reader = new QueryReader()
  const [sinceGiven, untilGiven] = [reader.time('since', query.since), reader.time('until', query.until)]
  reader.finish()
  const until = Math.min(untilGiven?.getTime() ?? now, now)
  const since = sinceGiven?.getTime() ?? until - day
  if (since >= until) throw invalid([{ path: 'since', message: 'must be in the past, and before until' }])
  const step = query.step === undefined ? null : query.step * 1000
  if (step !== null && (until - since) / step > most) {
    const least = Math.ceil((until - since) / most / 1000)
    const message = `must be at least ${least} for the time from since to until: an answer has at most ${most} points`
    throw invalid([{ path: 'step', message }])
  }
  return { since, until, step }
}

const Counts = Type.Object(counts)
type Counts = Static<typeof Counts>

/** The counters at each of the times that were asked for, as an answer. */
export function showCounters(
  { times, at, hasSeries }: Asked,
  counters: readonly Counters[],
): Counts & { series: Counts[] | null } {
  const points = counters.map((each, index) => ({ at: each, time: times[index] ?? at }))
  const [first, ...more] = points
  const last = more.at(-1)
  if (!first || !last) throw new Error('a question has two ends')
  return {
    ...show(first, last),
    series: hasSeries ? more.map((point, index) => show(points[index] ?? first, point)) : null,
  }
}

interface Point {
  readonly at: Counters
  readonly time: Date
}

function show(from: Point, to: Point): Counts {
  const counters = counted(from.at, to.at)
  const percentile = (share: number) => durationPercentile(counters, share)
  return {
    since: from.time.toISOString(),
    until: to.time.toISOString(),
    attempts: { succeeded: counters.succeeded, failed: counters.failed },
    deliveries: { delivered: counters.delivered, dead_lettered: counters.deadLettered },
    success_rate: successRate(counters),
    duration_ms: { p50: percentile(0.5), p90: percentile(0.9), p99: percentile(0.99) },
  }
}
