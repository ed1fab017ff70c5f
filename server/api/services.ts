import type { BaseLogger } from 'pino'
import type { Config } from '../config.ts'
import type { AuditSigner } from '../domain/audit-checkpoint.ts'
import type { Keyring } from '../domain/sealed.ts'
import type { TargetPolicy } from '../domain/target.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Database } from '../storage/database.ts'
import type { Outbox } from './outbox.ts'
import type { SignIn } from './sign-in.ts'

/** What handlers work with. Time and randomness come in here, so that tests can set them. */
export interface Services {
  readonly config: Config
  readonly database: Database
  readonly pipeline: Pipeline
  readonly keyring: Keyring
  readonly auditSigner: AuditSigner
  readonly targetPolicy: TargetPolicy
  readonly signIn: SignIn
  /** null: no mail server is set. */
  readonly outbox: Outbox | null
  readonly log: BaseLogger
  /** Where people reach this service, without a slash at the end. */
  readonly publicUrl: () => string
  readonly now: () => Date
  /** A new UUIDv7. */
  readonly newId: () => string
  readonly randomBytes: (size: number) => Buffer
}
