import { type BetterAuthOptions, betterAuth } from 'better-auth'
import { genericOAuth } from 'better-auth/plugins/generic-oauth'
import { magicLink } from 'better-auth/plugins/magic-link'
import { twoFactor } from 'better-auth/plugins/two-factor'
import { clientAddressHeader, linkSeconds, oidcProviderId, type SignInOptions, signInPath } from './sign-in-options.ts'
import { signInRecorder } from './sign-in-recorder.ts'

const day = 86_400

/** How better-auth is set up. */
export type Auth = ReturnType<typeof createAuth>

export function createAuth(options: SignInOptions) {
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
