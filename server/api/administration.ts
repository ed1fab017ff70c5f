import { type AuditActor, type AuditEntry, type NewAuditEntry, operatorChain } from '../domain/audit.ts'
import { userActor } from '../domain/audit-actor.ts'
import { type AuditNote, noted } from '../domain/audit-note.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import { Problem } from '../errors.ts'
import type { WorkspaceConfiguration } from '../pipeline/configuration.ts'
import { appendAudit } from '../storage/audit-append.ts'
import { bumpConfiguration } from '../storage/configuration.ts'
import type { Session } from '../storage/database.ts'
import { holdWorkspace } from '../storage/workspace.ts'
import { type Caller, callerName } from './access.ts'
import type { Services } from './services.ts'

/** Whoever asks for a change. */
interface Asker {
  readonly caller: Caller
  readonly ip: string
}

/** Whoever asks for a change of a workspace. */
export interface WorkspaceAsker extends Asker {
  readonly workspace: WorkspaceConfiguration
}

/** Says what the transaction has done; without a call nothing is recorded, which is right when nothing was changed. */
export type Note = (note: AuditNote) => void

type Work<Result> = (transaction: Session, note: Note) => Promise<Result>

/**
 * The one way in which the API changes anything but events: the work and what the audit log says about it are one
 * transaction.
 *
 * @param workspaceId in whose log it is recorded; `operatorChain` for what belongs to no workspace
 */
export async function administer<Result>(
  services: Pick<Services, 'database' | 'pipeline' | 'now'>,
  { caller, ip }: Asker,
  workspaceId: string | typeof operatorChain,
  work: Work<Result>,
): Promise<Result> {
  const notes: AuditNote[] = []
  const done = await services.database.transaction(async (transaction) => {
    const result = await work(transaction, (note) => notes.push(note))
    const actor = actorOf(caller, ip)
    const entries = notes.map((note) => noted(note, actor))
    // Last, for its lock: everything else that is recorded in this workspace waits from here to the commit.
    if (entries.length > 0) await recordIn(transaction, workspaceId, entries, services.now())
    return result
  })
  if (notes.length > 0) services.pipeline.audited(workspaceId)
  return done
}

/**
 * Changes what belongs to a workspace's configuration: the work, what is recorded about it, and the new version of the
 * configuration are one transaction, so no publish can be planned with the old one once the change is answered.
 */
export async function changeConfiguration<Result>(
  services: Pick<Services, 'database' | 'pipeline' | 'now'>,
  asker: WorkspaceAsker,
  work: Work<Result>,
  chain?: typeof operatorChain,
): Promise<Result> {
  const { id } = asker.workspace.workspace
  const result = await administer(services, asker, chain ?? id, async (transaction, note) => {
    // First, for its lock: changes of one workspace then come one after another, so that limits hold and none is lost.
    await bumpConfiguration(transaction, id)
    return await work(transaction, note)
  })
  // The notification comes by another way. What this caller asks next must see the change already.
  await services.pipeline.configuration.refresh(id)
  return result
}

/** Appends to a log whose workspace exists: the log of a deleted one has ended. */
export async function recordIn(
  transaction: Session,
  workspaceId: string | typeof operatorChain,
  entries: readonly NewAuditEntry[],
  now: Date,
): Promise<AuditEntry[]> {
  if (workspaceId !== operatorChain && !(await holdWorkspace(transaction, workspaceId))) {
    throw new Problem('not_found', 'The workspace was deleted at this moment.')
  }
  return await appendAudit(transaction, workspaceId, entries, now)
}

/** Who the audit log says has done it. */
export function actorOf(caller: Caller, ip: string): AuditActor {
  if (caller.kind === 'operator') return { type: 'operator', id: 'operator', name: null, ip }
  if (caller.kind === 'user') return userActor(caller.user, ip)
  if (caller.kind === 'portal') {
    const { actor } = caller.session
    return { type: 'portal', id: actor?.id ?? callerName(caller), name: actor?.name ?? null, ip }
  }
  return { type: 'api_key', id: toTypeId(idPrefix.key, caller.key.id), name: caller.key.name, ip }
}
