import { backlogHop } from './claim.ts'
import type { Queryable } from './database.ts'

/**
 * Cancels up to `limit` waiting deliveries of endpoints that are deleted or gone with their workspace, and of tunnels that
 * are closed; gives how many.
 * Deliveries that a node has in hand are left to it.
 */
export async function cancelOfGoneEndpoints(database: Queryable, limit: number, now: Date): Promise<number> {
  return await database.execute(
    {
      name: 'cancel-of-gone-endpoints',
      text: `${backlogHop},
gone as materialized (
  select endpoint_id from hop
  where not exists (
    select from endpoints e where e.id = hop.endpoint_id and e.status <> 'deleted'
      and (e.tunnel is null or e.status <> 'disabled')
  )
),
orphan as materialized (
  select d.id from gone cross join lateral (
    select id from deliveries
    where owner = 0 and endpoint_id = gone.endpoint_id and state in ('pending', 'retrying')
    limit $1 for update skip locked
  ) d
  limit $1
)
update deliveries set state = 'canceled', next_attempt_at = null, scheduled_retry_at = null, settled_at = $2
where id = any(array(select id from orphan))`,
    },
    [limit, now],
  )
}
