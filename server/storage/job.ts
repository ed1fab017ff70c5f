import type { KnownError } from '../domain/attempt.ts'
import type { Stream } from '../domain/event.ts'
import { uuidFloor } from '../domain/identifier.ts'
import { type Job, type JobKind, type JobState, mostRunningJobs, type SettledState } from '../domain/job.ts'
import type { Queryable } from './database.ts'

interface JobRow {
  id: string
  workspace_id: string
  kind: JobKind
  endpoint_id: string | null
  delivery_ids: string[] | null
  since: Date | null
  until: Date
  states: SettledState[]
  types: string[]
  last_error: KnownError | null
  last_status: number | null
  stream: Stream | null
  state: JobState
  done: number
  total: number | null
  error: string | null
  created_at: Date
  finished_at: Date | null
}

// The arrays of the enumeration come as texts, which the client library would not take apart.
const columns = `id, workspace_id, kind, endpoint_id, delivery_ids, since, until, states::text[] as states, types, last_error,
  last_status, stream, state, done, total, error, created_at, finished_at`

function toJob(row: JobRow): Job {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    kind: row.kind,
    endpointId: row.endpoint_id,
    deliveryIds: row.delivery_ids,
    since: row.since,
    until: row.until,
    states: row.states,
    types: row.types,
    lastError: row.last_error,
    lastStatus: row.last_status,
    stream: row.stream,
    state: row.state,
    done: row.done,
    total: row.total,
    error: row.error,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  }
}

export type NewJob = Omit<Job, 'state' | 'done' | 'total' | 'error' | 'finishedAt'>

/** Stores a job, which any node may take up at once. Null: as many as may run in its workspace do already. */
export async function insertJob(database: Queryable, job: NewJob): Promise<Job | null> {
  const start = uuidFloor(job.since?.getTime() ?? 0)
  const [row] = await database.query<JobRow>(
    {
      name: 'insert-job',
      text: `
insert into jobs (id, workspace_id, kind, endpoint_id, delivery_ids, since, until, states, types, counted_to, done_to,
  due_at, advanced_at, created_at, last_error, last_status, stream)
select $1, $2, $3, $4, $5::uuid[], $6, $7, $8::delivery_state[], $9, $10, $10, $11, $11, $11, $13, $14, $15
where (select count(*) from jobs where workspace_id = $2 and state = 'running') < $12
returning ${columns}`,
    },
    [
      ...[job.id, job.workspaceId, job.kind, job.endpointId, job.deliveryIds, job.since, job.until, job.states],
      ...[job.types, start, job.createdAt, mostRunningJobs, job.lastError, job.lastStatus, job.stream],
    ],
  )
  return row ? toJob(row) : null
}

// Whether a job is on deliveries of one stream only: because it was told to, or since its endpoint is of it.
const isOf = (stream: string) => `(${stream}::text is null or stream = ${stream}
  or exists (select from endpoints e where e.id = jobs.endpoint_id and e.stream = ${stream}))`

/** The job; null when the workspace has none of this id, or it may be on deliveries of another stream than the given one. */
export async function findJob(
  database: Queryable,
  workspaceId: string,
  id: string,
  stream: Stream | null,
): Promise<Job | null> {
  const [row] = await database.query<JobRow>(
    { name: 'find-job', text: `select ${columns} from jobs where id = $1 and workspace_id = $2 and ${isOf('$3')}` },
    [id, workspaceId, stream],
  )
  return row ? toJob(row) : null
}

/** A page of the workspace's jobs, or of those on one stream, newest first, after the id `before` (null: from the newest). */
export async function listJobs(
  database: Queryable,
  page: {
    readonly workspaceId: string
    readonly stream: Stream | null
    readonly before: string | null
    readonly limit: number
  },
): Promise<Job[]> {
  const rows = await database.query<JobRow>(
    {
      name: 'list-jobs',
      text: `
select ${columns} from jobs
where workspace_id = $1 and id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid) and ${isOf('$4')}
order by id desc limit $3`,
    },
    [page.workspaceId, page.before, page.limit, page.stream],
  )
  return rows.map(toJob)
}

/**
 * Ends a job that runs; false: there is none, or it has ended already. A chunk that is under way is finished first,
 * and after this none begins.
 */
export async function endJob(
  database: Queryable,
  id: string,
  end: { readonly state: Exclude<JobState, 'running'>; readonly error: string | null; readonly now: Date },
): Promise<boolean> {
  const touched = await database.execute(
    {
      name: 'end-job',
      text: `update jobs set state = $2::job_state, error = $3, finished_at = $4 where id = $1 and state = 'running'`,
    },
    [id, end.state, end.error, end.now],
  )
  return touched > 0
}

/** Forgets jobs that ended before the given time; gives how many. */
export async function purgeJobs(database: Queryable, before: Date): Promise<number> {
  return await database.execute({ name: 'purge-jobs', text: 'delete from jobs where finished_at < $1' }, [before])
}

/** A job in the hands of the transaction that took it. */
export interface TakenJob extends Job {
  readonly countedTo: string
  readonly doneTo: string
  /** Looks at nothing from here on. */
  readonly below: string
  readonly advancedAt: Date
  /** Of its one endpoint; null: it has none in particular. */
  readonly endpointStatus: string | null
}

/**
 * Takes the job whose chunk has been due for longest, for as long as the transaction lasts: no other node has it
 * meanwhile. Null: none is due that nobody has.
 */
export async function takeJob(transaction: Queryable, now: Date): Promise<TakenJob | null> {
  const [row] = await transaction.query<
    JobRow & { counted_to: string; done_to: string; advanced_at: Date; endpoint_status: string | null }
  >(
    {
      name: 'take-job',
      text: `
select ${columns}, counted_to, done_to, advanced_at,
  case when endpoint_id is not null
    then coalesce((select e.status::text from endpoints e where e.id = jobs.endpoint_id), 'deleted') end
  as endpoint_status
from jobs where state = 'running' and due_at <= $1 order by due_at limit 1 for update skip locked`,
    },
    [now],
  )
  if (!row) return null
  const { counted_to: countedTo, done_to: doneTo, advanced_at: advancedAt, endpoint_status: endpointStatus } = row
  const below = uuidFloor(row.until.getTime())
  return { ...toJob(row), countedTo, doneTo, advancedAt, endpointStatus, below }
}

/** When the next chunk of any job is due; null: no job runs. */
export async function nextJobDue(database: Queryable): Promise<Date | null> {
  const [row] = await database.query<{ due_at: Date }>({
    name: 'next-job-due',
    text: `select due_at from jobs where state = 'running' order by due_at limit 1`,
  })
  return row?.due_at ?? null
}

/** Notes how far the count has come; at its end it is the job's total. */
export async function advanceCount(
  transaction: Queryable,
  id: string,
  { to, count }: { readonly to: string | null; readonly count: number },
): Promise<void> {
  await transaction.execute(
    {
      name: 'advance-count',
      text: `
update jobs set counted = counted + $2, counted_to = coalesce($3, counted_to),
  total = case when $3::uuid is null then counted + $2 end
where id = $1`,
    },
    [id, count, to],
  )
}

/** Notes how far the work has come, and when the next chunk is due. */
export async function advanceJob(
  transaction: Queryable,
  id: string,
  step: { readonly to: string; readonly done: number; readonly now: Date; readonly dueAt: Date },
): Promise<void> {
  await transaction.execute(
    {
      name: 'advance-job',
      text: 'update jobs set done_to = $2, done = done + $3, advanced_at = $4, due_at = $5 where id = $1',
    },
    [id, step.to, step.done, step.now, step.dueAt],
  )
}

/** Lets a job wait without a step. */
export async function postponeJob(database: Queryable, id: string, dueAt: Date): Promise<void> {
  await database.execute({ name: 'postpone-job', text: 'update jobs set due_at = $2 where id = $1' }, [id, dueAt])
}
