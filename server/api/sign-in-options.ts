import type { BaseLogger } from 'pino'
import type { OidcProvider } from '../config.ts'
import type { SignInSecret } from '../domain/sign-in-secret.ts'
import type { AccountPool } from '../storage/account-pool.ts'
import type { Database } from '../storage/database.ts'
import type { Outbox } from './outbox.ts'

/** Where the routes of better-auth are. */
export const signInPath = '/auth'
export const oidcProviderId = 'oidc'
/** Where the listener says which address a request came from: what a client puts there itself is overwritten. */
export const clientAddressHeader = 'x-atlas-client-address'
/** How long the link of the operator is valid. */
export const linkSeconds = 3_600

export interface RecorderOptions {
  readonly database: Database
  readonly now: () => Date
  /** Something was written into the audit log of this workspace, or of the operator. */
  audited(chain: string): void
}

export interface SignInOptions extends RecorderOptions {
  /** For the tables of better-auth. */
  readonly pool: AccountPool
  /** The newest first. */
  readonly secrets: readonly SignInSecret[]
  readonly publicUrl: () => string
  readonly oidc: OidcProvider | null
  readonly newId: () => string
  readonly randomBytes: (size: number) => Buffer
  /** null: no mail server is set. */
  readonly outbox: Outbox | null
  readonly log: BaseLogger
}
