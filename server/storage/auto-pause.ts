import type { AlertReason } from '../domain/alert.ts'
import { noted, systemActor } from '../domain/audit-note.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import { appendAudit } from './audit-append.ts'
import { plainColumn, timeColumn } from './column.ts'
import { bumpConfiguration } from './configuration.ts'
import type { Database, Queryable } from './database.ts'
import { openAlerts } from './trouble.ts'

/**
 * The endpoints among these that `autoPause` would pause now: a read, which locks nothing. Tunnels are never paused: whoever
 * develops at the other end sees the failures.
 *
 * @param questions each with the time since when a success spares the endpoint; null: nothing does
 */
export async function pausable(
  database: Queryable,
  questions: readonly { readonly endpointId: string; readonly unlessSuccessSince: Date | null }[],
): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    {
      name: 'pausable-endpoints',
      text: `
select e.id from unnest($1::uuid[], $2::timestamptz[]) as q (endpoint_id, since)
join endpoints e on e.id = q.endpoint_id left join endpoint_health h on h.endpoint_id = e.id
where e.id = any($1::uuid[]) and e.status = 'active' and e.tunnel is null
  and (q.since is null or h.last_success_at is null or h.last_success_at < q.since)`,
    },
    [
      plainColumn(questions.map(({ endpointId }) => endpointId)),
      timeColumn(questions.map(({ unlessSuccessSince }) => unlessSuccessSince)),
    ],
  )
  return rows.map(({ id }) => id)
}

const pauseStatement = {
  name: 'auto-pause',
  text: `
update endpoints e set status = 'paused', status_reason = $2, updated_at = $3
where e.id = $1 and e.status = 'active' and not exists (
  select from endpoint_health h where h.endpoint_id = e.id and h.last_success_at >= $4
)
returning e.workspace_id, e.url, e.description`,
}

/**
 * Pauses an active endpoint on behalf of the pipeline, and opens an alert.
 *
 * @param why `reason` for people, and that of the alert, whose id is used if the endpoint has none that is open
 * @param unlessSuccessSince leaves the endpoint alone if it has had a success since then; null: pauses it anyway
 * @returns whether it was paused
 */
export async function autoPause(
  database: Database,
  endpointId: string,
  why: { readonly reason: string; readonly alertId: string; readonly alertReason: AlertReason },
  unlessSuccessSince: Date | null,
  now: Date,
): Promise<boolean> {
  const { reason, alertId, alertReason } = why
  return await database.transaction(async (transaction) => {
    const since = unlessSuccessSince ?? 'infinity'
    const [row] = await transaction.query<{ workspace_id: string; url: string; description: string }>(pauseStatement, [
      endpointId,
      reason,
      now,
      since,
    ])
    if (!row) return false
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
    return true
  })
}
