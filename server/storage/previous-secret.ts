import type { Endpoint, PreviousSecret } from '../domain/endpoint.ts'
import { seal } from '../domain/sealed.ts'
import type { Queryable } from './database.ts'
import type { Sealing } from './endpoint.ts'

// Expired ones go here too, so that an endpoint has no more rows than the limit even while upkeep does not run.
const replaceStatement = {
  name: 'replace-secret',
  text: `
with changed as (
  update endpoints set secret = $2, updated_at = $3 where id = $1 returning id
),
expired as (
  delete from previous_secrets where endpoint_id = $1 and expires_at <= $3
)
insert into previous_secrets (endpoint_id, id, secret, expires_at) select id, $4, $5, $6 from changed`,
}

/**
 * Stores an endpoint's new secret, and the one that it replaces.
 *
 * @param id of the rotation, a UUIDv7: the previous secrets come in the order of these
 */
export async function replaceSecret(
  transaction: Queryable,
  endpoint: Endpoint,
  { id, secret, expiresAt }: PreviousSecret & { readonly id: string },
  { keyring, random }: Sealing,
): Promise<void> {
  await transaction.execute(replaceStatement, [
    endpoint.id,
    seal(endpoint.secret, endpoint.id, keyring, random),
    endpoint.updatedAt,
    id,
    seal(secret, endpoint.id, keyring, random),
    expiresAt,
  ])
}

/** Ends all previous secrets of an endpoint at once; gives how many there were. */
export async function endPreviousSecrets(transaction: Queryable, endpointId: string): Promise<number> {
  return await transaction.execute(
    { name: 'end-previous-secrets', text: 'delete from previous_secrets where endpoint_id = $1' },
    [endpointId],
  )
}

/** Forgets the secrets that have expired; gives how many. */
export async function purgePreviousSecrets(database: Queryable, now: Date): Promise<number> {
  return await database.execute(
    { name: 'purge-previous-secrets', text: 'delete from previous_secrets where expires_at <= $1' },
    [now],
  )
}
