import { noted, systemActor } from '../domain/audit-note.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import type { Keyring } from '../domain/sealed.ts'
import { appendAudit } from './audit-append.ts'
import { bumpConfiguration } from './configuration.ts'
import type { Database, Queryable } from './database.ts'
import { type EndpointRow, endpointColumns, fromEndpointRow } from './endpoint.ts'

/** The tunnels that a CLI has or had in this workspace, open and closed, the one that was changed last first. */
export async function tunnelsOfClient(
  database: Queryable,
  workspaceId: string,
  hash: string,
  keyring: Keyring,
): Promise<Endpoint[]> {
  const rows = await database.query<EndpointRow>(
    {
      name: 'tunnels-of-client',
      text: `
select ${endpointColumns} from endpoints e
where workspace_id = $1 and tunnel is not null and tunnel = $2 and status <> 'deleted' order by updated_at desc, id`,
    },
    [workspaceId, hash],
  )
  return rows.map((row) => fromEndpointRow(row, keyring))
}

/** How many tunnels of the workspace are open. */
export async function countOpenTunnels(database: Queryable, workspaceId: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    {
      name: 'count-open-tunnels',
      text: `
select count(*) from endpoints
where workspace_id = $1 and tunnel is not null and status in ('active', 'paused')`,
    },
    [workspaceId],
  )
  return row?.count ?? 0
}

/** Removes the closed tunnels of the workspace but for those that were open last: so many are kept, with their secrets. */
export async function forgetTunnels(transaction: Queryable, workspaceId: string, kept: number): Promise<number> {
  return await transaction.execute(
    {
      name: 'forget-tunnels',
      text: `
delete from endpoints where id in (
  select id from endpoints
  where workspace_id = $1 and tunnel is not null and status in ('disabled', 'deleted')
  order by updated_at desc, id offset $2
)`,
    },
    [workspaceId, kept],
  )
}

/** An open tunnel that no living node is connected to. */
export interface LeftTunnel {
  readonly id: string
  readonly workspaceId: string
}

// Whose node is dead has been without a connection since it was found dead. A lease of which nothing is known is of old.
const left = `
e.tunnel is not null and e.status in ('active', 'paused') and not exists (
  select from endpoint_leases l left join nodes n on n.id = l.node
  where l.endpoint_id = e.id and (
    (l.node <> 0 and n.dead_at is null) or coalesce(case when l.node = 0 then l.released_at else n.dead_at end, '-infinity') > $1
  )
)`

/** The open tunnels that have been without a connection since the given time. */
export async function leftTunnels(database: Queryable, since: Date): Promise<LeftTunnel[]> {
  const rows = await database.query<{ id: string; workspace_id: string }>(
    { name: 'left-tunnels', text: `select e.id, e.workspace_id from endpoints e where ${left}` },
    [since],
  )
  return rows.map(({ id, workspace_id: workspaceId }) => ({ id, workspaceId }))
}

const closeStatement = {
  name: 'close-tunnel',
  text: `
update endpoints e set status = 'disabled', status_reason = $3, updated_at = $4
where e.id = $2 and ${left}
returning e.description`,
}

/**
 * Closes a tunnel, unless somebody is connected to it or was after the given time: from now on it takes no events, and what
 * waits for it is canceled. Gives whether it was closed.
 */
export async function closeTunnel(
  database: Database,
  { id, workspaceId }: LeftTunnel,
  { reason, since, now }: { readonly reason: string; readonly since: Date; readonly now: Date },
): Promise<boolean> {
  return await database.transaction(async (transaction) => {
    // First, for its lock: a CLI that comes back at this moment is either seen here, or sees what this has done.
    await bumpConfiguration(transaction, workspaceId)
    const [row] = await transaction.query<{ description: string }>(closeStatement, [since, id, reason, now])
    if (!row) return false
    const note = {
      action: 'webhook.disabled',
      target: { type: 'endpoint', id: toTypeId(idPrefix.endpoint, id), name: row.description },
      description: 'A tunnel was closed.',
      metadata: { reason },
    } as const
    await appendAudit(transaction, workspaceId, [noted(note, systemActor)], now)
    return true
  })
}

/** Gives back the leases of tunnels that this node holds without being connected to them. */
export async function releaseStrayTunnels(
  database: Queryable,
  node: number,
  connected: readonly string[],
  now: Date,
): Promise<void> {
  await database.execute(
    {
      name: 'release-stray-tunnels',
      text: `
update endpoint_leases l set node = 0, released_at = $3
from endpoints e
where l.node = $1 and l.node <> 0 and e.id = l.endpoint_id and e.tunnel is not null and e.id <> all($2::uuid[])`,
    },
    [node, connected, now],
  )
}

/** Makes the retries due now that wait for a tunnel. Gives how many did. */
export async function retryNow(database: Queryable, endpointId: string, now: Date): Promise<number> {
  return await database.execute(
    {
      name: 'retry-now',
      text: `
update deliveries set next_attempt_at = $2
where owner = 0 and endpoint_id = $1 and state = 'retrying' and next_attempt_at > $2 and scheduled_retry_at is null`,
    },
    [endpointId, now],
  )
}
