import { type Static, Type } from 'typebox'
import { sampledMinute } from '../domain/statistics.ts'
import { type ListedNode, listNodes } from '../storage/node.ts'
import { databaseHealth, queueHealth, type ServiceCounts, serviceCounts } from '../storage/service-health.ts'
import { defineRoute, ok, type Route } from './route.ts'
import { choice, nullable, Time } from './schema.ts'
import type { Services } from './services.ts'

const minute = 60_000
const day = 86_400_000
const shownMinutes = 60
const mostWaiting = 100_000
const mostInHand = 10_000
const mostNodes = 200
const tag = 'Operation'

const NodeAnswer = Type.Object(
  {
    id: Type.Integer(),
    state: choice(['alive', 'dead'], 'dead: it has stopped, or was not heard of for ten seconds.'),
    started_at: Time,
    heartbeat_at: Time,
    dead_at: nullable(Time),
    host: nullable(Type.String(), { description: 'The name of its machine.' }),
    version: nullable(Type.String()),
    roles: nullable(Type.Array(Type.String())),
    deliveries_in_hand: Type.Integer({
      description: `Waiting in its memory, or in flight; counted up to ${mostInHand}.`,
    }),
  },
  { title: 'Node' },
)

const counted = {
  attempts: Type.Object({ succeeded: Type.Integer(), failed: Type.Integer() }),
  deliveries: Type.Object({ delivered: Type.Integer(), dead_lettered: Type.Integer() }),
}
const Minute = Type.Object({ until: Time, ...counted }, { title: 'ServiceMinute' })
const HealthAnswer = Type.Object(
  {
    database: Type.Object(
      {
        version: Type.String(),
        size_bytes: Type.Integer(),
        connections: Type.Integer({ description: 'Of all who use this database.' }),
        max_connections: Type.Integer({ description: 'That its server allows.' }),
        oldest_transaction_seconds: nullable(Type.Number(), {
          description:
            'How long the oldest open transaction lasts; null: there is none. Long ones keep it from cleaning up.',
        }),
        days: Type.Integer({ description: 'For how many days there are partitions, those made ahead included.' }),
      },
      { title: 'DatabaseHealth' },
    ),
    queue: Type.Object(
      {
        waiting: Type.Integer({ description: 'Deliveries of all workspaces, held ones and those in hand included.' }),
        more: Type.Boolean({ description: `There are more: they were counted up to ${mostWaiting}.` }),
        endpoints: Type.Integer({
          description: 'Active endpoints with deliveries that no node has in hand; counted up to 1000.',
        }),
        oldest_due_at: nullable(Time, {
          description: 'When the first of these was due, or is due; null: there is none.',
        }),
      },
      { title: 'QueueHealth' },
    ),
    last_day: Type.Object(counted),
    minutes: Type.Array(Minute, { description: `The last ${shownMinutes} full minutes, the oldest first.` }),
  },
  { title: 'ServiceHealth' },
)

/** How the service is, for who runs it. Nothing here grows with what is stored. */
export function serviceHealthRoutes({ database, now }: Services): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/nodes',
      scope: 'operator',
      tag,
      summary: 'List nodes',
      description: 'Server processes, the newest first. Those that are dead are shown for an hour.',
      responses: {
        200: {
          description: 'The nodes.',
          schema: Type.Object({ data: Type.Array(NodeAnswer) }, { title: 'NodeList' }),
        },
      },
      async handle() {
        return ok({ data: (await listNodes(database, { limit: mostNodes, mostInHand })).map(showNode) })
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/health',
      scope: 'operator',
      tag,
      summary: 'Health of the database and the queue',
      description:
        'Of all workspaces together. What is counted in `minutes` and `last_day` is known up to the last full minute.',
      responses: { 200: { description: 'The health.', schema: HealthAnswer } },
      async handle() {
        const at = now().getTime()
        const [ofDatabase, queue, counts] = await Promise.all([
          databaseHealth(database),
          queueHealth(database, mostWaiting),
          serviceCounts(database, new Date(at - day)),
        ])
        return ok({
          database: {
            version: ofDatabase.version,
            size_bytes: ofDatabase.sizeBytes,
            connections: ofDatabase.connections,
            max_connections: ofDatabase.maxConnections,
            oldest_transaction_seconds: ofDatabase.oldestTransactionSeconds,
            days: ofDatabase.days,
          },
          queue: {
            waiting: queue.waiting,
            more: queue.more,
            endpoints: queue.endpoints,
            oldest_due_at: queue.oldestDueAt?.toISOString() ?? null,
          },
          last_day: showCounts(counts),
          minutes: showMinutes(counts, sampledMinute(at)),
        } satisfies Static<typeof HealthAnswer>)
      },
    }),
  ]
}

function showNode(node: ListedNode): Static<typeof NodeAnswer> {
  return {
    id: node.id,
    state: node.deadAt === null ? 'alive' : 'dead',
    started_at: node.startedAt.toISOString(),
    heartbeat_at: node.heartbeatAt.toISOString(),
    dead_at: node.deadAt?.toISOString() ?? null,
    host: node.host,
    version: node.version,
    roles: node.roles,
    deliveries_in_hand: node.inHand,
  }
}

function showMinutes(counts: readonly ServiceCounts[], last: number): Static<typeof Minute>[] {
  const byMinute = Map.groupBy(counts, ({ at }) => at.getTime())
  return Array.from({ length: shownMinutes }, (_, index) => {
    const until = last - (shownMinutes - 1 - index) * minute
    return { until: new Date(until).toISOString(), ...showCounts(byMinute.get(until) ?? []) }
  })
}

function showCounts(counts: readonly ServiceCounts[]) {
  const sum = (name: 'succeeded' | 'failed' | 'delivered' | 'deadLettered') =>
    counts.reduce((total, each) => total + each[name], 0)
  return {
    attempts: { succeeded: sum('succeeded'), failed: sum('failed') },
    deliveries: { delivered: sum('delivered'), dead_lettered: sum('deadLettered') },
  }
}
