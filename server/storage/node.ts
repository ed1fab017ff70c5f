import type { Queryable } from './database.ts'

/** What whoever looks after the nodes knows them by. */
export interface NodeDescription {
  readonly host: string
  readonly version: string
  readonly roles: readonly string[]
}

/** Registers this process as a node and gives its id, which no process had before. */
export async function registerNode(
  database: Queryable,
  now: Date,
  { host, version, roles }: Partial<NodeDescription> = {},
): Promise<number> {
  const [row] = await database.query<{ id: number }>(
    {
      name: 'register-node',
      text: `
insert into nodes (started_at, heartbeat_at, host, version, roles) values ($1, $1, $2, $3, $4) returning id`,
    },
    [now, host ?? null, version ?? null, roles ?? null],
  )
  if (!row) throw new Error('registering the node gave no row')
  return row.id
}

/** Says that the node lives. False: it was declared dead, and others have taken over what it owned. */
export async function heartbeat(database: Queryable, node: number, now: Date): Promise<boolean> {
  const touched = await database.execute(
    { name: 'heartbeat', text: 'update nodes set heartbeat_at = $2 where id = $1 and dead_at is null' },
    [node, now],
  )
  return touched > 0
}

/** Declares other nodes dead that have not been heard of since the given time. Gives how many. */
export async function buryNodes(database: Queryable, self: number, silentSince: Date, now: Date): Promise<number> {
  return await database.execute(
    {
      name: 'bury-nodes',
      text: 'update nodes set dead_at = $3 where dead_at is null and heartbeat_at <= $2 and id <> $1',
    },
    [self, silentSince, now],
  )
}

/**
 * Releases up to `limit` deliveries that dead nodes own; gives the number. An accept that was on its way when its node
 * was declared dead may commit afterwards, so the dead are looked at again for as long as their rows are kept.
 */
export async function releaseOfDeadNodes(database: Queryable, limit: number): Promise<number> {
  return await database.execute(
    {
      name: 'release-of-dead-nodes',
      text: `
with orphan as materialized (
  select d.id from nodes n cross join lateral (
    select id from deliveries
    where owner = n.id and state in ('pending', 'retrying') limit $1 for update skip locked
  ) d
  where n.dead_at is not null limit $1
)
update deliveries set owner = 0 where id = any(array(select id from orphan))`,
    },
    [limit],
  )
}

/**
 * Forgets nodes that have been dead since before the given time and own nothing any more. Leases that nobody has wanted
 * since are nobody's now, or they would be kept by a node of which nothing is known.
 */
export async function forgetNodes(database: Queryable, deadBefore: Date): Promise<void> {
  await database.execute(
    {
      name: 'forget-nodes',
      text: `
with freed as (
  update endpoint_leases l set node = 0 from nodes n where l.node <> 0 and n.id = l.node and n.dead_at < $1
)
delete from nodes n where n.dead_at < $1 and not exists (
  select from deliveries d where d.owner = n.id and d.state in ('pending', 'retrying')
)`,
    },
    [deadBefore],
  )
}

/**
 * Declares this node dead: it has stopped. Its row stays for a while, because a statement whose connection broke off may
 * still commit, and a stop that could not reach the database has not given everything back.
 */
export async function retireNode(database: Queryable, node: number, now: Date): Promise<void> {
  await database.execute(
    { name: 'retire-node', text: 'update nodes set dead_at = $2 where id = $1 and dead_at is null' },
    [node, now],
  )
}

/** A node as a list shows it. What is null was not known to the release that it ran. */
export interface ListedNode {
  readonly id: number
  readonly startedAt: Date
  readonly heartbeatAt: Date
  readonly deadAt: Date | null
  readonly host: string | null
  readonly version: string | null
  readonly roles: string[] | null
  readonly inHand: number
}

/** The newest nodes, with how many deliveries each owns, counted up to `mostInHand`. */
export async function listNodes(
  database: Queryable,
  { limit, mostInHand }: { readonly limit: number; readonly mostInHand: number },
): Promise<ListedNode[]> {
  return await database.query<ListedNode>(
    {
      name: 'list-nodes',
      text: `
select n.id, n.started_at as "startedAt", n.heartbeat_at as "heartbeatAt", n.dead_at as "deadAt", n.host, n.version,
  n.roles, c.in_hand as "inHand"
from (select * from nodes order by id desc limit $1) n
cross join lateral (
  select count(*) as in_hand from (
    select from deliveries where owner = n.id and state in ('pending', 'retrying') limit $2
  ) d
) c
order by n.id desc`,
    },
    [limit, mostInHand],
  )
}
