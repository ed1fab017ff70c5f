import { type Static, Type } from 'typebox'
import { idPrefix } from '../domain/identifier.ts'
import { answerableTimes, type Counters, counted, durationPercentile, successRate } from '../domain/statistics.ts'
import { findEndpoint } from '../storage/endpoint.ts'
import { lastSampling } from '../storage/sample.ts'
import { countersAt, countWaiting, type Subject } from '../storage/statistics.ts'
import { backlogAnswer, showBacklog } from './backlog-answer.ts'
import { notFound, QueryReader, readId, timeQuery } from './field.ts'
import { defineRoute, ok, type Route } from './route.ts'
import { nullable, Time } from './schema.ts'
import type { Services } from './services.ts'
import { invalid } from './validation.ts'

const day = 86_400_000
const mostPoints = 500
// Each point is a look-up for each endpoint.
const mostPointsOfWorkspace = 100
const backlogLimit = 100_000

const StatisticsQuery = Type.Object(
  {
    since: Type.Optional({ ...timeQuery.since, description: 'ISO 8601. Without it, a day before `until`.' }),
    until: Type.Optional({ ...timeQuery.until, description: 'ISO 8601. Without it, now.' }),
    step: Type.Optional(
      Type.Integer({
        minimum: 60,
        maximum: 31_536_000,
        description: `Seconds. With it the answer has a series too: up to ${mostPoints} points for an endpoint, ${mostPointsOfWorkspace} for a workspace.`,
      }),
    ),
  },
  { additionalProperties: false },
)

const Percentile = nullable(Type.Integer())
const counts = {
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
const StatisticsAnswer = Type.Object(
  {
    ...counts,
    backlog: backlogAnswer(backlogLimit),
    series: nullable(Type.Array(Type.Object(counts, { title: 'StatisticsPoint' })), {
      description: 'Without gaps, the oldest first; null without `step`.',
    }),
  },
  { title: 'Statistics' },
)

const description =
  'Tests do not count. Counters are kept for each full minute, and after a day for each full hour, so the answer says which times it is for.'

export function statisticsRoutes(services: Services): Route[] {
  const { database, keyring } = services
  const answer = { description: 'The statistics.', schema: StatisticsAnswer }
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/endpoints/{endpoint}/stats',
      scope: 'read',
      portal: true,
      tag: 'Statistics',
      summary: 'Statistics of an endpoint',
      description,
      query: StatisticsQuery,
      responses: { 200: answer },
      async handle({ params, query, workspace }) {
        const id = readId(idPrefix.endpoint, 'endpoint', params.endpoint)
        const workspaceId = workspace.workspace.id
        const endpoint = (await findEndpoint(database, workspaceId, id, keyring)) ?? notFound('endpoint')
        return ok(await statistics(services, { workspaceId, endpointId: endpoint.id }, query))
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/stats',
      scope: 'read',
      portal: true,
      tag: 'Statistics',
      summary: 'Statistics of a workspace',
      description: `The sums over its endpoints, deleted ones included. ${description}`,
      query: StatisticsQuery,
      responses: { 200: answer },
      async handle({ query, workspace }) {
        return ok(await statistics(services, { workspaceId: workspace.workspace.id, endpointId: null }, query))
      },
    }),
  ]
}

async function statistics(
  { database, config, now }: Services,
  subject: Subject,
  query: Static<typeof StatisticsQuery>,
): Promise<Static<typeof StatisticsAnswer>> {
  const asked = now().getTime()
  const question = readQuestion(query, asked, subject.endpointId === null ? mostPointsOfWorkspace : mostPoints)
  const sampledAt = (await lastSampling(database)).getTime()
  const times = answerableTimes(question, { now: asked, sampledAt, retention: config.retentionDays * day })
  const asDates = times.map((time) => (time === null ? null : new Date(time)))
  const [counters, backlog] = await Promise.all([
    countersAt(database, subject, asDates),
    countWaiting(database, subject, backlogLimit),
  ])
  const points = counters.map((at, index) => ({ at, time: asDates[index] ?? new Date(asked) }))
  const [first, ...more] = points
  const last = more.at(-1)
  if (!first || !last) throw new Error('a question has two ends')
  return {
    ...show(first, last),
    backlog: showBacklog(backlog),
    series: question.step === null ? null : more.map((point, index) => show(points[index] ?? first, point)),
  }
}

function readQuestion(
  query: Static<typeof StatisticsQuery>,
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

interface Point {
  readonly at: Counters
  readonly time: Date
}

function show(from: Point, to: Point) {
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
