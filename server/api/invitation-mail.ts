import { hash } from 'node:crypto'
import { renderInvitationMail } from '../domain/people-mail.ts'
import { Problem } from '../errors.ts'
import type { Session } from '../storage/database.ts'
import type { Invitation } from '../storage/invitation.ts'
import { takeMailAllowance } from '../storage/mail-allowance.ts'
import { type Caller, callerName, isOperator } from './access.ts'
import type { Outbox } from './outbox.ts'
import type { Services } from './services.ts'

const period = 3_600_000
// A workspace has at most so many invitations, each of which may be sent again.
const mostForWorkspace = 200
const mostForAddress = 5

/** Who invites, in words for people. */
export function inviterName(caller: Caller): string {
  return caller.kind === 'user' ? caller.user.email : caller.kind === 'key' ? caller.key.name : callerName(caller)
}

/** So that nobody is flooded with our mails, whoever asks for them. */
export async function requireAllowance(
  { database, now }: Pick<Services, 'database' | 'now'>,
  workspaceId: string,
  address: string,
): Promise<void> {
  const limits = [
    { key: `invitations of ${workspaceId}`, most: mostForWorkspace, told: 'This workspace has sent many invitations' },
    { key: `invitations to ${address}`, most: mostForAddress, told: 'Many invitations were sent to this address' },
  ]
  for (const { key, most, told } of limits) {
    const wait = await takeMailAllowance(database, hash('sha256', key, 'buffer'), { most, period, now: now() })
    if (wait <= 0) continue
    const retryAfterSeconds = Math.ceil(wait / 1_000)
    throw new Problem('too_many_requests', `${told} within an hour. Wait ${Math.ceil(wait / 60_000)} minutes.`, {
      retryAfterSeconds,
    })
  }
}

/** Puts the mail of an invitation into the transaction that stores it. */
export async function queueInvitationMail(
  transaction: Session,
  outbox: Outbox,
  invitation: Invitation,
  { caller, workspaceName, link }: { caller: Caller; workspaceName: string; link: string },
): Promise<void> {
  const { id, email, role, expiresAt } = invitation
  const byUser = caller.kind === 'user' && !caller.user.operator ? { email: caller.user.email } : null
  const invitedBy = byUser ?? { name: isOperator(caller) ? 'Who runs the service' : inviterName(caller) }
  const content = renderInvitationMail({ workspaceName, invitedBy, address: email, role, link, expiresAt })
  await outbox.queue(transaction, { invitationId: id, address: email, content, uselessAt: expiresAt })
}
