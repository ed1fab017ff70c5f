import { backlogHop } from './claim.ts'
import type { Queryable } from './database.ts'

/** How the database is, as far as who asks it may see. */
export interface DatabaseHealth {
  readonly version: string
  readonly sizeBytes: number
  readonly connections: number
  readonly maxConnections: number
  /** Of all that are open on this database but the one that asks; null: there is none. */
  readonly oldestTransactionSeconds: number | null
  /** Days that are kept, each with a partition of every table that grows. */
  readonly days: number
}

export async function databaseHealth(database: Queryable): Promise<DatabaseHealth> {
  const [row] = await database.query<DatabaseHealth>({
    name: 'database-health',
    text: `
select current_setting('server_version') as version, pg_database_size(current_database()) as "sizeBytes",
  current_setting('max_connections')::int as "maxConnections",
  (select count(*) from pg_stat_activity where datname = current_database()) as connections,
  (
    select greatest(0, extract(epoch from clock_timestamp() - min(xact_start)))::double precision from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
  ) as "oldestTransactionSeconds",
  (select count(*) from pg_inherits where inhparent = 'deliveries'::regclass) as days`,
  })
  if (!row) throw new Error('the database says nothing of itself')
  return row
}

/** What waits, of all workspaces. */
export interface QueueHealth {
  /** Counted up to the limit. */
  readonly waiting: number
  readonly more: boolean
  /** Endpoints that take deliveries, with some that wait for anybody to attempt them; counted up to a thousand. */
  readonly endpoints: number
  /** The earliest time at which one of theirs was, or is, due. What is held is not among them. */
  readonly oldestDueAt: Date | null
}

const mostEndpoints = 1_000

/** However much waits, no more is read than is counted. */
export async function queueHealth(database: Queryable, limit: number): Promise<QueueHealth> {
  const [row] = await database.query<{ waiting: number; endpoints: number; oldest: Date | null }>(
    {
      name: 'queue-health',
      text: `
${backlogHop},
active as materialized (
  select h.next_attempt_at from (select * from hop limit ${mostEndpoints}) h
  join endpoints e on e.id = h.endpoint_id and e.status = 'active'
)
select (
    select count(*) from (
      select from deliveries
      where owner = any(array(select 0 union all select id from nodes)) and state in ('pending', 'retrying')
      limit $1
    ) w
  ) as waiting,
  (select count(*) from active) as endpoints, (select min(next_attempt_at) from active) as oldest`,
    },
    [limit + 1],
  )
  const { waiting = 0, endpoints = 0, oldest = null } = row ?? {}
  return { waiting: Math.min(waiting, limit), more: waiting > limit, endpoints, oldestDueAt: oldest }
}

/** What all endpoints of the service counted in a minute. */
export interface ServiceCounts {
  /** The end of the minute. */
  readonly at: Date
  readonly succeeded: number
  readonly failed: number
  readonly delivered: number
  readonly deadLettered: number
}

/** The minutes since then in which there was something, the oldest first. */
export async function serviceCounts(database: Queryable, since: Date): Promise<ServiceCounts[]> {
  return await database.query<ServiceCounts>(
    {
      name: 'service-counts',
      text: `
select at, succeeded, failed, delivered, dead_lettered as "deadLettered" from service_counts where at > $1 order by at`,
    },
    [since],
  )
}
