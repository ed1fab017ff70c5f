import type { Endpoint, PreviousSecret } from './endpoint.ts'

/** How long receivers have to take on the new secret. */
const overlapMs = 24 * 3_600_000

/** Each one adds a signature to every request, and headers have an end. */
export const mostPreviousSecrets = 10

/** Those that sign at this time, in milliseconds since 1970. */
export function validSecrets<Secret extends { readonly expiresAt: Date }>(
  previous: readonly Secret[],
  now: number,
): Secret[] {
  return previous.filter(({ expiresAt }) => expiresAt.getTime() > now)
}

/**
 * The endpoint with a new secret. The one before stays valid for 24 hours, and those before it as long as they had.
 * Null: that would be more than `mostPreviousSecrets` at the same time.
 */
export function rotateSecret(
  endpoint: Endpoint,
  secret: string,
  now: Date,
): { readonly endpoint: Endpoint; readonly previous: PreviousSecret } | null {
  const valid = validSecrets(endpoint.previousSecrets, now.getTime())
  if (valid.length >= mostPreviousSecrets) return null
  const previous = { secret: endpoint.secret, expiresAt: new Date(now.getTime() + overlapMs) }
  return { endpoint: { ...endpoint, secret, previousSecrets: [previous, ...valid], updatedAt: now }, previous }
}
