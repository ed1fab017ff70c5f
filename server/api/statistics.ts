import { type Static, Type } from 'typebox'
import { maskUrl } from '../domain/endpoint-url.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import { countersAt, countWaiting, endpointsOf, failingEndpoints, type Subject } from '../storage/statistics.ts'
import { workspaceCountersAt } from '../storage/workspace-counts.ts'
import { backlogAnswer, showBacklog } from './backlog-answer.ts'
import { notFound, QueryReader, readId } from './field.ts'
import { defineRoute, ok, type Route } from './route.ts'
import { choice } from './schema.ts'
import type { Services } from './services.ts'
import { counts, readStatisticsQuery, Series, showCounters, statisticsQuery } from './statistics-answer.ts'

const mostPoints = 500
// Each point is a look-up for each endpoint.
const mostPointsOfEndpoints = 100
const mostEndpoints = 200
const backlogLimit = 100_000

const StatisticsQuery = Type.Object(statisticsQuery(`up to ${mostPoints} points`), { additionalProperties: false })
const StatisticsAnswer = Type.Object(
  { ...counts, backlog: backlogAnswer(backlogLimit), series: Series },
  { title: 'Statistics' },
)

const EndpointsQuery = Type.Object(
  {
    ...statisticsQuery(`up to ${mostPointsOfEndpoints} points for each endpoint`),
    ids: Type.Optional(
      Type.String({
        description: `Of these endpoints, in this order: up to ${mostEndpoints} ids, joined by commas. Without it, of those where attempts have failed since then, the most failures first.`,
        examples: ['ep_01h455vb4pex5vsknk084sn02q,ep_01h455vb4pex5vsknk084sn02r'],
      }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: mostEndpoints, description: 'How many endpoints at most; 20 unless set.' }),
    ),
  },
  { additionalProperties: false },
)
const EndpointsAnswer = Type.Object(
  {
    data: Type.Array(
      Type.Object(
        {
          endpoint: Type.String(),
          url: Type.String({ description: 'Masked like that of the endpoint.' }),
          description: Type.String(),
          status: choice(['active', 'paused', 'disabled']),
          ...counts,
          series: Series,
        },
        { title: 'EndpointStatistics' },
      ),
    ),
  },
  { title: 'StatisticsOfEndpoints' },
)

const description =
  'Tests do not count. Counters are kept for each full minute, and after a day for each full hour, so the answer says which times it is for.'

export function statisticsRoutes(services: Services): Route[] {
  const { database } = services
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
        if ((await endpointsOf(database, workspaceId, [id])).length === 0) notFound('endpoint')
        return ok(await statistics(services, { workspaceId, endpointId: id }, query))
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/stats',
      scope: 'read',
      tag: 'Statistics',
      summary: 'Statistics of a workspace',
      description: `The sums over its endpoints, deleted ones included. ${description}`,
      query: StatisticsQuery,
      responses: { 200: answer },
      async handle({ query, workspace }) {
        return ok(await statistics(services, { workspaceId: workspace.workspace.id, endpointId: null }, query))
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/stats/endpoints',
      scope: 'read',
      tag: 'Statistics',
      summary: 'Statistics of several endpoints',
      description: `Each by itself, in one answer. ${description}`,
      query: EndpointsQuery,
      responses: { 200: { description: 'The statistics of each endpoint.', schema: EndpointsAnswer } },
      async handle({ query, workspace }) {
        return ok({ data: await statisticsOfEndpoints(services, workspace.workspace.id, query) })
      },
    }),
  ]
}

async function statistics(
  services: Services,
  subject: Subject,
  query: Static<typeof StatisticsQuery>,
): Promise<Static<typeof StatisticsAnswer>> {
  const { database } = services
  const asked = await readStatisticsQuery(services, query, mostPoints)
  const { workspaceId, endpointId } = subject
  const [counters, backlog] = await Promise.all([
    endpointId === null
      ? workspaceCountersAt(database, workspaceId, asked.times)
      : countersAt(database, [endpointId], asked.times).then(([own = []]) => own),
    countWaiting(database, subject, backlogLimit),
  ])
  return { ...showCounters(asked, counters), backlog: showBacklog(backlog) }
}

async function statisticsOfEndpoints(
  services: Services,
  workspaceId: string,
  { ids: wanted, limit = 20, ...query }: Static<typeof EndpointsQuery>,
): Promise<Static<typeof EndpointsAnswer>['data']> {
  const { database } = services
  const given = wanted === undefined ? null : readIds(wanted)
  const asked = await readStatisticsQuery(services, query, mostPointsOfEndpoints)
  const chosen = given
    ? await endpointsOf(database, workspaceId, given)
    : await failingEndpoints(database, workspaceId, asked.times[0] ?? asked.at, limit)
  const ids = chosen.map(({ id }) => id)
  const counters = await countersAt(database, ids, asked.times)
  return chosen.map(({ id, url, description, status }, index) => ({
    ...{ endpoint: toTypeId(idPrefix.endpoint, id), url: maskUrl(url), description, status },
    ...showCounters(asked, counters[index] ?? []),
  }))
}

/** Each once. */
function readIds(text: string): string[] {
  const reader = new QueryReader()
  const parts = text.split(',')
  if (parts.length > mostEndpoints) reader.fault('ids', `must be at most ${mostEndpoints} ids`)
  const ids = parts.map((part) => reader.id(idPrefix.endpoint, 'ids', part.trim()))
  reader.finish()
  return [...new Set(ids.filter((id) => id !== null))]
}
