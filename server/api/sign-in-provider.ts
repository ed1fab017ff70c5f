import type { BetterAuthPlugin } from 'better-auth'
import { type APIError, createAuthMiddleware, isAPIError } from 'better-auth/api'
import { operatorChain } from '../domain/audit.ts'
import { noted } from '../domain/audit-note.ts'
import { appendAudit } from '../storage/audit-append.ts'
import { clientAddressHeader, oidcProviderId, type SignInOptions } from './sign-in-options.ts'

const startPath = '/sign-in/social'
const callbackPath = '/callback/:id'
/** What a provider says has gone wrong is in words that it chose. */
const codePattern = /^[a-z0-9_.-]{1,64}$/i

/**
 * Records in the operator's audit log what fails between us and the provider. It does not say whose sign-in it was, so
 * the provider itself is what the entry is about.
 */
export function providerFailures({ database, now, audited, oidc }: SignInOptions): BetterAuthPlugin {
  const after = createAuthMiddleware(async ({ path, body, params, headers, context }) => {
    const { returned } = context
    const provider: unknown = path === startPath ? body?.provider : params?.id
    if (!oidc || provider !== oidcProviderId || !isAPIError(returned)) return
    const code = path === startPath ? codeOfStart(returned) : codeOfCallback(returned)
    if (code === null) return
    const ip = headers?.get(clientAddressHeader) ?? null
    const entry = noted(
      {
        action: 'auth.sign_in_failed',
        description: 'A sign-in with the provider failed.',
        target: { type: 'provider', id: oidcProviderId, name: oidc.name },
        metadata: { error: codePattern.test(code) ? code : 'other' },
      },
      { type: 'anonymous', id: oidcProviderId, name: null, ip },
    )
    await database.transaction((transaction) => appendAudit(transaction, operatorChain, [entry], now()))
    audited(operatorChain)
  })
  return {
    id: 'atlas-provider-failures',
    hooks: { after: [{ matcher: ({ path }) => path === startPath || path === callbackPath, handler: after }] },
  }
}

/** Before anybody is sent to the provider: it could not be asked where its pages are. */
function codeOfStart({ statusCode, body }: APIError): string | null {
  if (statusCode < 400) return null
  return body?.code === 'PROVIDER_NOT_FOUND' ? 'provider_unreachable' : String(body?.code ?? statusCode)
}

/** What people are sent back to the sign-in page with; null: all went well. */
function codeOfCallback({ statusCode, headers }: APIError): string | null {
  if (statusCode >= 400) return String(statusCode)
  const location = new Headers(headers).get('location')
  return location === null ? null : (URL.parse(location, 'http://any.localhost')?.searchParams.get('error') ?? null)
}
