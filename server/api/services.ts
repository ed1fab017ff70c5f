import type { BaseLogger } from 'pino'
import type { Config } from '../config.ts'
import type { Keyring } from '../domain/sealed.ts'
import type { TargetPolicy } from '../domain/target.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { bumpConfiguration } from '../storage/configuration.ts'
import type { Database, Session } from '../storage/database.ts'

/** What handlers work with. Time and randomness come in here, so that tests can set them. */
export interface Services {
  readonly config: Config
  readonly database: Database
  readonly pipeline: Pipeline
  readonly keyring: Keyring
  readonly targetPolicy: TargetPolicy
  readonly log: BaseLogger
  /** Where people reach this service, without a slash at the end. */
  readonly publicUrl: () => string
  readonly now: () => Date
  /** A new UUIDv7. */
  readonly newId: () => string
  readonly randomBytes: (size: number) => Buffer
}

/**
 * Changes what belongs to a workspace's configuration: the work and the new version of the configuration are one
 * transaction, so no publish can be planned with the old one once the change is answered.
 */
export async function changeConfiguration<Result>(
  services: Pick<Services, 'database' | 'pipeline'>,
  workspaceId: string,
  work: (transaction: Session) => Promise<Result>,
): Promise<Result> {
  const result = await services.database.transaction(async (transaction) => {
    // First, for its lock: changes of one workspace then come one after another, so that limits hold and none is lost.
    await bumpConfiguration(transaction, workspaceId)
    return await work(transaction)
  })
  // The notification comes by another way. What this caller asks next must see the change already.
  await services.pipeline.configuration.refresh(workspaceId)
  return result
}
