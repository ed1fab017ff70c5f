import { type BetterAuthOptions, betterAuth } from 'better-auth'
import { genericOAuth } from 'better-auth/plugins/generic-oauth'
import { magicLink } from 'better-auth/plugins/magic-link'
import { twoFactor } from 'better-auth/plugins/two-factor'
import type { BaseLogger } from 'pino'
import type { OidcProvider } from '../config.ts'
import type { SignInSecret } from '../domain/sign-in-secret.ts'
import { Problem } from '../errors.ts'
import { type AccountPool, requireDatabase } from '../storage/account-pool.ts'
import { isDuplicate } from '../storage/failure.ts'
import { findRole } from '../storage/member.ts'
import type { Accounts, User } from './access.ts'
import { clientAddressHeader, type RecorderOptions, signInRecorder } from './sign-in-recorder.ts'

export interface SignInOptions extends RecorderOptions {
  /** For the tables of better-auth. */
  readonly pool: AccountPool
  /** The newest first. */
  readonly secrets: readonly SignInSecret[]
  readonly publicUrl: () => string
  readonly oidc: OidcProvider | null
  readonly newId: () => string
  readonly log: BaseLogger
}

/** Where the routes of better-auth are. */
export const signInPath = '/auth'
export const oidcProviderId = 'oidc'

const day = 86_400
const linkSeconds = 3_600
const madeByUs = { method: 'email-password' } as const
const operatorEmail = 'operator@atlas.localhost'

/**
 * Accounts, passwords, sessions, second factors and single sign-on, all of which are better-auth's. Its routes are below
 * `/auth`; what people may do once they are signed in is decided by Access.
 */
export class SignIn implements Accounts {
  readonly #options: SignInOptions
  #auth: ReturnType<typeof createAuth> | null = null

  constructor(options: SignInOptions) {
    this.#options = options
  }

  // The public URL is known when the port is.
  get #better(): ReturnType<typeof createAuth> {
    this.#auth ??= createAuth(this.#options)
    return this.#auth
  }

  get publicUrl(): string {
    return this.#options.publicUrl()
  }

  /** Answers a request below `/auth`. */
  async handle(request: Request): Promise<Response> {
    return await this.#whileDatabaseIsThere(() => this.#better.handler(request))
  }

  async userOf(cookie: string): Promise<User | null> {
    const headers = new Headers({ cookie })
    const found = await this.#whileDatabaseIsThere(() => this.#better.api.getSession({ headers }))
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
    const { internalAdapter } = await this.#better.$context
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
    await this.#better.api.signInMagicLink({ body: { email: operatorEmail, metadata }, headers: new Headers() })
    // In the fragment, which reaches no log of a proxy.
    return { url: `${publicUrl()}/sign-in/link#token=${await promise}`, expiresAt }
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
    const { internalAdapter } = await this.#better.$context
    return (await internalAdapter.findUserByEmail(email))?.user ?? null
  }

  /** Makes an account for somebody who has shown that the address is theirs. */
  async createAccount({ email, name, password }: { email: string; name: string; password: string }): Promise<User> {
    const context = await this.#better.$context
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

function createAuth(options: SignInOptions) {
  const { pool, secrets, publicUrl, oidc, newId, log } = options
  const url = publicUrl()
  const settings = {
    appName: 'Atlas Webhooks',
    baseURL: url,
    basePath: signInPath,
    secrets: [...secrets],
    database: pool,
    telemetry: { enabled: false },
    // Behind a proxy, or as localhost: a page of this server, whatever it was called.
    trustedOrigins: (request) => {
      const host = request?.headers.get('host')
      return host ? [url, `http://${host}`, `https://${host}`] : [url]
    },
    disabledPaths: ['/sign-in/magic-link', '/sign-up/email', '/delete-user', '/change-email', '/update-user-email'],
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 10, maxPasswordLength: 200 },
    // An account that there is goes to whom the provider has checked the address of: to have typed it there is not enough.
    account: { accountLinking: { enabled: true }, encryptOAuthTokens: true },
    session: { expiresIn: 7 * day, updateAge: day },
    user: {
      additionalFields: { operator: { type: 'boolean', required: true, defaultValue: false, input: false } },
    },
    rateLimit: {
      ...{ enabled: true, storage: 'database', window: 60, max: 300 },
      customRules: {
        '/sign-in/*': { window: 60, max: 30 },
        '/two-factor/*': { window: 60, max: 15 },
        '/magic-link/*': { window: 60, max: 15 },
      },
    },
    advanced: {
      cookiePrefix: 'atlas',
      database: { generateId: () => newId() },
      ipAddress: { ipAddressHeaders: [clientAddressHeader] },
    },
    logger: {
      level: 'error',
      log: (level, message) => void (level === 'error' && log.error({ part: 'sign-in' }, message)),
    },
    // What fails in here is answered like everywhere else.
    onAPIError: { throw: true },
    plugins: [
      twoFactor({ issuer: 'Atlas Webhooks' }),
      magicLink({
        ...{ expiresIn: linkSeconds, disableSignUp: true, storeToken: 'hashed' },
        // Nobody but operatorLink asks for one: its route is disabled.
        sendMagicLink: async ({ token, metadata }) => metadata?.made(token),
      }),
      genericOAuth({
        config: oidc
          ? [
              {
                providerId: oidcProviderId,
                discoveryUrl: `${oidc.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
                clientId: oidc.clientId,
                clientSecret: oidc.clientSecret,
                scopes: ['openid', 'email', 'profile'],
                pkce: true,
                requireIdTokenVerification: true,
              },
            ]
          : [],
      }),
      signInRecorder(options),
    ],
  } satisfies BetterAuthOptions
  return betterAuth(settings)
}
