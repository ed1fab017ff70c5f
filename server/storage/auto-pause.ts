import { bumpConfiguration } from './configuration.ts'
import type { Database } from './database.ts'

const pauseStatement = {
  name: 'auto-pause',
  text: `
update endpoints e set status = 'paused', status_reason = $2, updated_at = $3
where e.id = $1 and e.status = 'active' and not exists (
  select from endpoint_health h where h.endpoint_id = e.id and h.last_success_at >= $4
)
returning e.workspace_id`,
}

/**
 * Pauses an active endpoint on behalf of the pipeline.
 *
 * @param unlessSuccessSince leaves the endpoint alone if it has had a success since then; null: pauses it anyway
 * @returns whether it was paused
 */
export async function autoPause(
  database: Database,
  endpointId: string,
  reason: string,
  unlessSuccessSince: Date | null,
  now: Date,
): Promise<boolean> {
  return await database.transaction(async (transaction) => {
    const since = unlessSuccessSince ?? 'infinity'
    const [row] = await transaction.query<{ workspace_id: string }>(pauseStatement, [endpointId, reason, now, since])
    if (row) await bumpConfiguration(transaction, row.workspace_id)
    return row !== undefined
  })
}
