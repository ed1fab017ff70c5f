import type { Delivery } from '../domain/delivery.ts'
import type { Event } from '../domain/event.ts'
import type { Queryable } from './database.ts'
import { type DeliveryRow, toDelivery } from './delivery-row.ts'

/** A delivery in a node's hands, with the event that it carries. */
export interface ClaimedDelivery {
  readonly delivery: Delivery
  readonly event: Event
}

interface ClaimedRow extends DeliveryRow {
  tags: string[]
  created: number
  data: string
}

// Each endpoint has its own descent into deliveries_waiting, so neither a backlog of millions nor a neighbour's
// backlog is read through to find the due ones. Rows that another node is claiming at this moment are skipped.
const claimStatement = {
  name: 'claim',
  text: `
with due as materialized (
  select d.id from unnest($1::uuid[], $2::int[]) as wanted (endpoint_id, share)
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
select c.*, e.tags, e.created, e.data from claimed c join events e on e.id = c.event_id
where e.id = any(array(select event_id from claimed)) order by c.next_attempt_at`,
}

/** Takes due deliveries that nobody owns, at most the given share of each endpoint, the longest due first. */
export async function claimDue(
  database: Queryable,
  wanted: readonly { readonly endpointId: string; readonly share: number }[],
  node: number,
  now: Date,
): Promise<ClaimedDelivery[]> {
  const endpointIds = wanted.map(({ endpointId }) => endpointId)
  const shares = wanted.map(({ share }) => share)
  const rows = await database.query<ClaimedRow>(claimStatement, [endpointIds, shares, now, node])
  return rows.map(fromRow)
}

function fromRow(row: ClaimedRow): ClaimedDelivery {
  const delivery = toDelivery(row)
  const { eventId: id, workspaceId, type } = delivery
  return { delivery, event: { id, workspaceId, type, tags: row.tags, created: row.created, data: row.data } }
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
