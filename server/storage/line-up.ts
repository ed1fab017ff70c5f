import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Queryable } from './database.ts'
import { inOtherHands, type Lease } from './lease.ts'

const chunk = 5_000
const look = 5
const busyLook = 100

// A statement that began before the endpoint was serialized may be about to add or claim a delivery as if it were not;
// so may a transaction have done that is not committed yet. What is idle and has written nothing looks again.
const olderStatement = {
  name: 'older-statements',
  text: `
select from pg_stat_activity
where datname = current_database() and application_name = current_setting('application_name')
  and pid <> pg_backend_pid() and xact_start < $1::text::timestamptz and (state = 'active' or backend_xid is not null)
limit 1`,
}

// From where the last chunk ended, since reading past all that is marked already would cost the square of a backlog.
const markStatement = {
  name: 'mark-as-ordered',
  text: `
with unmarked as materialized (
  select id, next_attempt_at from deliveries
  where owner = 0 and endpoint_id = $1 and state in ('pending', 'retrying') and not ordered
    and next_attempt_at >= $5::text::timestamptz
    and exists (select from endpoint_leases where endpoint_id = $1 and node = $2 and epoch = $3)
  order by next_attempt_at limit $4 for update
),
marked as (
  update deliveries set ordered = true where id = any(array(select id from unmarked))
)
select count(*) as count, max(next_attempt_at)::text as until from unmarked`,
}

const linedUpStatement = {
  name: 'lined-up',
  text: `
update endpoint_leases set lined_up = true
where endpoint_id = $1 and node = $2 and epoch = $3
  and exists (select from endpoints where id = $1 and serialize)`,
}

/**
 * Marks what waits for an endpoint from before it was serialized, so that it is found in order. This node must have
 * nothing of the endpoint in hand; what others have is waited for. Doing it again is harmless; another node goes on where
 * this one ended. Gives false when the lease is no longer this node's, or the endpoint no longer serialized.
 *
 * @param signal ends the wait for others; then it rejects
 */
export async function lineUp(database: Database, lease: Lease, node: number, signal: AbortSignal): Promise<boolean> {
  const { endpointId, epoch } = lease
  await olderStatementsEnded(database, signal)
  while ((await inOtherHands(database, [endpointId], node)).size > 0) await sleep(busyLook, undefined, { signal })
  for (let from = '-infinity'; ; ) {
    const [row] = await database.query<{ count: number; until: string | null }>(markStatement, [
      ...[endpointId, node, epoch, chunk, from],
    ])
    if (!row || row.count < chunk) break
    from = row.until ?? from
  }
  return (await database.execute(linedUpStatement, [endpointId, node, epoch])) > 0
}

async function olderStatementsEnded(database: Queryable, signal: AbortSignal): Promise<void> {
  const [row] = await database.query<{ now: string }>({
    name: 'server-time',
    text: 'select clock_timestamp()::text as now',
  })
  while ((await database.query(olderStatement, [row?.now])).length > 0) await sleep(look, undefined, { signal })
}
