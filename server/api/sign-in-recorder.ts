import { hash } from 'node:crypto'
import type { BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthMiddleware, getSessionFromCtx } from 'better-auth/api'
import { operatorChain } from '../domain/audit.ts'
import { userActor } from '../domain/audit-actor.ts'
import { type AuditNote, noted } from '../domain/audit-note.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import { signInPause } from '../domain/sign-in-pause.ts'
import { appendAudit } from '../storage/audit-append.ts'
import { membershipsOf } from '../storage/member.ts'
import { countSignInFailure, findSignInFailures, forgetSignInFailures } from '../storage/sign-in-failure.ts'
import { holdWorkspace } from '../storage/workspace.ts'
import { clientAddressHeader, type RecorderOptions } from './sign-in-options.ts'

// Of somebody with more memberships than that, the rest of the workspaces is not told.
const mostLogs = 50

interface Account {
  readonly id: string
  readonly email: string
  readonly operator: boolean
  readonly twoFactorEnabled?: boolean | null
}

type Told = Pick<AuditNote, 'action' | 'description'>

const verifyPath = '/two-factor/verify-totp'
/** After the password: the cookie of better-auth says whose it was. */
const secondFactorPaths: readonly string[] = [verifyPath, '/two-factor/verify-backup-code']
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
  [verifyPath]: { action: 'auth.second_factor_enabled', description: 'A second factor was set up.' },
  '/two-factor/disable': { action: 'auth.second_factor_disabled', description: 'The second factor was given up.' },
}

/**
 * Keeps guessing slow, for each account whether it exists or not, and records in the audit log who signed in, was
 * refused, or changed how they sign in: in that of each of their workspaces, and in the operator's for all others. Has to
 * be the last of the plugins, so that it sees what came of a request in the end.
 */
export function signInRecorder({ database, now, audited }: RecorderOptions): BetterAuthPlugin {
  // Who asked: afterwards their session has ended or is another one.
  const askers = new WeakMap<Request, Account>()
  // Who has given their password and owes the second factor: a wrong one may end the attempt.
  const claimants = new WeakMap<Request, Account>()

  const before = createAuthMiddleware(async (context) => {
    const email = emailIn(context)
    if (email !== null) await requireNoPause(email)
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
        await record(asker, asker.email, ip, change)
    } else if (newSession) {
      const account = toAccount(newSession.user)
      await forgetSignInFailures(database, accountHash(account.email))
      await record(account, account.email, ip, { action: 'auth.signed_in', description: 'Somebody signed in.' })
    }
  })

  async function record(account: Account | null, email: string, ip: string | null, told: Told): Promise<void> {
    const actor = account ? userActor(account, ip) : { type: 'anonymous', id: email, name: null, ip }
    const id = account ? toTypeId(idPrefix.user, account.id) : email
    const entry = noted({ ...told, target: { type: 'account', id, name: email } }, actor)
    const memberships = account ? await membershipsOf(database, account.id, mostLogs) : []
    const chains = memberships.map((workspace) => workspace.id)
    const isOurs = account === null || account.operator || chains.length === 0
    for (const chain of isOurs ? [operatorChain, ...chains] : chains) {
      await database.transaction(async (transaction) => {
        if (chain !== operatorChain && !(await holdWorkspace(transaction, chain))) return
        await appendAudit(transaction, chain, [entry], now())
      })
      audited(chain)
    }
  }

  const always = () => true
  return {
    id: 'atlas-recorder',
    hooks: { before: [{ matcher: always, handler: before }], after: [{ matcher: always, handler: after }] },
  }
}

function accountHash(email: string): Buffer {
  return hash('sha256', email.trim().toLowerCase(), 'buffer')
}

/** The account that somebody tries to sign in to with a password. */
function emailIn({ path, body }: { readonly path: string; readonly body?: unknown }): string | null {
  if (path !== '/sign-in/email' || typeof body !== 'object' || body === null || !('email' in body)) return null
  return typeof body.email === 'string' ? body.email.trim().toLowerCase().slice(0, 254) : null
}

function toAccount(user: { readonly id: string; readonly email: string } & Record<string, unknown>): Account {
  const { id, email } = user
  return { id, email, operator: user.operator === true, twoFactorEnabled: user.twoFactorEnabled === true }
}
