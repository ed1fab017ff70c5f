/** What a workspace key may do. The scopes are independent, except that `manage` includes `read`. */
export const keyScopes = ['publish', 'read', 'manage'] as const
export type KeyScope = (typeof keyScopes)[number]

/** A key of a workspace. The key itself is shown once and kept only as a hash. */
export interface ApiKey {
  readonly id: string
  readonly workspaceId: string
  readonly name: string
  readonly scopes: readonly KeyScope[]
  /** null: never. */
  readonly expiresAt: Date | null
  readonly createdAt: Date
}

export const operatorKeyPrefix = 'atlas_op_'
export const workspaceKeyPrefix = 'atlas_ws_'
/** What a session of the customer portal is shown with. Made like a key, but it is none: it expires soon and may do less. */
export const portalTokenPrefix = 'atlas_portal_'

type KeyPrefix = typeof operatorKeyPrefix | typeof workspaceKeyPrefix | typeof portalTokenPrefix

const operatorKey = /^atlas_op_[0-9A-Za-z]{32,200}$/
const workspaceKey = /^atlas_ws_[0-9a-z]{50}$/
const portalToken = /^atlas_portal_[0-9a-z]{50}$/

export function isOperatorKey(text: string): boolean {
  return operatorKey.test(text)
}

/** Whether the text can be a workspace key at all: what cannot is refused without asking the database. */
export function isWorkspaceKey(text: string): boolean {
  return workspaceKey.test(text)
}

/** The same for the token of a portal session. */
export function isPortalToken(text: string): boolean {
  return portalToken.test(text)
}

/**
 * A key's text: its prefix and 256 random bits in base 36, which a double click selects whole.
 * RangeError when there are not exactly 32 bytes.
 */
export function keyText(prefix: KeyPrefix, random: Uint8Array): string {
  if (random.length !== 32) throw new RangeError('a key is made from 32 random bytes')
  const hex = Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return prefix + BigInt(`0x${hex}`).toString(36).padStart(50, '0')
}

export function grants(held: readonly KeyScope[], wanted: KeyScope): boolean {
  return held.includes(wanted) || (wanted === 'read' && held.includes('manage'))
}

export function isExpired(key: Pick<ApiKey, 'expiresAt'>, now: number): boolean {
  return key.expiresAt !== null && key.expiresAt.getTime() <= now
}
