import { hash } from 'node:crypto'
import type { BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthEndpoint, sensitiveSessionMiddleware } from 'better-auth/api'
import { isMailAddress } from '../domain/mail-address.ts'
import type { MailText } from '../domain/mail-layout.ts'
import { renderPasswordMail, renderProviderMail } from '../domain/people-mail.ts'
import { isDuplicate } from '../storage/failure.ts'
import { takeMailAllowance } from '../storage/mail-allowance.ts'
import { recordAbout, toAccount } from './sign-in-log.ts'
import {
  clientAddressHeader,
  credentialProviderId,
  passwordLinkMinutes,
  type SignInOptions,
} from './sign-in-options.ts'
import { passwordLink, type VerificationStore } from './sign-in-password-link.ts'

// Of one address: enough for who looks into the wrong mailbox first, and no flood.
const mostMails = 3
const mailPeriod = 15 * 60_000
/** How old a session may be to set a first password. */
const freshFor = 15 * 60_000

/** Passwords that were forgotten, and passwords of accounts that have none. */
export function passwords(options: SignInOptions): BetterAuthPlugin {
  const { outbox, oidc, background, now, publicUrl } = options

  // The answer is the same for every address, and so is what is done before it: what an account makes of it comes after.
  const forgotten = createAuthEndpoint('/forgotten-password', { method: 'POST' }, async (context) => {
    if (!outbox) {
      const message = 'This server sends no mails. Whoever runs it can make a link for you.'
      throw new APIError('NOT_FOUND', { code: 'NO_MAIL_SERVER', message })
    }
    const email = textOf(context.body, 'email').trim().toLowerCase()
    if (!isMailAddress(email)) {
      throw new APIError('BAD_REQUEST', { code: 'INVALID_EMAIL', message: 'This is no e-mail address.' })
    }
    await requireAllowance(email)
    const ip = context.headers?.get(clientAddressHeader) ?? null
    background(answerTo(email, ip, context.context.internalAdapter))
    return context.json({ status: true })
  })

  async function requireAllowance(email: string): Promise<void> {
    const key = hash('sha256', `forgotten password of ${email}`, 'buffer')
    const limit = { most: mostMails, period: mailPeriod, now: now() }
    const wait = Math.ceil((await takeMailAllowance(options.database, key, limit)) / 1_000)
    if (wait <= 0) return
    const message = `A new password was asked for often. Look into your mailbox, or try again in ${wait} s.`
    throw new APIError('TOO_MANY_REQUESTS', { code: 'TOO_MANY_ATTEMPTS', message }, { 'retry-after': String(wait) })
  }

  type Adapter = VerificationStore & {
    findUserByEmail(
      email: string,
      options: { includeAccounts: boolean },
    ): Promise<{
      user: { id: string; name: string; email: string } & Record<string, unknown>
      accounts: { providerId: string }[]
    } | null>
  }

  async function answerTo(email: string, ip: string | null, internalAdapter: Adapter): Promise<void> {
    const found = await internalAdapter.findUserByEmail(email, { includeAccounts: true })
    const account = found ? toAccount(found.user) : null
    const description = 'A new password was asked for.'
    await recordAbout(options, { account, email, ip }, { action: 'auth.password_reset_requested', description })
    // The operator's address is no mailbox: a link of the server signs in.
    if (!found || !account || account.operator || !outbox) return
    const hasPassword = found.accounts.some(({ providerId }) => providerId === credentialProviderId)
    const { content, expiresAt } = hasPassword
      ? await mailWithLink(internalAdapter, account.id)
      : {
          content: renderProviderMail({ link: `${publicUrl()}/sign-in`, provider: oidc?.name ?? null }),
          expiresAt: new Date(now().getTime() + passwordLinkMinutes * 60_000),
        }
    const mail = { invitationId: null, address: email, content, uselessAt: expiresAt }
    await options.database.transaction((transaction) => outbox.queue(transaction, mail))
    outbox.sendNow()
  }

  async function mailWithLink(
    internalAdapter: Adapter,
    userId: string,
  ): Promise<{ content: MailText; expiresAt: Date }> {
    const { url, expiresAt } = await passwordLink(internalAdapter, userId, options)
    return { content: renderPasswordMail({ link: url, minutes: passwordLinkMinutes }), expiresAt }
  }

  // For the operator's account, which a link has signed in to. Who comes from a provider has no use for a password.
  const first = createAuthEndpoint(
    '/set-password',
    { method: 'POST', use: [sensitiveSessionMiddleware] },
    async (context) => {
      const { session, internalAdapter, password } = context.context
      const { user } = session
      const newPassword = textOf(context.body, 'newPassword')
      const { minPasswordLength: least, maxPasswordLength: most } = password.config
      if (newPassword.length < least || newPassword.length > most) {
        const message = `A password has ${least} to ${most} characters.`
        throw new APIError('BAD_REQUEST', { code: 'PASSWORD_LENGTH', message })
      }
      if (now().getTime() - new Date(session.session.createdAt).getTime() > freshFor) {
        const message = 'This is possible in the first 15 minutes after signing in. Sign in with another link.'
        throw new APIError('FORBIDDEN', { code: 'SESSION_NOT_FRESH', message })
      }
      if ((await internalAdapter.findAccounts(user.id)).length > 0) throw alreadySet()
      const hashed = await password.hash(newPassword)
      const account = { userId: user.id, providerId: credentialProviderId, accountId: user.id, password: hashed }
      await internalAdapter.linkAccount(account).catch((error: unknown) => {
        throw isDuplicate(error) ? alreadySet() : error
      })
      return context.json({ status: true })
    },
  )
  return { id: 'atlas-passwords', endpoints: { forgottenPassword: forgotten, setFirstPassword: first } }
}

function alreadySet(): APIError {
  const message = 'This account has a password, or signs in with a provider.'
  return new APIError('CONFLICT', { code: 'PASSWORD_ALREADY_SET', message })
}

function textOf(body: unknown, name: string): string {
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined
  return typeof value === 'string' ? value : ''
}
