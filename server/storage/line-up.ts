import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Queryable } from './database.ts'
import type { Lease } from './lease.ts'

const chunk = 5_000
const look = 5

// A transaction that began before the endpoint was serialized may be about to add a delivery that is not marked.
const olderStatement = {
  name: 'older-statements',
  text: `
select from pg_stat_activity
where datname = current_database() and application_name = 'atlas' and pid <> pg_backend_pid()
  and age(backend_xmin) > age($1::text::xid8::xid) limit 1`,
}

const markStatement = {
  name: 'mark-as-ordered',
  text: `
update deliveries set ordered = true where id = any(array(
  select id from deliveries
  where owner = 0 and endpoint_id = $1 and state in ('pending', 'retrying') and not ordered
    and exists (select from endpoint_leases where endpoint_id = $1 and node = $2 and epoch = $3)
  limit $4 for update
))`,
}

/**
 * Marks what waits for an endpoint from before it was serialized, so that it is found in order. Deliveries of the
 * endpoint must be in nobody's hands. Doing it again is harmless; another node goes on where this one ended.
 */
export async function lineUp(database: Database, lease: Lease, node: number): Promise<void> {
  await olderStatementsEnded(database)
  for (;;) {
    const marked = await database.execute(markStatement, [lease.endpointId, node, lease.epoch, chunk])
    if (marked < chunk) break
  }
  await database.execute(
    {
      name: 'lined-up',
      text: 'update endpoint_leases set lined_up = true where endpoint_id = $1 and node = $2 and epoch = $3',
    },
    [lease.endpointId, node, lease.epoch],
  )
}

async function olderStatementsEnded(database: Queryable): Promise<void> {
  const [row] = await database.query<{ next: string }>({
    name: 'next-transaction',
    text: 'select pg_snapshot_xmax(pg_current_snapshot())::text as next',
  })
  while ((await database.query(olderStatement, [row?.next])).length > 0) await sleep(look)
}
