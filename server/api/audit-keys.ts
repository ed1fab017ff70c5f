import { Type } from 'typebox'
import { defineRoute, type Route } from './route.ts'
import type { Services } from './services.ts'

/** Where the public keys are that checkpoints of the audit log are verified with. */
export function auditKeyRoutes({ auditSigner }: Services): Route[] {
  const answer = () => JSON.stringify({ keys: auditSigner.publicKeys })
  return [
    defineRoute({
      method: 'GET',
      path: '/.well-known/atlas-audit-keys',
      scope: 'public',
      tag: 'Audit log',
      summary: 'Show the public keys of the audit log',
      description:
        'A JSON Web Key Set (RFC 7517, RFC 8037). The first key signs the checkpoints now. Keep a copy elsewhere: who can replace it can sign anything.',
      responses: {
        200: {
          description: 'The keys.',
          schema: Type.Object(
            {
              keys: Type.Array(
                Type.Object(
                  {
                    kty: Type.Literal('OKP'),
                    crv: Type.Literal('Ed25519'),
                    x: Type.String(),
                    kid: Type.String({ description: 'The thumbprint of the key, RFC 7638.' }),
                    use: Type.Literal('sig'),
                    alg: Type.Literal('EdDSA'),
                  },
                  { title: 'AuditKey' },
                ),
              ),
            },
            { title: 'AuditKeys' },
          ),
          mediaType: 'application/jwk-set+json',
        },
      },
      async handle() {
        return { status: 200, text: answer(), mediaType: 'application/jwk-set+json' }
      },
    }),
  ]
}
