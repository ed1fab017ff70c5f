import { Type } from 'typebox'
import { operatorChain } from '../domain/audit.ts'
import { administer } from './administration.ts'
import { created, defineRoute, ok, type Route } from './route.ts'
import { nullable, Time } from './schema.ts'
import type { Services } from './services.ts'
import { oidcProviderId } from './sign-in-options.ts'

const tag = 'Access'

export function signInRoutes(services: Services): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/sign-in-links',
      scope: 'operator',
      tag,
      summary: 'Make a link that signs in to the dashboard as the operator',
      description: 'It works once, within an hour.',
      responses: {
        201: {
          description: 'The link.',
          schema: Type.Object({ url: Type.String(), expires_at: Time }, { title: 'SignInLink' }),
        },
      },
      async handle(call) {
        const { url, expiresAt } = await services.signIn.operatorLink()
        await administer(services, call, operatorChain, async (_transaction, note) => {
          note({
            action: 'auth.link_created',
            target: { type: 'account', id: 'operator' },
            description: 'A link that signs in as the operator was made.',
          })
        })
        return created({ url, expires_at: expiresAt.toISOString() })
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/sign-in-methods',
      scope: 'public',
      tag,
      summary: 'How people can sign in to the dashboard',
      responses: {
        200: {
          description: 'A password always; and with a provider, if there is one.',
          schema: Type.Object(
            {
              provider: nullable(Type.Object({ id: Type.String(), name: Type.String() }, { title: 'SignInProvider' }), {
                description: 'An OpenID provider; null: there is none.',
              }),
            },
            { title: 'WaysToSignIn' },
          ),
        },
      },
      async handle() {
        const { oidc } = services.config
        return ok({ provider: oidc && { id: oidcProviderId, name: oidc.name } })
      },
    }),
  ]
}
