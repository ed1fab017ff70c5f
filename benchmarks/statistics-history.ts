import { durationBounds } from '../server/domain/attempt-duration.ts'
import { packDurations } from '../server/storage/counter.ts'
import type { Database } from '../server/storage/database.ts'
import type { DeliveryHistory } from './delivery-history.ts'

const once = `${packDurations(durationBounds.map(() => 1))}::numeric`

const insertStatistics = `
with hour as materialized (
  select at, row_number() over (order by at) as n
  from generate_series(date_trunc('hour', {from}), {until}, interval '1 hour') at
)
insert into endpoint_samples (endpoint_id, at, succeeded, failed, delivered, dead_lettered, durations)
select endpoint_id, at, 99 * n, n, 99 * n, n / 10, 90 * n * ${once}
from hour cross join unnest({endpoints}) as endpoint_id;

update endpoint_health h set succeeded = s.succeeded, failed = s.failed, delivered = s.delivered,
  dead_lettered = s.dead_lettered, durations = s.durations, last_attempt_at = s.at, last_success_at = s.at
from endpoint_samples s
where s.at = date_trunc('hour', {until}) and h.endpoint_id = s.endpoint_id;

insert into workspace_counts (workspace_id, at, succeeded, failed, delivered, dead_lettered, durations)
select {workspace}, at, 9900, 100, 9900, 10, 9000 * ${once}
from (
  select generate_series(date_trunc('hour', {from}), {until} - interval '1 day', interval '1 hour')
  union
  select generate_series(date_trunc('minute', {until} - interval '1 day'), {until}, interval '1 minute')
) as time (at);

vacuum (freeze, analyze) endpoint_samples, endpoint_health, workspace_counts`

/**
 * Makes up what was counted meanwhile: of each endpoint for every hour, of the workspace for every minute of the last day
 * and every hour before. The figures are not those of the deliveries.
 */
export async function insertStatisticsHistory(database: Database, history: DeliveryHistory): Promise<void> {
  const { workspaceId, endpointIds, from, until } = history
  const values: Readonly<Record<string, string>> = {
    workspace: `'${workspaceId}'::uuid`,
    endpoints: `'{${endpointIds.join()}}'::uuid[]`,
    from: `'${from.toISOString()}'::timestamptz`,
    until: `'${until.toISOString()}'::timestamptz`,
  }
  await database.session(async (session) => {
    for (const statement of insertStatistics.split(';\n')) {
      await session.script(statement.replace(/\{([a-z]+)\}/g, (whole, name: string) => values[name] ?? whole))
    }
  })
}
