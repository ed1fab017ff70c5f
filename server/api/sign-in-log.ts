import { type AuditActor, operatorChain } from '../domain/audit.ts'
import { userActor } from '../domain/audit-actor.ts'
import { type AuditNote, noted } from '../domain/audit-note.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import { appendAudit } from '../storage/audit-append.ts'
import { membershipsOf } from '../storage/member.ts'
import { holdWorkspace } from '../storage/workspace.ts'
import type { RecorderOptions } from './sign-in-options.ts'

// Of somebody with more memberships than that, the rest of the workspaces is not told.
const mostLogs = 50

export interface Account {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly operator: boolean
  readonly twoFactorEnabled: boolean
}

export type Told = Pick<AuditNote, 'action' | 'description' | 'metadata'>

export function toAccount(user: { id: string; name: string; email: string } & Record<string, unknown>): Account {
  const { id, name, email } = user
  return { id, name, email, operator: user.operator === true, twoFactorEnabled: user.twoFactorEnabled === true }
}

/**
 * Records what happened to an account in the audit log of each of its workspaces, and in the operator's for all others.
 *
 * @param account null: nobody has one with this address
 * @param actor who did it, unless it was the person themselves; the operator's log has it then, too
 */
export async function recordAbout(
  { database, now, audited }: RecorderOptions,
  { account, email, ip, actor }: { account: Account | null; email: string; ip: string | null; actor?: AuditActor },
  told: Told,
): Promise<void> {
  const self = account ? userActor(account, ip) : { type: 'anonymous', id: email, name: null, ip }
  const id = account ? toTypeId(idPrefix.user, account.id) : email
  const entry = noted({ ...told, target: { type: 'account', id, name: email } }, actor ?? self)
  const memberships = account ? await membershipsOf(database, account.id, mostLogs) : []
  const chains = memberships.map((workspace) => workspace.id)
  const isOurs = account === null || account.operator || chains.length === 0 || actor !== undefined
  for (const chain of isOurs ? [operatorChain, ...chains] : chains) {
    await database.transaction(async (transaction) => {
      if (chain !== operatorChain && !(await holdWorkspace(transaction, chain))) return
      await appendAudit(transaction, chain, [entry], now())
    })
    audited(chain)
  }
}
