import type { BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthMiddleware, getSessionFromCtx } from 'better-auth/api'
import { changesBetween } from '../domain/audit-note.ts'
import { signInPause } from '../domain/sign-in-pause.ts'
import { countSignInFailure, findSignInFailures, forgetSignInFailures } from '../storage/sign-in-failure.ts'
import { type Account, recordAbout, type Told, toAccount } from './sign-in-log.ts'
import { accountHash, clientAddressHeader, type RecorderOptions } from './sign-in-options.ts'

const namePath = '/update-user'
const verifyPath = '/two-factor/verify-totp'
/** After the password: the cookie of better-auth says whose it was. */
const secondFactorPaths: readonly string[] = [verifyPath, '/two-factor/verify-backup-code']
const longestName = 200
const secondFactorCookie = 'two_factor'
const signedOut: Told = { action: 'auth.signed_out', description: 'Somebody signed out.' }
const othersSignedOut: Told = { action: 'auth.signed_out', description: 'Sessions in other places were ended.' }
const refused: Told = { action: 'auth.sign_in_failed', description: 'A sign-in was refused.' }
const refusedCode: Told = { action: 'auth.sign_in_failed', description: 'A second factor was refused.' }
/** What somebody who is signed in does about that. */
const changes: Readonly<Record<string, Told>> = {
  '/sign-out': signedOut,
  '/revoke-session': othersSignedOut,
  '/revoke-sessions': othersSignedOut,
  '/revoke-other-sessions': othersSignedOut,
  '/change-password': { action: 'auth.password_changed', description: 'A password was changed.' },
  '/set-password': { action: 'auth.password_changed', description: 'A first password was set.' },
  [namePath]: { action: 'auth.name_changed', description: 'Somebody changed their name.' },
  [verifyPath]: { action: 'auth.second_factor_enabled', description: 'A second factor was set up.' },
  '/two-factor/disable': { action: 'auth.second_factor_disabled', description: 'The second factor was given up.' },
}

/**
 * Keeps guessing slow, for each account whether it exists or not, and records in the audit log who signed in, was
 * refused, or changed how they sign in: in that of each of their workspaces, and in the operator's for all others. Has to
 * be the last of the plugins, so that it sees what came of a request in the end.
 */
export function signInRecorder(options: RecorderOptions): BetterAuthPlugin {
  const { database, now } = options
  // Who asked: afterwards their session has ended or is another one.
  const askers = new WeakMap<Request, Account>()
  // Who has given their password and owes the second factor: a wrong one may end the attempt.
  const claimants = new WeakMap<Request, Account>()

  const before = createAuthMiddleware(async (context) => {
    const email = emailIn(context)
    if (email !== null) await requireNoPause(email)
    if (context.path === namePath) requireName(context.body)
    if (context.request && context.path in changes) {
      const session = await getSessionFromCtx(context)
      if (session) askers.set(context.request, toAccount(session.user))
    }
    if (context.request && secondFactorPaths.includes(context.path)) {
      const { createAuthCookie, internalAdapter, secret } = context.context
      const identifier = await context.getSignedCookie(createAuthCookie(secondFactorCookie).name, secret)
      const challenge = identifier ? await internalAdapter.findVerificationValue(identifier) : null
      const user = challenge && (await internalAdapter.findUserById(challenge.value))
      if (user) claimants.set(context.request, toAccount(user))
    }
  })

  async function requireNoPause(email: string): Promise<void> {
    const failed = await findSignInFailures(database, accountHash(email))
    if (failed === null) return
    const wait = failed.lastAt.getTime() + signInPause(failed.failures) - now().getTime()
    if (wait <= 0) return
    const seconds = Math.ceil(wait / 1_000)
    const message = `Too many attempts for this account. Try again in ${seconds} s.`
    throw new APIError('TOO_MANY_REQUESTS', { code: 'TOO_MANY_ATTEMPTS', message }, { 'retry-after': String(seconds) })
  }

  const after = createAuthMiddleware(async (context) => {
    const { newSession, returned, internalAdapter } = context.context
    const ip = context.headers?.get(clientAddressHeader) ?? null
    const asker = context.request && askers.get(context.request)
    if (returned instanceof APIError && returned.statusCode >= 400) {
      if (returned.statusCode !== 401) return
      const claimant = context.request && claimants.get(context.request)
      // How often they may try is counted by better-auth, for each account.
      if (claimant) return await record(claimant, claimant.email, ip, refusedCode)
      const email = emailIn(context)
      if (email === null) return
      await countSignInFailure(database, accountHash(email), now())
      const found = await internalAdapter.findUserByEmail(email)
      await record(found ? toAccount(found.user) : null, email, ip, refused)
    } else if (asker) {
      const change = changes[context.path]
      // The first code that is right turns the second factor on.
      if (change && !(context.path === verifyPath && asker.twoFactorEnabled))
        await record(asker, asker.email, ip, context.path === namePath ? renamed(change, asker, context.body) : change)
    } else if (newSession) {
      const account = toAccount(newSession.user)
      await forgetSignInFailures(database, accountHash(account.email))
      await record(account, account.email, ip, { action: 'auth.signed_in', description: 'Somebody signed in.' })
    }
  })

  async function record(account: Account | null, email: string, ip: string | null, told: Told): Promise<void> {
    await recordAbout(options, { account, email, ip }, told)
  }

  const always = () => true
  return {
    id: 'atlas-recorder',
    hooks: { before: [{ matcher: always, handler: before }], after: [{ matcher: always, handler: after }] },
  }
}

/** Of an account its owner changes nothing but the name. */
function requireName(body: unknown): void {
  const { name, ...others } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const isName = typeof name === 'string' && name.trim() !== '' && name.length <= longestName
  if (isName && Object.keys(others).length === 0) return
  const message = `Send a name, of 1 to ${longestName} characters, and nothing else.`
  throw new APIError('BAD_REQUEST', { code: 'INVALID_NAME', message })
}

function renamed(told: Told, { name: before }: Account, { name: after }: { name: string }): Told {
  return { ...told, metadata: { changes: changesBetween({ name: before }, { name: after }) } }
}

/** The account that somebody tries to sign in to with a password. */
function emailIn({ path, body }: { readonly path: string; readonly body?: unknown }): string | null {
  if (path !== '/sign-in/email' || typeof body !== 'object' || body === null || !('email' in body)) return null
  return typeof body.email === 'string' ? body.email.trim().toLowerCase().slice(0, 254) : null
}
