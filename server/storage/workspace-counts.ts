import { durationBounds } from '../domain/attempt-duration.ts'
import type { Counters } from '../domain/statistics.ts'
import { unpackDurations } from './counter.ts'
import type { Queryable } from './database.ts'
import { latestRecording } from './sample.ts'

interface CountsRow {
  number: number
  succeeded: number
  failed: number
  delivered: number
  dead_lettered: number
  durations: string
}

// A row for each minute or hour in between, whatever the number of endpoints. What was recorded since the last sampling
// is read from the endpoints where there was something, as in take-samples.
const countsStatement = {
  name: 'workspace-counts',
  text: `
select number, sum(succeeded)::bigint as succeeded, sum(failed)::bigint as failed, sum(delivered)::bigint as delivered,
  sum(dead_lettered)::bigint as dead_lettered, sum(durations) as durations
from (
  select width_bucket(at - interval '1 microsecond', $2::timestamptz[]) as number,
    succeeded, failed, delivered, dead_lettered, durations
  from workspace_counts where workspace_id = $1 and at > $3 and at <= $4
  union all
  select cardinality($2::timestamptz[]), h.succeeded - coalesce(l.succeeded, 0), h.failed - coalesce(l.failed, 0),
    h.delivered - coalesce(l.delivered, 0), h.dead_lettered - coalesce(l.dead_lettered, 0),
    h.durations - coalesce(l.durations, 0)
  from sampling s cross join endpoints e join endpoint_health h on h.endpoint_id = e.id
  left join lateral (
    select succeeded, failed, delivered, dead_lettered, durations from endpoint_samples
    where endpoint_id = e.id order by at desc limit 1
  ) l on true
  where e.workspace_id = $1 and $4 = 'infinity'::timestamptz
    and h.last_attempt_at > s.sampled_at - interval '${latestRecording}'
) c
group by number`,
}

/**
 * How much the workspace's endpoints have counted since the first of these rising times, as far as samples tell; null, as
 * the last one: until now.
 */
export async function workspaceCountersAt(
  database: Queryable,
  workspaceId: string,
  times: readonly (Date | null)[],
): Promise<Counters[]> {
  const ends = times.filter((time) => time !== null)
  const until = times.at(-1) ?? 'infinity'
  const rows = await database.query<CountsRow>(countsStatement, [workspaceId, ends, ends[0], until])
  const added = new Map(rows.map((row) => [row.number, row]))
  let sum: Counters = {
    ...{ succeeded: 0, failed: 0, delivered: 0, deadLettered: 0 },
    durations: durationBounds.map(() => 0),
  }
  return times.map((_, number) => {
    const row = added.get(number)
    if (row) sum = plus(sum, row)
    return sum
  })
}

function plus(sum: Counters, row: CountsRow): Counters {
  const durations = unpackDurations(row.durations)
  return {
    succeeded: sum.succeeded + row.succeeded,
    failed: sum.failed + row.failed,
    delivered: sum.delivered + row.delivered,
    deadLettered: sum.deadLettered + row.dead_lettered,
    durations: sum.durations.map((count, index) => count + (durations[index] ?? 0)),
  }
}

/**
 * Makes one row of the rows of each workspace and hour, for up to `limit` of them that begin before the given full hour.
 *
 * @returns how many hours were summed up; fewer than the limit: that was all
 */
export async function sumUpHours(database: Queryable, until: Date, limit: number): Promise<number> {
  const [row] = await database.query<{ summed: number }>(
    {
      name: 'sum-up-hours',
      text: `
with turn as materialized (select summed_until from sampling where summed_until < $1 for update),
hour as materialized (
  select c.workspace_id, max(c.at) as last, min(c.at) as first
  from turn join workspace_counts c on c.at > turn.summed_until and c.at <= $1
  group by c.workspace_id, date_bin('1 hour', c.at - interval '1 microsecond', '1970-01-01Z')
  having count(*) > 1 limit $2
),
summed as materialized (
  select h.workspace_id, h.last, s.* from hour h cross join lateral (
    select sum(succeeded) as succeeded, sum(failed) as failed, sum(delivered) as delivered,
      sum(dead_lettered) as dead_lettered, sum(durations) as durations
    from workspace_counts c where c.workspace_id = h.workspace_id and c.at >= h.first and c.at <= h.last
  ) s
),
removed as (
  delete from workspace_counts c using hour h
  where c.workspace_id = h.workspace_id and c.at >= h.first and c.at < h.last
),
changed as (
  update workspace_counts c set succeeded = s.succeeded, failed = s.failed, delivered = s.delivered,
    dead_lettered = s.dead_lettered, durations = s.durations
  from summed s where c.workspace_id = s.workspace_id and c.at = s.last
),
done as (
  update sampling set summed_until = $1 from turn where (select count(*) from hour) < $2
)
select count(*) as summed from hour`,
    },
    [until, limit],
  )
  return row?.summed ?? 0
}

/** Removes what was counted before the given time, of workspaces and of all together. */
export async function dropCounts(database: Queryable, before: Date): Promise<void> {
  await database.execute(
    {
      name: 'drop-counts',
      text: `
with service as (delete from service_counts where at < $1)
delete from workspace_counts where at < $1`,
    },
    [before],
  )
}
