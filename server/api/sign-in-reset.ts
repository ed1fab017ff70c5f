import type { BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthMiddleware, isAPIError } from 'better-auth/api'
import { forgetSignInFailures } from '../storage/sign-in-failure.ts'
import { recordAbout, toAccount } from './sign-in-log.ts'
import {
  accountHash,
  clientAddressHeader,
  passwordTokenPrefix,
  type RecorderOptions,
  secondFactorTokenPrefix,
} from './sign-in-options.ts'

const resetPath = '/reset-password'
const signInPath = '/sign-in/email'

/**
 * What goes with a new password that a link has set, which better-auth does not see to: nothing that knew the old one
 * lets anybody in any more, neither another link, nor a sign-in that is under way, nor a browser that was trusted without
 * its second factor. Of a link that is made so, the second factor goes too.
 */
export function passwordResets(options: RecorderOptions): BetterAuthPlugin {
  const { database } = options
  // Whose link it is, and whether it removes the second factor: afterwards it is used up.
  const links = new WeakMap<Request, { readonly userId: string; readonly removesSecondFactor: boolean }>()
  // The password that was compared, hashed.
  const compared = new WeakMap<Request, string | null>()

  const beforeReset = createAuthMiddleware(async ({ body, query, request, context }) => {
    const token: unknown = body?.token || query?.token
    if (!request || typeof token !== 'string') return
    const { internalAdapter } = context
    const found = await internalAdapter.findVerificationValue(passwordTokenPrefix + token)
    if (!found) return
    const removal = await internalAdapter.findVerificationValue(secondFactorTokenPrefix + token)
    links.set(request, { userId: found.value, removesSecondFactor: removal?.value === found.value })
  })

  const afterReset = createAuthMiddleware(async ({ request, headers, context }) => {
    const { internalAdapter, adapter, returned } = context
    const link = request && links.get(request)
    if (link === undefined || isAPIError(returned)) return
    const { userId, removesSecondFactor } = link
    // Once more, now that the new password is there: one may have begun with the old one since.
    await internalAdapter.deleteUserSessions(userId)
    await adapter.deleteMany({ model: 'verification', where: [{ field: 'value', value: userId }] })
    const user = await internalAdapter.findUserById(userId)
    if (!user) return
    const account = toAccount(user)
    await forgetSignInFailures(database, accountHash(account.email))
    const about = { account, email: account.email, ip: headers?.get(clientAddressHeader) ?? null }
    await recordAbout(options, about, {
      action: 'auth.password_reset',
      description: 'A new password was set with a link.',
    })
    if (!removesSecondFactor || !account.twoFactorEnabled) return
    await adapter.deleteMany({ model: 'twoFactor', where: [{ field: 'userId', value: userId }] })
    await internalAdapter.updateUser(userId, { twoFactorEnabled: false })
    await recordAbout(options, about, {
      action: 'auth.second_factor_disabled',
      description: 'The second factor was removed with a link of the operator.',
    })
  })

  const beforeSignIn = createAuthMiddleware(async ({ body, request, context }) => {
    if (!request || typeof body?.email !== 'string') return
    const found = await context.internalAdapter.findUserByEmail(body.email.toLowerCase(), { includeAccounts: true })
    compared.set(request, found?.accounts.find(({ providerId }) => providerId === 'credential')?.password ?? null)
  })

  const afterSignIn = createAuthMiddleware(async ({ request, context }) => {
    const { newSession, internalAdapter } = context
    if (!request || !newSession) return
    const account = await internalAdapter.findCredentialAccount(newSession.user.id)
    if (account?.password === compared.get(request)) return
    await internalAdapter.deleteSession(newSession.session.token)
    context.setNewSession(null)
    throw new APIError('UNAUTHORIZED', {
      code: 'PASSWORD_CHANGED',
      message: 'The password was changed at this moment.',
    })
  })

  const on = (path: string) => (context: { path?: string | undefined }) => context.path === path
  return {
    id: 'atlas-password-resets',
    hooks: {
      before: [
        { matcher: on(resetPath), handler: beforeReset },
        { matcher: on(signInPath), handler: beforeSignIn },
      ],
      after: [
        { matcher: on(resetPath), handler: afterReset },
        { matcher: on(signInPath), handler: afterSignIn },
      ],
    },
  }
}
