import { durationBounds } from '../domain/attempt-duration.ts'
import type { Counters } from '../domain/statistics.ts'
import { unpackDurations } from '../storage/counter.ts'
import type { Queryable } from '../storage/database.ts'

interface Row {
  endpoint_id: string
  succeeded: number
  failed: number
  delivered: number
  dead_lettered: number
}

/** The counters of every endpoint, by its id, as they are stored. */
export async function storedCounters(database: Queryable): Promise<Map<string, Counters>> {
  const rows = await database.query<Row & { durations: string }>({
    name: 'stored-counters',
    text: 'select * from endpoint_health',
  })
  return new Map(rows.map((row) => [row.endpoint_id, toCounters(row, unpackDurations(row.durations))]))
}

/** What the counters must be, counted from the attempts and deliveries; right as long as nothing was replayed or tested. */
export async function trueCounters(database: Queryable): Promise<Map<string, Counters>> {
  const rows = await database.query<Row & { taken: number[] }>({
    name: 'true-counters',
    text: `
select e.id as endpoint_id,
  (select count(*) from attempts a where a.endpoint_id = e.id and a.outcome = 'success') as succeeded,
  (select count(*) from attempts a where a.endpoint_id = e.id and a.outcome <> 'success') as failed,
  (select count(*) from deliveries d where d.endpoint_id = e.id and d.state = 'delivered') as delivered,
  (select count(*) from deliveries d where d.endpoint_id = e.id and d.state = 'dead_letter') as dead_lettered,
  array(select a.duration_ms::bigint from attempts a where a.endpoint_id = e.id) as taken
from endpoints e`,
  })
  return new Map(
    rows.map((row) => {
      const durations = durationBounds.map((bound) => row.taken.filter((taken) => taken <= bound).length)
      return [row.endpoint_id, toCounters(row, durations)]
    }),
  )
}

function toCounters(row: Row, durations: readonly number[]): Counters {
  const { succeeded, failed, delivered, dead_lettered: deadLettered } = row
  return { succeeded, failed, delivered, deadLettered, durations }
}

/** Makes the sums of workspaces anew from the samples of their endpoints, after a test has planted some. */
export async function recountWorkspaces(database: Queryable): Promise<void> {
  const columns = ['succeeded', 'failed', 'delivered', 'dead_lettered', 'durations']
  const added = columns.map((name) => `sum(${name})`).join()
  const differences = columns.map((name) => `s.${name} - coalesce(lag(s.${name}) over earlier, 0) as ${name}`).join()
  await database.execute({
    name: 'recount-workspaces',
    text: `
insert into workspace_counts (workspace_id, at, ${columns})
select workspace_id, at, ${added} from (
  select e.workspace_id, s.at, ${differences} from endpoint_samples s join endpoints e on e.id = s.endpoint_id
  window earlier as (partition by s.endpoint_id order by s.at)
) c group by workspace_id, at
on conflict (workspace_id, at) do update set
  ${columns.map((name) => `${name} = excluded.${name}`).join()}`,
  })
}
