import { type Endpoint, type EndpointStatus, needsLease } from '../domain/endpoint.ts'
import type { Stream } from '../domain/event.ts'
import type { Profile } from '../domain/profile.ts'
import { type Keyring, open, seal } from '../domain/sealed.ts'
import type { Queryable } from './database.ts'

/** What sealing needs: the keys, and a source of that many cryptographically strong bytes. */
export interface Sealing {
  readonly keyring: Keyring
  readonly random: (size: number) => Uint8Array
}

/** As it is stored. */
export interface EndpointRow {
  id: string
  workspace_id: string
  url: string
  description: string
  stream: Stream
  profile: Profile
  types: string[]
  filter: string | null
  tags: string[]
  serialize: boolean
  headers: Buffer | null
  secret: Buffer
  previous_secrets: Buffer[]
  previous_secrets_expire_at: Date[]
  timeout_seconds: number
  retry_schedule_seconds: number[]
  max_per_second: number | null
  max_in_flight: number
  batch: { max_events: number; window_seconds: number } | null
  options: Record<string, unknown>
  tunnel: string | null
  status: EndpointStatus
  status_reason: string | null
  span_after: number | null
  span_last: number | null
  created_at: Date
  updated_at: Date
}

/** Of a row of `endpoints e`, with its secrets of before. */
export const endpointColumns = `e.*,
  array(select p.secret from previous_secrets p where p.endpoint_id = e.id order by p.id desc) as previous_secrets,
  array(select p.expires_at from previous_secrets p where p.endpoint_id = e.id order by p.id desc)
    as previous_secrets_expire_at,
  (select s.after_sequence from endpoint_spans s where s.endpoint_id = e.id) as span_after,
  (select s.last_sequence from endpoint_spans s where s.endpoint_id = e.id) as span_last`

const noSecret = Buffer.alloc(0)

const insertStatement = {
  name: 'insert-endpoint',
  text: `
with endpoint as (
  insert into endpoints (
    id, workspace_id, url, description, stream, profile, types, filter, tags, serialize, headers, secret,
    timeout_seconds, retry_schedule_seconds, max_per_second, max_in_flight, batch, options,
    status, status_reason, created_at, updated_at, leased, tunnel
  ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
  returning id
),
sequence as (insert into endpoint_sequences (endpoint_id) select id from endpoint)
insert into endpoint_health (endpoint_id) select id from endpoint`,
}

/** Stores a new endpoint, with the rows that number its deliveries and keep its health. Its id must be new. */
export async function insertEndpoint(transaction: Queryable, endpoint: Endpoint, sealing: Sealing): Promise<void> {
  await transaction.execute(insertStatement, [
    endpoint.id,
    endpoint.workspaceId,
    endpoint.url,
    endpoint.description,
    endpoint.stream,
    endpoint.profile,
    endpoint.types,
    endpoint.filter,
    endpoint.tags,
    endpoint.serialize,
    sealHeaders(endpoint, sealing),
    seal(endpoint.secret, endpoint.id, sealing.keyring, sealing.random),
    endpoint.timeoutSeconds,
    endpoint.retryScheduleSeconds,
    endpoint.maxPerSecond,
    endpoint.maxInFlight,
    batchColumn(endpoint),
    JSON.stringify(endpoint.options),
    endpoint.status,
    endpoint.statusReason,
    endpoint.createdAt,
    endpoint.updatedAt,
    needsLease(endpoint),
    endpoint.tunnel,
  ])
}

/** The endpoint with its secrets in the clear; null when the workspace has none of this id, or it was deleted. */
export async function findEndpoint(
  database: Queryable,
  workspaceId: string,
  id: string,
  keyring: Keyring,
): Promise<Endpoint | null> {
  const [row] = await database.query<EndpointRow>(
    {
      name: 'find-endpoint',
      text: `select ${endpointColumns} from endpoints e where id = $1 and workspace_id = $2 and status <> 'deleted'`,
    },
    [id, workspaceId],
  )
  return row ? fromEndpointRow(row, keyring) : null
}

export interface EndpointPage {
  readonly workspaceId: string
  /** null: all. */
  readonly stream: Stream | null
  readonly status: EndpointStatus | null
  readonly before: string | null
  readonly limit: number
}

/**
 * A page of the workspace's endpoints, newest first, after the id `before` (null: from the newest). Tunnels are among them
 * while they are open.
 */
export async function listEndpoints(database: Queryable, page: EndpointPage, keyring: Keyring): Promise<Endpoint[]> {
  const rows = await database.query<EndpointRow>(
    {
      name: 'list-endpoints',
      text: `
select ${endpointColumns} from endpoints e
where workspace_id = $1 and status <> 'deleted' and (tunnel is null or status <> 'disabled')
  and id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
  and ($4::text is null or stream = $4) and ($5::endpoint_status is null or status = $5)
order by id desc limit $3`,
    },
    [page.workspaceId, page.before, page.limit, page.stream, page.status],
  )
  return rows.map((row) => fromEndpointRow(row, keyring))
}

/**
 * Every endpoint of the workspace that is not deleted, nor a tunnel that is closed, oldest first, secrets in the clear.
 * A SealedError means that the keyring lacks a master key that sealed one of them.
 */
export async function loadEndpoints(database: Queryable, workspaceId: string, keyring: Keyring): Promise<Endpoint[]> {
  const rows = await database.query<EndpointRow>(
    {
      name: 'load-endpoints',
      text: `
select ${endpointColumns} from endpoints e
where workspace_id = $1 and status <> 'deleted' and (tunnel is null or status <> 'disabled') order by id`,
    },
    [workspaceId],
  )
  return rows.map((row) => fromEndpointRow(row, keyring))
}

/** How many endpoints count against the workspace's limit: tunnels have one of their own. */
export async function countEndpoints(database: Queryable, workspaceId: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    {
      name: 'count-endpoints',
      text: `select count(*) from endpoints where workspace_id = $1 and status <> 'deleted' and tunnel is null`,
    },
    [workspaceId],
  )
  return row?.count ?? 0
}

/**
 * Stores what people may change about an endpoint: not its status, not its secrets, not what it is. Without an order its
 * line is no longer kept, whatever its holder is about to say.
 */
export async function updateEndpoint(transaction: Queryable, endpoint: Endpoint, sealing: Sealing): Promise<void> {
  await transaction.execute(
    {
      name: 'update-endpoint',
      text: `
with line as (
  update endpoint_leases set lined_up = false, epoch = epoch + 1 where endpoint_id = $1 and not $7
)
update endpoints set
  url = $2, description = $3, types = $4, filter = $5, tags = $6, serialize = $7, headers = $8, timeout_seconds = $9,
  retry_schedule_seconds = $10, max_per_second = $11, max_in_flight = $12, batch = $13, options = $14, updated_at = $15,
  leased = $16
where id = $1`,
    },
    [
      endpoint.id,
      endpoint.url,
      endpoint.description,
      endpoint.types,
      endpoint.filter,
      endpoint.tags,
      endpoint.serialize,
      sealHeaders(endpoint, sealing),
      endpoint.timeoutSeconds,
      endpoint.retryScheduleSeconds,
      endpoint.maxPerSecond,
      endpoint.maxInFlight,
      batchColumn(endpoint),
      JSON.stringify(endpoint.options),
      endpoint.updatedAt,
      needsLease(endpoint),
    ],
  )
}

/** Sets the status and its reason, as a person wants it. Gives false when there is no such endpoint (any more): a deleted one stays deleted. */
export async function setEndpointStatus(
  transaction: Queryable,
  change: {
    readonly workspaceId: string
    readonly id: string
    readonly status: Exclude<EndpointStatus, 'deleted'>
    readonly reason: string | null
    readonly now: Date
  },
): Promise<boolean> {
  const touched = await transaction.execute(
    {
      name: 'set-endpoint-status',
      text: `
update endpoints set
  status = $3::endpoint_status, status_reason = $4,
  resumed_at = case when $3::endpoint_status = 'active' and status <> 'active' then $5 else resumed_at end,
  updated_at = case when status = $3::endpoint_status and status_reason is not distinct from $4 then updated_at else $5 end
where id = $1 and workspace_id = $2 and status <> 'deleted'`,
    },
    [change.id, change.workspaceId, change.status, change.reason, change.now],
  )
  return touched > 0
}

/** Marks the endpoint deleted; its deliveries stay visible. Gives false when there is none. */
export async function deleteEndpoint(
  transaction: Queryable,
  { workspaceId, id, now }: { readonly workspaceId: string; readonly id: string; readonly now: Date },
): Promise<boolean> {
  const touched = await transaction.execute(
    {
      name: 'delete-endpoint',
      text: `
update endpoints set status = 'deleted', status_reason = null, updated_at = $3
where id = $1 and workspace_id = $2 and status <> 'deleted'`,
    },
    [id, workspaceId, now],
  )
  return touched > 0
}

// Both are bound to the endpoint's id: a value that someone moves to another row does not open there.
function sealHeaders({ id, headers }: Endpoint, { keyring, random }: Sealing): Buffer | null {
  return Object.keys(headers).length === 0 ? null : seal(JSON.stringify(headers), id, keyring, random)
}

function batchColumn({ batch }: Endpoint): string | null {
  return batch && JSON.stringify({ max_events: batch.maxEvents, window_seconds: batch.windowSeconds })
}

/** @throws SealedError when the keyring lacks a master key that sealed it */
export function fromEndpointRow(row: EndpointRow, keyring: Keyring): Endpoint {
  const { batch } = row
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    url: row.url,
    description: row.description,
    stream: row.stream,
    auditSpan: row.span_after === null ? null : { after: row.span_after, last: row.span_last },
    profile: row.profile,
    types: row.types,
    filter: row.filter,
    tags: row.tags,
    serialize: row.serialize,
    headers: row.headers ? (JSON.parse(open(row.headers, row.id, keyring)) as Record<string, string>) : {},
    secret: open(row.secret, row.id, keyring),
    previousSecrets: row.previous_secrets_expire_at.map((expiresAt, index) => ({
      secret: open(row.previous_secrets[index] ?? noSecret, row.id, keyring),
      expiresAt,
    })),
    timeoutSeconds: row.timeout_seconds,
    retryScheduleSeconds: row.retry_schedule_seconds,
    maxPerSecond: row.max_per_second,
    maxInFlight: row.max_in_flight,
    batch: batch && { maxEvents: batch.max_events, windowSeconds: batch.window_seconds },
    options: row.options,
    tunnel: row.tunnel,
    status: row.status,
    statusReason: row.status_reason,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
