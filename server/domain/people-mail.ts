import { line, type MailText, nameInMail, renderMail, timeInMail } from './mail-layout.ts'
import type { Role } from './role.ts'

const longestName = 100
const longestInSubject = 60

/** The mail with which somebody is asked to join a workspace. */
export function renderInvitationMail(invitation: {
  readonly workspaceName: string
  /** What they are called that invite; an address is shown as it is. */
  readonly invitedBy: { readonly email: string } | { readonly name: string }
  readonly address: string
  readonly role: Role
  readonly link: string
  readonly expiresAt: Date
}): MailText {
  const { invitedBy, address, role, link, expiresAt } = invitation
  const by = 'email' in invitedBy ? line(invitedBy.email, longestName) : nameInMail(invitedBy.name, longestName)
  const workspace = nameInMail(invitation.workspaceName, longestName)
  return renderMail({
    heading: 'You are invited',
    subject: `Invitation to the workspace ${nameInMail(invitation.workspaceName, longestInSubject)}`,
    paragraphs: [`${by} invites you to the workspace “${workspace}” of Atlas Webhooks.`],
    facts: [
      ['Workspace', workspace],
      ['Invited by', by],
      ['Role', role],
      ['For', line(address, longestName)],
      ['Valid until', timeInMail(expiresAt)],
    ],
    list: null,
    action: { link, text: 'Accept the invitation', button: 'Accept the invitation' },
    footer:
      'You get this because somebody typed your address there. If you don’t expect it, do nothing: without you nobody joins. The link works once and is for you alone, so don’t pass it on.',
    tone: 'plain',
  })
}

/** The mail with the link that sets a forgotten password anew. */
export function renderPasswordMail({ link, minutes }: { readonly link: string; readonly minutes: number }): MailText {
  return renderMail({
    heading: 'Set a new password',
    subject: 'Set a new password for Atlas Webhooks',
    paragraphs: [
      `Somebody, probably you, has asked for a new password for your account. The link works once, within ${minutes} minutes. Setting it signs you out everywhere; a second factor stays as it is.`,
    ],
    facts: [],
    list: null,
    action: { link, text: 'Set a new password', button: 'Set a new password' },
    footer:
      'If it was not you, do nothing: your password stays as it is. Nobody who works on the service asks you for this link.',
    tone: 'plain',
  })
}

/** The mail for an account that has no password, and needs none. */
export function renderProviderMail({
  link,
  provider,
}: {
  readonly link: string
  /** Null: there is none at the moment. */
  readonly provider: string | null
}): MailText {
  const ways = provider ? `with ${nameInMail(provider, longestName)}` : 'with an identity provider'
  return renderMail({
    heading: 'Your account has no password',
    subject: 'Signing in to Atlas Webhooks',
    paragraphs: [
      `Somebody, probably you, has asked for a new password for your account. It has none: you sign in ${ways}.`,
    ],
    facts: [],
    list: null,
    action: { link, text: 'Sign in', button: 'Sign in' },
    footer: 'If it was not you, do nothing: nothing has changed.',
    tone: 'plain',
  })
}
