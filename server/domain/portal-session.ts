/** The right of one customer, within their browser, to manage the endpoints of a workspace for a while. */
export interface PortalSession {
  readonly id: string
  readonly workspaceId: string
  /** Who uses it, as the product says; null: it did not say. */
  readonly actor: PortalActor | null
  readonly expiresAt: Date
  readonly createdAt: Date
}

export interface PortalActor {
  readonly id: string
  readonly name: string | null
}

export const shortestPortalSession = 60
export const longestPortalSession = 86_400
export const defaultPortalSession = 3_600

/** Where the portal is opened. A fragment is sent to no server, so the token stands in no log. */
export function portalUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/portal#token=${token}`
}
