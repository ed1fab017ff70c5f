import type { Queryable, Statement } from './database.ts'
import { hasFailure } from './failure-condition.ts'
import type { TakenJob } from './job.ts'
import { typeExpression } from './type-expression.ts'

/** The next deliveries in the order of their ids. */
export interface Chunk {
  /** Up to this id all was looked at; null: nothing was left. */
  readonly to: string | null
  /** Those that the job begins anew. */
  readonly deliveryIds: readonly string[]
  /** Their endpoints. */
  readonly endpointIds: readonly string[]
}

// A statement for each index that leads to the deliveries in the order of their ids. The planner must take that one and
// read no more of it than the limit asks for, whatever its statistics say. They would lead it to the primary key, past
// millions of deliveries of others, for an endpoint that has few; hence rows are compared, since no other index has them
// in this order. And to sort all that an endpoint has, where they are from before it got so many; `boundChunk` forbids it.
const scans = {
  ids: `d.id = any($4::uuid[]) and d.workspace_id = $1 and d.id > $2 and d.id < $3 order by d.id`,
  dead: `d.state = 'dead_letter' and (d.workspace_id, d.id) > ($1, $2) and (d.workspace_id, d.id) < ($1, $3)
    and d.id > $2 and d.id < $3 and $4::uuid[] is null order by d.workspace_id, d.id`,
  endpoint: `(d.endpoint_id, d.id) > ($5, $2) and (d.endpoint_id, d.id) < ($5, $3)
    and d.id > $2 and d.id < $3 and d.workspace_id = $1 and $4::uuid[] is null order by d.endpoint_id, d.id`,
} as const

type Scan = keyof typeof scans

function scanOf(job: TakenJob): Scan {
  if (job.deliveryIds !== null) return 'ids'
  return job.kind === 'replay_dead_letters' ? 'dead' : 'endpoint'
}

// The limit stands inside, so that a step ends in time however few pass the filter.
const selected = (scan: Scan): string => `
with looked_at as materialized (
  select d.id, d.endpoint_id, d.state, d.type, d.sequence, d.last_error, d.last_status
  from deliveries d where ${scans[scan]} limit $6
),
matching as materialized (
  select l.id, l.endpoint_id from looked_at l
  where l.state = any($7::delivery_state[]) and ($8::text is null or l.type ~ $8) and l.sequence > 0
    and ($5::uuid is null or l.endpoint_id = $5) and ${hasFailure('l', '$9', '$10')}
    and exists (
      select from endpoints e where e.id = l.endpoint_id and e.workspace_id = $1 and e.status in ('active', 'paused')
        and ($11::text is null or e.stream = $11)
    )
  order by l.id limit $12
)`

const countStatement = (scan: Scan): Statement => ({
  name: `count-chunk-${scan}`,
  text: `${selected(scan)}
select (select id from looked_at order by id desc limit 1) as "to", (select count(*) from matching) as count`,
})

const chunkStatement = (scan: Scan): Statement => ({
  name: `job-chunk-${scan}`,
  text: `${selected(scan)}
select case
    when (select count(*) from matching) = $12 then (select id from matching order by id desc limit 1)
    else (select id from looked_at order by id desc limit 1)
  end as "to",
  array(select id from matching order by id) as ids, array(select distinct endpoint_id from matching) as endpoint_ids`,
})

function valuesOf(job: TakenJob, after: string, lookedAt: number, most: number | null): unknown[] {
  const { workspaceId, below, deliveryIds, endpointId, states, types, lastError, lastStatus, stream } = job
  return [
    ...[workspaceId, after, below, deliveryIds, endpointId, lookedAt, states, typeExpression(types)],
    ...[lastError, lastStatus, stream, most],
  ]
}

/** Counts what the job matches among the next deliveries, at most `limit` of them. `to` null: nothing was left. */
export async function countChunk(
  transaction: Queryable,
  job: TakenJob,
  limit: number,
): Promise<{ to: string | null; count: number }> {
  const values = valuesOf(job, job.countedTo, limit, null)
  const [row] = await transaction.query<{ to: string | null; count: number }>(countStatement(scanOf(job)), values)
  return row ?? { to: null, count: 0 }
}

/** The next `most` deliveries that the job matches, or fewer: it looks at `limit` of them. */
export async function nextChunk(transaction: Queryable, job: TakenJob, limit: number, most: number): Promise<Chunk> {
  const values = valuesOf(job, job.doneTo, limit, most)
  const [row] = await transaction.query<{ to: string | null; ids: string[]; endpoint_ids: string[] }>(
    chunkStatement(scanOf(job)),
    values,
  )
  return { to: row?.to ?? null, deliveryIds: row?.ids ?? [], endpointIds: row?.endpoint_ids ?? [] }
}

/** Whether one of these endpoints that is active has at least this many deliveries due that nobody has taken yet. */
export async function isCongested(
  transaction: Queryable,
  endpointIds: readonly string[],
  backlog: number,
  now: Date,
): Promise<boolean> {
  const rows = await transaction.query(
    {
      name: 'is-congested',
      text: `
select e.id from endpoints e cross join lateral (
  select count(*) as waiting from (
    select from deliveries
    where owner = 0 and endpoint_id = e.id and state in ('pending', 'retrying') and next_attempt_at <= $3 limit $2
  ) d
) b
where e.id = any($1::uuid[]) and e.status = 'active' and b.waiting >= $2 limit 1`,
    },
    [endpointIds, backlog, now],
  )
  return rows.length > 0
}

/**
 * A node that hangs in the middle of a chunk must not keep the job's row from the others, and no statement of it may
 * read all that there is to sort it.
 */
export async function boundChunk(transaction: { script(text: string): Promise<void> }): Promise<void> {
  await transaction.script(
    `set local idle_in_transaction_session_timeout = '10s'; set local statement_timeout = '10s'; set local enable_sort = off`,
  )
}
