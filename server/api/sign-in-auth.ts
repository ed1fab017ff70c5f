import { type BetterAuthOptions, betterAuth } from 'better-auth'
import { genericOAuth } from 'better-auth/plugins/generic-oauth'
import { magicLink } from 'better-auth/plugins/magic-link'
import { twoFactor } from 'better-auth/plugins/two-factor'
import {
  clientAddressHeader,
  linkSeconds,
  oidcProviderId,
  passwordTokenPrefix,
  type SignInOptions,
  secondFactorTokenPrefix,
  signInPath,
} from './sign-in-options.ts'
import { passwords } from './sign-in-password.ts'
import { providerFailures } from './sign-in-provider.ts'
import { signInRecorder } from './sign-in-recorder.ts'
import { passwordResets } from './sign-in-reset.ts'

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
    disabledPaths: [
      ...['/sign-in/magic-link', '/sign-up/email', '/delete-user', '/change-email', '/update-user-email'],
      // Ours is /forgotten-password.
      ...['/request-password-reset', '/link-social', '/unlink-account'],
    ],
    emailAndPassword: {
      ...{ enabled: true, disableSignUp: true, minPasswordLength: 10, maxPasswordLength: 200 },
      revokeSessionsOnPasswordReset: true,
    },
    // Of what lets somebody in without a password nothing can be read from the database.
    verification: {
      storeIdentifier: {
        default: 'plain',
        overrides: { [passwordTokenPrefix]: 'hashed', [secondFactorTokenPrefix]: 'hashed' },
      },
    },
    // An account that there is goes to whom the provider has checked the address of: to have typed it there is not enough.
    account: { accountLinking: { enabled: true }, encryptOAuthTokens: true },
    // One may look at one's sessions however old this one is; what needs a new one says so itself.
    session: { expiresIn: 7 * day, updateAge: day, freshAge: 0 },
    user: {
      additionalFields: { operator: { type: 'boolean', required: true, defaultValue: false, input: false } },
    },
    rateLimit: {
      ...{ enabled: true, storage: 'database', window: 60, max: 300 },
      customRules: {
        '/sign-in/*': { window: 60, max: 30 },
        '/two-factor/*': { window: 60, max: 15 },
        '/magic-link/*': { window: 60, max: 15 },
        '/forgotten-password': { window: 60, max: 10 },
        '/reset-password': { window: 60, max: 15 },
        '/reset-password/*': { window: 60, max: 15 },
        '/change-password': { window: 60, max: 15 },
        '/callback/*': { window: 60, max: 30 },
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
    onAPIError: { throw: true, errorURL: `${url}/sign-in` },
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
      providerFailures(options),
      passwords(options),
      passwordResets(options),
      signInRecorder(options),
    ],
  } satisfies BetterAuthOptions
  return betterAuth(settings)
}
