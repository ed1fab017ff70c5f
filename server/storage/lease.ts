import type { Database, Queryable } from './database.ts'

/** The right to be the only node that serves an endpoint. */
export interface Lease {
  readonly endpointId: string
  /** Rises whenever the lease changes hands: a claim with an older one takes nothing. */
  readonly epoch: number
  /** When the next request may be made, for an endpoint with a rate; null: now. */
  readonly notBefore: Date | null
  /** Every delivery that waits for the endpoint is marked as ordered. */
  readonly linedUp: boolean
}

interface LeaseRow {
  endpoint_id: string
  epoch: number
  not_before: Date | null
  lined_up: boolean
}

// What a dead node sent last is not known, so the rate begins anew. A holder of which this statement knows nothing is one
// that has just begun: the leases of those that are forgotten were taken from them before. What another one holds is left
// out early, since a conflict locks the row and its holder would wait; rows are locked by rising id, here and by claims.
const acquireStatement = {
  name: 'acquire-leases',
  text: `
insert into endpoint_leases as l (endpoint_id, node)
select e.id, $2 from endpoints e
where e.id = any($1::uuid[]) and e.leased and e.status <> 'deleted'
  and exists (select from nodes where id = $2 and dead_at is null)
  and not exists (
    select from endpoint_leases l join nodes n on n.id = l.node
    where l.endpoint_id = e.id and l.node <> $2 and n.dead_at is null
  )
order by e.id
on conflict (endpoint_id) do update set
  node = excluded.node, epoch = l.epoch + 1,
  not_before = case when l.node in (0, excluded.node) then l.not_before
    else (select $3::timestamptz + make_interval(secs => 1 / max_per_second) from endpoints where id = l.endpoint_id) end
where l.node in (0, excluded.node) or exists (select from nodes n where n.id = l.node and n.dead_at is not null)
returning endpoint_id, epoch, not_before, lined_up`,
}

// What is in hand of a tunnel elsewhere is with a connection that is gone, and its order does not matter.
const othersStatement = {
  name: 'endpoints-in-other-hands',
  text: `
select w.endpoint_id from unnest($1::uuid[]) as w (endpoint_id)
where exists (select from endpoints e where e.id = w.endpoint_id and e.tunnel is null) and exists (
  select from nodes n cross join lateral (
    select from deliveries
    where owner = n.id and endpoint_id = w.endpoint_id and state in ('pending', 'retrying') limit 1
  ) d
  where n.id <> $2
)`,
}

/**
 * Takes the leases of these endpoints that are free, or that a dead node held.
 *
 * @returns the leases; and the endpoints of which other nodes still have deliveries in hand, such as right after they
 *   came to need a lease: those are free again soon. Neither: another node holds the lease, or none is needed.
 */
export async function acquireLeases(
  database: Database,
  endpointIds: readonly string[],
  node: number,
  now: Date,
): Promise<{ leases: Lease[]; busy: ReadonlySet<string> }> {
  return await database.transaction(async (transaction) => {
    const rows = await transaction.query<LeaseRow>(acquireStatement, [endpointIds, node, now])
    const acquired = rows.map(({ endpoint_id }) => endpoint_id)
    // In a statement of its own: it sees what others claimed while this one waited for the lease.
    const busy = await inOtherHands(transaction, acquired, node)
    if (busy.size > 0) await releaseLeases(transaction, node, new Map([...busy].map((id) => [id, null])), now)
    return { leases: rows.filter(({ endpoint_id }) => !busy.has(endpoint_id)).map(fromRow), busy }
  })
}

/** Those of the endpoints of which other nodes, alive or dead, have deliveries in hand. */
export async function inOtherHands(
  database: Queryable,
  endpointIds: readonly string[],
  node: number,
): Promise<Set<string>> {
  const rows = await database.query<{ endpoint_id: string }>(othersStatement, [endpointIds, node])
  return new Set(rows.map(({ endpoint_id }) => endpoint_id))
}

/**
 * Takes the lease of a tunnel, whoever holds it: the CLI has connected to this node, so no other one can reach it any more.
 * Belongs in the transaction that opens it.
 */
export async function seizeLease(transaction: Queryable, endpointId: string, node: number): Promise<Lease> {
  const [row] = await transaction.query<LeaseRow>(
    {
      name: 'seize-lease',
      text: `
insert into endpoint_leases as l (endpoint_id, node) values ($1, $2)
on conflict (endpoint_id) do update set node = excluded.node, epoch = l.epoch + 1
returning endpoint_id, epoch, not_before, lined_up`,
    },
    [endpointId, node],
  )
  if (!row) throw new Error('seizing a lease gave no row')
  return fromRow(row)
}

/** Gives leases back, each with the time before which the endpoint's rate forbids the next request. */
export async function releaseLeases(
  database: Queryable,
  node: number,
  notBefore: ReadonlyMap<string, Date | null>,
  now: Date,
): Promise<void> {
  await database.execute(
    {
      name: 'release-leases',
      text: `
update endpoint_leases l set node = 0, not_before = coalesce(r.not_before, l.not_before), released_at = $4
from unnest($1::uuid[], $2::timestamptz[]) as r (endpoint_id, not_before)
where l.endpoint_id = r.endpoint_id and l.node = $3`,
    },
    [[...notBefore.keys()], [...notBefore.values()], node, now],
  )
}

function fromRow(row: LeaseRow): Lease {
  return { endpointId: row.endpoint_id, epoch: row.epoch, notBefore: row.not_before, linedUp: row.lined_up }
}
