import type { BaseLogger } from 'pino'
import { operatorChain } from '../domain/audit.ts'
import { chainName } from '../domain/audit-chain.ts'
import type { AuditSigner } from '../domain/audit-checkpoint.ts'
import { noted, systemActor } from '../domain/audit-note.ts'
import { defaultAuditRetentionDays } from '../domain/workspace.ts'
import { appendAudit } from '../storage/audit-append.ts'
import { chainsToSign, storeCheckpoint, storeCheckpoints } from '../storage/audit-checkpoint.ts'
import {
  chainsToClear,
  deletePurged,
  lastRecordedBefore,
  markPurged,
  type PurgeableChain,
  purgeableChains,
} from '../storage/audit-purge.ts'
import type { Database } from '../storage/database.ts'
import type { Clock } from './clock.ts'

export interface AuditUpkeepOptions {
  readonly database: Database
  readonly auditSigner: AuditSigner
  readonly clock: Clock
  readonly log: BaseLogger
  /** Something was recorded in the audit log of this workspace. */
  audited(workspaceId: string): void
}

const hour = 3_600_000
const day = 24 * hour
const signedAtOnce = 500
const deletedAtOnce = 10_000

/**
 * Signs checkpoints for chains that have grown: for a new chain at once, then once an hour. Two nodes that do it at the
 * same time sign for the same.
 */
export async function signCheckpoints({ database, auditSigner, clock }: AuditUpkeepOptions): Promise<void> {
  const signedAt = new Date(clock.now())
  for (;;) {
    const ends = await chainsToSign(database, new Date(clock.now() - hour), signedAtOnce)
    const checkpoints = ends.map((end) => auditSigner.sign({ ...end, signedAt }))
    if (checkpoints.length > 0) await storeCheckpoints(database, checkpoints)
    if (ends.length < signedAtOnce) return
  }
}

/**
 * Once a day for each chain, removes what is older than it is kept. First the place up to which it goes is signed, and
 * the purge recorded: what is left can be verified from there on, and what is gone is known to have been purged.
 */
export async function purgeAudit(options: AuditUpkeepOptions): Promise<void> {
  const { database, clock, log } = options
  const now = new Date(clock.now())
  for (const chain of await purgeableChains(database, now, new Date(now.getTime() - day), defaultAuditRetentionDays)) {
    await purge(options, chain, now)
  }
  for (const workspaceId of await chainsToClear(database)) {
    while ((await deletePurged(database, workspaceId, deletedAtOnce)) === deletedAtOnce);
    log.info({ chain: chainName(workspaceId) }, 'audit entries older than their retention are purged')
  }
}

async function purge(
  { database, auditSigner, audited }: AuditUpkeepOptions,
  chain: PurgeableChain,
  now: Date,
): Promise<void> {
  const { workspaceId, retentionDays, purgedSequence } = chain
  const before = new Date(now.getTime() - retentionDays * day)
  const last = await lastRecordedBefore(database, chain, before)
  if (!last) return
  const { sequence, hash } = last
  const note = {
    action: 'workspace.audit_log_purged',
    target: { type: 'audit_log', id: chainName(workspaceId) },
    description: `Entries older than ${retentionDays} days were purged.`,
    metadata: { from_sequence: purgedSequence + 1, to_sequence: sequence, hash, recorded_before: before },
  } as const
  await database.transaction(async (transaction) => {
    // Of two nodes one comes first, and then there is nothing left for the other to do.
    if (!(await markPurged(transaction, chain, sequence, now))) return
    await storeCheckpoint(transaction, auditSigner.sign({ workspaceId, sequence, hash, signedAt: now }))
    // The log of a deleted workspace has ended: with an entry about each purge it would never be empty.
    const log = chain.alive ? workspaceId : operatorChain
    await appendAudit(transaction, log, [noted(note, systemActor)], now)
  })
  audited(workspaceId)
}
