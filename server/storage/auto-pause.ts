import type { AlertReason } from '../domain/alert.ts'
import { noted, systemActor } from '../domain/audit-note.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import { appendAudit } from './audit-append.ts'
import { plainColumn, timeColumn } from './column.ts'
import { bumpConfiguration } from './configuration.ts'
import type { Database, Queryable } from './database.ts'
import { openAlerts } from './trouble.ts'

/** Since when there has been nothing but trouble. What somebody resumed since then is spared: the trouble is older. */
export interface Trouble {
  readonly since: Date
  /** A success since then spares the endpoint too. */
  readonly unlessSuccess: boolean
}

/**
 * Those troubles for which `autoPause` would pause the endpoint now: a read, which locks nothing. Tunnels are never paused:
 * whoever develops at the other end sees the failures.
 */
export async function pausable<Asked extends Trouble & { readonly endpointId: string }>(
  database: Queryable,
  troubles: readonly Asked[],
): Promise<Asked[]> {
  const rows = await database.query<{ number: number }>(
    {
      name: 'pausable-endpoints',
      text: `
select q.number::int
from unnest($1::uuid[], $2::timestamptz[], $3::boolean[]) with ordinality as q (endpoint_id, since, unless_success, number)
join endpoints e on e.id = q.endpoint_id left join endpoint_health h on h.endpoint_id = e.id
where e.id = any($1::uuid[]) and e.status = 'active' and e.tunnel is null
  and (e.resumed_at is null or e.resumed_at < q.since)
  and (not q.unless_success or h.last_success_at is null or h.last_success_at < q.since)
order by q.number`,
    },
    [
      plainColumn(troubles.map(({ endpointId }) => endpointId)),
      timeColumn(troubles.map(({ since }) => since)),
      plainColumn(troubles.map(({ unlessSuccess }) => unlessSuccess)),
    ],
  )
  return rows.flatMap(({ number }) => troubles[number - 1] ?? [])
}

const pauseStatement = {
  name: 'auto-pause',
  text: `
update endpoints e set status = 'paused', status_reason = $2, updated_at = $3
where e.id = $1 and e.status = 'active' and (e.resumed_at is null or e.resumed_at < $4) and not exists (
  select from endpoint_health h where $5 and h.endpoint_id = e.id and h.last_success_at >= $4
)
returning e.workspace_id, e.url, e.description`,
}

/**
 * Pauses an active endpoint on behalf of the pipeline, and opens an alert.
 *
 * @param why `reason` for people, and that of the alert, whose id is used if the endpoint has none that is open
 * @returns the workspace of the endpoint; null: it was not paused
 */
export async function autoPause(
  database: Database,
  endpointId: string,
  why: { readonly reason: string; readonly alertId: string; readonly alertReason: AlertReason },
  { since, unlessSuccess }: Trouble,
  now: Date,
): Promise<string | null> {
  const { reason, alertId, alertReason } = why
  return await database.transaction(async (transaction) => {
    const [row] = await transaction.query<{ workspace_id: string; url: string; description: string }>(pauseStatement, [
      endpointId,
      reason,
      now,
      since,
      unlessSuccess,
    ])
    if (!row) return null
    await bumpConfiguration(transaction, row.workspace_id)
    const name = row.description || new URL(row.url).host
    const note = {
      action: 'webhook.paused',
      target: { type: 'endpoint', id: toTypeId(idPrefix.endpoint, endpointId), name },
      description: 'An endpoint was paused because it failed.',
      metadata: { reason, changes: { status: { before: 'active', after: 'paused' } } },
    } as const
    await appendAudit(transaction, row.workspace_id, [noted(note, systemActor)], now)
    // Last, for its lock: whoever notices dead letters of the endpoint waits from here to the commit only.
    await openAlerts(transaction, [{ alertId, endpointId, reason: alertReason, deadLettered: null }], now)
    return row.workspace_id
  })
}
