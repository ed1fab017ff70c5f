import {
  type ClaimedDelivery,
  type ClaimedRow,
  claimedEventColumns,
  eventOfClaimed,
  fromClaimedRow,
} from './claimed-delivery.ts'
import type { Queryable } from './database.ts'

/** An endpoint of which a node wants deliveries. */
export interface Share {
  readonly endpointId: string
  /** Deliveries at the most. */
  readonly share: number
  /** Of the lease that the node holds; null: the endpoint needs none. */
  readonly epoch: number | null
}

// Each endpoint has its own descent into deliveries_waiting, so neither a backlog of millions nor a neighbour's
// backlog is read through to find the due ones. Rows that another node is claiming at this moment are skipped. A node that
// does not know yet that an endpoint has come to need a lease gets nothing of it.
const claimStatement = {
  name: 'claim',
  text: `
with lease as materialized (
  select endpoint_id, epoch from endpoint_leases where endpoint_id = any($5::uuid[]) and node = $4
  order by endpoint_id for share
),
wanted as materialized (
  select w.endpoint_id, w.share from unnest($1::uuid[], $2::int[], $6::bigint[]) as w (endpoint_id, share, epoch)
  join endpoints e on e.id = w.endpoint_id and e.leased = (w.epoch is not null)
  where e.id = any($1::uuid[])
    and (w.epoch is null or exists (select from lease l where l.endpoint_id = e.id and l.epoch = w.epoch))
),
due as materialized (
  select d.id from wanted
  cross join lateral (
    select id from deliveries
    where owner = 0 and endpoint_id = wanted.endpoint_id and next_attempt_at <= $3 and state in ('pending', 'retrying')
    order by next_attempt_at limit wanted.share for update skip locked
  ) d
  where exists (select from nodes where id = $4 and dead_at is null)
),
claimed as (
  update deliveries d set owner = $4 where d.id = any(array(select id from due)) and d.owner = 0 returning d.*
)
select c.*, ${claimedEventColumns} from claimed c
${eventOfClaimed}
order by c.next_attempt_at, c.sequence`,
}

/** Takes due deliveries that nobody owns, at most the given share of each endpoint, the longest due first. */
export async function claimDue(
  database: Queryable,
  wanted: readonly Share[],
  node: number,
  now: Date,
): Promise<ClaimedDelivery[]> {
  const rows = await database.query<ClaimedRow>(claimStatement, [
    wanted.map(({ endpointId }) => endpointId),
    wanted.map(({ share }) => share),
    now,
    node,
    wanted.filter(({ epoch }) => epoch !== null).map(({ endpointId }) => endpointId),
    wanted.map(({ epoch }) => epoch),
  ])
  return rows.map(fromClaimedRow)
}

export interface Backlog {
  readonly endpointId: string
  readonly workspaceId: string
  /** When the first of its unowned deliveries is or was due. */
  readonly dueAt: Date
}

/** For each of these endpoints that has waiting deliveries that nobody owns: when the first is due. */
export async function nextDue(database: Queryable, endpointIds: readonly string[]): Promise<Backlog[]> {
  const rows = await database.query<BacklogRow>(
    {
      name: 'next-due',
      text: `
select d.endpoint_id, d.workspace_id, d.next_attempt_at from unnest($1::uuid[]) as wanted (endpoint_id)
cross join lateral (
  select endpoint_id, workspace_id, next_attempt_at from deliveries
  where owner = 0 and endpoint_id = wanted.endpoint_id and state in ('pending', 'retrying')
  order by next_attempt_at limit 1
) d`,
    },
    [endpointIds],
  )
  return rows.map(toBacklog)
}

/** `hop`: a row for each endpoint with waiting deliveries that nobody owns, with the first that is due. */
export const backlogHop = `
with recursive hop as (
  (select endpoint_id, workspace_id, next_attempt_at from deliveries
   where owner = 0 and state in ('pending', 'retrying')
   order by owner, endpoint_id, next_attempt_at limit 1)
  union all
  select n.* from hop cross join lateral (
    select endpoint_id, workspace_id, next_attempt_at from deliveries
    where owner = 0 and endpoint_id > hop.endpoint_id and state in ('pending', 'retrying')
    order by owner, endpoint_id, next_attempt_at limit 1
  ) n
)`

/**
 * Every endpoint with waiting deliveries that nobody owns, by hops through the index from one endpoint to the next:
 * the cost grows with the number of such endpoints, not with their backlogs.
 */
export async function allBacklogs(database: Queryable): Promise<Backlog[]> {
  const rows = await database.query<BacklogRow>({
    name: 'all-backlogs',
    text: `
${backlogHop}
select * from hop`,
  })
  return rows.map(toBacklog)
}

interface BacklogRow {
  endpoint_id: string
  workspace_id: string
  next_attempt_at: Date
}

function toBacklog(row: BacklogRow): Backlog {
  return { endpointId: row.endpoint_id, workspaceId: row.workspace_id, dueAt: row.next_attempt_at }
}

/** Gives back deliveries that this node owns but will not attempt now; gives the endpoints that they wait for. */
export async function releaseDeliveries(
  database: Queryable,
  ids: readonly string[],
  node: number,
): Promise<Set<string>> {
  const rows = await database.query<{ endpoint_id: string }>(
    {
      name: 'release-deliveries',
      text: `
update deliveries d set owner = 0
where d.id = any($1::uuid[]) and d.owner = $2 and d.state in ('pending', 'retrying')
returning d.endpoint_id`,
    },
    [ids, node],
  )
  return new Set(rows.map((row) => row.endpoint_id))
}

/** The ids of the deliveries of these endpoints that a node owns. */
export async function ownedOfEndpoints(
  database: Queryable,
  endpointIds: readonly string[],
  node: number,
): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    {
      name: 'owned-of-endpoints',
      text: `
select d.id from unnest($1::uuid[]) as w (endpoint_id) cross join lateral (
  select id from deliveries where owner = $2 and endpoint_id = w.endpoint_id and state in ('pending', 'retrying')
) d`,
    },
    [endpointIds, node],
  )
  return rows.map(({ id }) => id)
}

/** The ids of all deliveries that a node owns. */
export async function ownedDeliveries(database: Queryable, node: number): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    {
      name: 'owned-deliveries',
      text: `select id from deliveries where owner = $1 and state in ('pending', 'retrying')`,
    },
    [node],
  )
  return rows.map(({ id }) => id)
}
