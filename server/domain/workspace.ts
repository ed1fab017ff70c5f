/** A tenant: a customer of the product that publishes. */
export interface Workspace {
  readonly id: string
  readonly name: string
  readonly slug: string | null
  /** Refuse events whose type is not in the catalog. */
  readonly strictTypes: boolean
  /** Refuse events whose data does not satisfy their type's schema. */
  readonly validatePayloads: boolean
  /** How long entries of the audit log are kept. */
  readonly auditRetentionDays: number
  /** Who gets a mail when an endpoint is in trouble. */
  readonly alertEmails: readonly string[]
  /** Rises with every change of what a publish depends on. */
  readonly configVersion: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** Also for the logs of deleted workspaces and the operator's own. */
export const defaultAuditRetentionDays = 365

const slugPattern = /^(?!ws_)[a-z0-9-]{1,63}$/

/** A name for URLs that the operator chose. It cannot be taken for an id. */
export function isSlug(text: string): boolean {
  return slugPattern.test(text)
}
