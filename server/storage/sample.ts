import type { Queryable } from './database.ts'

// Which samples are taken is decided without a look at the endpoints that rest: a recording may come late, such as from a
// node that had lost the database, but hardly by more than this. One that does is in the next sample of its endpoint.
export const latestRecording = '1 hour'

/**
 * Stores the counters of every endpoint where they have changed since its last sample, as those of the given full minute,
 * and what was added to them, summed up for each workspace and for all. Does nothing if a node has done so for this minute or a later one.
 */
export async function takeSamples(database: Queryable, minute: Date): Promise<void> {
  await database.execute(
    {
      name: 'take-samples',
      text: `
with turn as (
  update sampling s set sampled_at = $1 from (select sampled_at from sampling for update) before
  where s.sampled_at < $1
  returning before.sampled_at as previous
),
changed as materialized (
  select h.endpoint_id, h.succeeded, h.failed, h.delivered, h.dead_lettered, h.durations,
    h.succeeded - coalesce(l.succeeded, 0) as new_succeeded, h.failed - coalesce(l.failed, 0) as new_failed,
    h.delivered - coalesce(l.delivered, 0) as new_delivered,
    h.dead_lettered - coalesce(l.dead_lettered, 0) as new_dead_lettered,
    h.durations - coalesce(l.durations, 0) as new_durations
  from turn join endpoint_health h on h.last_attempt_at > turn.previous - interval '${latestRecording}'
  left join lateral (
    select succeeded, failed, delivered, dead_lettered, durations from endpoint_samples
    where endpoint_id = h.endpoint_id order by at desc limit 1
  ) l on true
  where (h.succeeded, h.failed, h.delivered, h.dead_lettered) is distinct from
    (coalesce(l.succeeded, 0), coalesce(l.failed, 0), coalesce(l.delivered, 0), coalesce(l.dead_lettered, 0))
),
sampled as (
  insert into endpoint_samples (endpoint_id, at, succeeded, failed, delivered, dead_lettered, durations)
  select endpoint_id, $1, succeeded, failed, delivered, dead_lettered, durations from changed
),
added as materialized (
  select e.workspace_id, sum(new_succeeded) as succeeded, sum(new_failed) as failed, sum(new_delivered) as delivered,
    sum(new_dead_lettered) as dead_lettered, sum(new_durations) as durations
  from changed c join endpoints e on e.id = c.endpoint_id group by e.workspace_id
),
counted as (
  insert into workspace_counts (workspace_id, at, succeeded, failed, delivered, dead_lettered, durations)
  select workspace_id, $1, succeeded, failed, delivered, dead_lettered, durations from added
)
insert into service_counts (at, succeeded, failed, delivered, dead_lettered)
select $1, sum(succeeded), sum(failed), sum(delivered), sum(dead_lettered) from added having count(*) > 0`,
    },
    [minute],
  )
}

/** The minute of the last samples; 1970 when none were taken yet. */
export async function lastSampling(database: Queryable): Promise<Date> {
  const [row] = await database.query<{ sampled_at: Date }>({
    name: 'last-sampling',
    text: 'select sampled_at from sampling',
  })
  return row?.sampled_at ?? new Date(0)
}

/**
 * Of the samples of each endpoint and hour, removes up to `limit` that are not the last one, which is what a question
 * for the full hour needs. Looks at the hours up to the given one that were not thinned before.
 *
 * @returns how many were removed; fewer than the limit: that was all
 */
export async function thinSamples(database: Queryable, until: Date, limit: number): Promise<number> {
  const [row] = await database.query<{ removed: number }>(
    {
      name: 'thin-samples',
      text: `
with turn as materialized (select thinned_until from sampling where thinned_until < $1 for update),
spare as materialized (
  select s.endpoint_id, s.at from turn join endpoint_samples s on s.at > turn.thinned_until and s.at <= $1
  where exists (
    select from endpoint_samples l where l.endpoint_id = s.endpoint_id and l.at > s.at
      and l.at <= date_bin('1 hour', s.at - interval '1 microsecond', '1970-01-01Z') + interval '1 hour'
  )
  limit $2
),
removed as (
  delete from endpoint_samples s using spare where s.endpoint_id = spare.endpoint_id and s.at = spare.at
),
done as (
  update sampling set thinned_until = $1 from turn where (select count(*) from spare) < $2
)
select count(*) as removed from spare`,
    },
    [until, limit],
  )
  return row?.removed ?? 0
}

/**
 * Removes up to `limit` samples before the given time, but of each endpoint not the last one: what happened since is
 * counted from there.
 *
 * @returns how many were removed; fewer than the limit: that was all
 */
export async function dropSamples(database: Queryable, before: Date, limit: number): Promise<number> {
  return await database.execute(
    {
      name: 'drop-samples',
      text: `
with spare as materialized (
  select s.endpoint_id, s.at from endpoint_samples s
  where s.at < $1 and exists (
    select from endpoint_samples l where l.endpoint_id = s.endpoint_id and l.at > s.at and l.at <= $1
  )
  limit $2
)
delete from endpoint_samples s using spare where s.endpoint_id = spare.endpoint_id and s.at = spare.at`,
    },
    [before, limit],
  )
}
