import type { AuditActor } from '../domain/audit.ts'
import { Problem } from '../errors.ts'
import { requireDatabase } from '../storage/account-pool.ts'
import { isDuplicate } from '../storage/failure.ts'
import { findRole } from '../storage/member.ts'
import type { Accounts, User } from './access.ts'
import type { Auth } from './sign-in-auth.ts'
import { recordAbout, toAccount } from './sign-in-log.ts'
import { linkSeconds, type SignInOptions } from './sign-in-options.ts'
import { passwordLink } from './sign-in-password-link.ts'

const madeByUs = { method: 'email-password' } as const
const operatorEmail = 'operator@atlas.localhost'

/**
 * Accounts, passwords, sessions, second factors and single sign-on, all of which are better-auth's. Its routes are below
 * `/auth`; what people may do once they are signed in is decided by Access.
 */
export class SignIn implements Accounts {
  readonly #options: SignInOptions
  readonly #inBackground = new Set<Promise<void>>()
  #auth: Promise<Auth> | null = null

  constructor(options: Omit<SignInOptions, 'background'>) {
    this.#options = { ...options, background: (work) => this.#finishLater(work) }
  }

  /** Resolves when what goes on after an answer is done. */
  async stop(): Promise<void> {
    await Promise.all(this.#inBackground)
  }

  #finishLater(work: Promise<void>): void {
    const { log } = this.#options
    const done = work
      .catch((error: unknown) => log.error({ part: 'sign-in', err: error }, 'what was asked for could not be done'))
      .finally(() => this.#inBackground.delete(done))
    this.#inBackground.add(done)
  }

  // Not before somebody signs in: to load better-auth takes longer than all else at the start, and many nodes never need
  // it. The public URL is known by then, too.
  get #better(): Promise<Auth> {
    this.#auth ??= import('./sign-in-auth.ts').then(({ createAuth }) => createAuth(this.#options))
    return this.#auth
  }

  get publicUrl(): string {
    return this.#options.publicUrl()
  }

  /** Answers a request below `/auth`. */
  async handle(request: Request): Promise<Response> {
    return await this.#whileDatabaseIsThere(async () => (await this.#better).handler(request))
  }

  async userOf(cookie: string): Promise<User | null> {
    const headers = new Headers({ cookie })
    const found = await this.#whileDatabaseIsThere(async () => (await this.#better).api.getSession({ headers }))
    if (!found) return null
    const { id, name, email, twoFactorEnabled, operator } = found.user
    return { id, name, email, twoFactorEnabled: twoFactorEnabled ?? false, operator }
  }

  async roleIn(workspaceId: string, userId: string) {
    return await findRole(this.#options.database, workspaceId, userId)
  }

  /** A link that signs in as the operator, once, within an hour. The account is made when there is none. */
  async operatorLink(): Promise<{ url: string; expiresAt: Date }> {
    const { publicUrl, now } = this.#options
    const { internalAdapter } = await (await this.#better).$context
    if (!(await internalAdapter.findUserByEmail(operatorEmail))) {
      const account = { email: operatorEmail, name: 'Operator', emailVerified: true, operator: true }
      await internalAdapter.createUser(account, madeByUs).catch((error: unknown) => {
        // Another node did so at this moment.
        if (!isDuplicate(error)) throw error
      })
    }
    const { promise, resolve } = Promise.withResolvers<string>()
    const expiresAt = new Date(now().getTime() + linkSeconds * 1_000)
    const metadata = { made: resolve }
    await (await this.#better).api.signInMagicLink({ body: { email: operatorEmail, metadata }, headers: new Headers() })
    // In the fragment, which reaches no log of a proxy.
    return { url: `${publicUrl()}/sign-in/link#token=${await promise}`, expiresAt }
  }

  /**
   * A link with which whoever has it sets a new password for an account, once, within half an hour; null: there is no
   * such account. All its sessions end then; its second factor stays, unless the link removes it.
   */
  async passwordLink(
    email: string,
    removesSecondFactor: boolean,
    actor: AuditActor,
    ip: string,
  ): Promise<{ url: string; expiresAt: Date } | null> {
    const { internalAdapter } = await (await this.#better).$context
    const found = await internalAdapter.findUserByEmail(email)
    if (!found) return null
    const description = removesSecondFactor
      ? 'A link that sets a new password and removes the second factor was made.'
      : 'A link that sets a new password was made.'
    const about = { account: toAccount(found.user), email, ip, actor }
    // First, so that nobody has a link that nothing is known of.
    await recordAbout(this.#options, about, { action: 'auth.password_link_created', description })
    return await passwordLink(internalAdapter, found.user.id, this.#options, removesSecondFactor)
  }

  /** What fails in better-auth does not say that it was the database, or even that nobody is signed in. */
  async #whileDatabaseIsThere<Result>(work: () => Promise<Result>): Promise<Result> {
    let result: Result
    try {
      result = await work()
    } catch (error) {
      await requireDatabase(this.#options.database)
      throw error
    }
    if (result instanceof Response && !result.ok) await requireDatabase(this.#options.database)
    return result
  }

  /** The account of an address; null: there is none. */
  async findAccount(email: string): Promise<{ id: string } | null> {
    const { internalAdapter } = await (await this.#better).$context
    return (await internalAdapter.findUserByEmail(email))?.user ?? null
  }

  /** Makes an account for somebody who has shown that the address is theirs. */
  async createAccount({ email, name, password }: { email: string; name: string; password: string }): Promise<User> {
    const context = await (await this.#better).$context
    const hashed = await context.password.hash(password)
    try {
      const { id } = await context.internalAdapter.createUser({ email, name, emailVerified: true }, madeByUs)
      await context.internalAdapter.linkAccount({
        ...{ userId: id, providerId: 'credential', accountId: id },
        password: hashed,
      })
      return { id, name, email, twoFactorEnabled: false, operator: false }
    } catch (error) {
      if (!isDuplicate(error)) throw error
      throw new Problem('conflict', 'There is an account with this e-mail by now: sign in.', { cause: error })
    }
  }
}
