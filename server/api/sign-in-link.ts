import { Type } from 'typebox'
import { operatorChain } from '../domain/audit.ts'
import { Problem } from '../errors.ts'
import { actorOf, administer } from './administration.ts'
import { created, defineRoute, ok, type Route } from './route.ts'
import { nullable, Time } from './schema.ts'
import type { Services } from './services.ts'
import { oidcProviderId, passwordLinkMinutes } from './sign-in-options.ts'

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
      method: 'POST',
      path: '/v1/password-links',
      scope: 'operator',
      tag,
      summary: 'Make a link that sets a new password for somebody',
      description: `It works once, within ${passwordLinkMinutes} minutes. All sessions of the account end then. A second factor stays, unless remove_second_factor says otherwise, for who has lost it. Only the operator makes such links: whoever has one is that person in all of their workspaces.`,
      body: Type.Object(
        {
          email: Type.String({ format: 'email', maxLength: 254 }),
          remove_second_factor: Type.Optional(
            Type.Boolean({
              default: false,
              description: 'Whether the second factor goes when the link is used: then the link alone is enough.',
            }),
          ),
        },
        { title: 'PasswordLinkToMake', additionalProperties: false, examples: [{ email: 'ada@acme.example' }] },
      ),
      responses: {
        201: {
          description: 'The link, for the person.',
          schema: Type.Object({ url: Type.String(), expires_at: Time }, { title: 'PasswordLink' }),
        },
      },
      async handle({ body, caller, ip }) {
        const email = body.email.toLowerCase()
        const link = await services.signIn.passwordLink(
          email,
          body.remove_second_factor ?? false,
          actorOf(caller, ip),
          ip,
        )
        if (!link) throw new Problem('not_found', 'There is no account with this e-mail.')
        return created({ url: link.url, expires_at: link.expiresAt.toISOString() })
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
              password_mails: Type.Boolean({
                description: 'Whether who forgot their password gets a link by mail; if not, the operator makes one.',
              }),
            },
            { title: 'WaysToSignIn' },
          ),
        },
      },
      async handle() {
        const { oidc } = services.config
        return ok({
          provider: oidc && { id: oidcProviderId, name: oidc.name },
          password_mails: services.outbox !== null,
        })
      },
    }),
  ]
}
