import { hash } from 'node:crypto'
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
/** How long a link that sets a password is valid. */
export const passwordLinkMinutes = 30
/** What better-auth looks for the token of such a link under. */
export const passwordTokenPrefix = 'reset-password:'
/** Before the token of a password link that removes the second factor, too. */
export const secondFactorTokenPrefix = 'remove-second-factor:'
/** What better-auth calls a password. */
export const credentialProviderId = 'credential'

/** What failures of an account, known or not, are counted under. */
export function accountHash(email: string): Buffer {
  return hash('sha256', email.trim().toLowerCase(), 'buffer')
}

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
  /** Goes on with something after the answer; what fails in it is logged. */
  readonly background: (work: Promise<void>) => void
  readonly randomBytes: (size: number) => Buffer
  /** null: no mail server is set. */
  readonly outbox: Outbox | null
  readonly log: BaseLogger
}
