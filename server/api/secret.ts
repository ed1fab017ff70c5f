import { Type } from 'typebox'
import { idPrefix } from '../domain/identifier.ts'
import { mostPreviousSecrets, rotateSecret } from '../domain/secret-rotation.ts'
import { generateSecret, secretBytes } from '../domain/signature.ts'
import { Problem } from '../errors.ts'
import { findEndpoint } from '../storage/endpoint.ts'
import { endPreviousSecrets, replaceSecret } from '../storage/previous-secret.ts'
import { changeConfiguration } from './administration.ts'
import { endpointTarget } from './endpoint-audit.ts'
import { notFound, readId } from './field.ts'
import { defineRoute, noContent, ok, type Route } from './route.ts'
import { Time } from './schema.ts'
import type { Services } from './services.ts'

const tag = 'Endpoints'

export function secretRoutes(services: Services): Route[] {
  const { keyring, randomBytes } = services
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/workspaces/{workspace}/endpoints/{endpoint}/secret/rotate',
      scope: 'manage',
      portal: true,
      tag,
      summary: 'Rotate the secret',
      description: `The new secret signs at once; it is in this answer and never again. The old one signs beside it for 24 hours, the new one first. One that was rotated away before ends at its own time. At most ${mostPreviousSecrets} old ones at the same time.`,
      responses: {
        200: {
          description: 'The new secret, and when the one before it ends.',
          schema: Type.Object({ secret: Type.String(), previous_expires_at: Time }, { title: 'RotatedSecret' }),
        },
      },
      async handle(call) {
        const { params, workspace } = call
        const id = readId(idPrefix.endpoint, 'endpoint', params.endpoint)
        const workspaceId = workspace.workspace.id
        const { endpoint, previous } = await changeConfiguration(services, call, async (transaction, note) => {
          // Behind the lock, or of two rotations at once one would be lost.
          const before = (await findEndpoint(transaction, workspaceId, id, keyring)) ?? notFound('endpoint')
          const rotated = rotateSecret(before, generateSecret(randomBytes(secretBytes)), services.now())
          if (!rotated) throw new Problem('conflict', tooMany)
          const rotation = { ...rotated.previous, id: services.newId() }
          await replaceSecret(transaction, rotated.endpoint, rotation, { keyring, random: randomBytes })
          note({
            action: 'webhook.secret_rotated',
            target: endpointTarget(before),
            description: 'An endpoint got a new secret.',
            metadata: { previous_expires_at: rotated.previous.expiresAt },
          })
          return rotated
        })
        return ok({ secret: endpoint.secret, previous_expires_at: previous.expiresAt.toISOString() })
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/workspaces/{workspace}/endpoints/{endpoint}/secret/previous',
      scope: 'manage',
      portal: true,
      tag,
      summary: 'End the old secrets at once',
      description: 'Such as when one has leaked. From then on the present secret alone signs.',
      responses: { 204: { description: 'None is valid any more.' } },
      async handle(call) {
        const { params, workspace } = call
        const id = readId(idPrefix.endpoint, 'endpoint', params.endpoint)
        const workspaceId = workspace.workspace.id
        await changeConfiguration(services, call, async (transaction, note) => {
          const endpoint = (await findEndpoint(transaction, workspaceId, id, keyring)) ?? notFound('endpoint')
          await endPreviousSecrets(transaction, id)
          note({
            action: 'webhook.secret_rotated',
            target: endpointTarget(endpoint),
            description: 'The old secrets of an endpoint were ended.',
            metadata: { ended: endpoint.previousSecrets.length },
          })
        })
        return noContent()
      },
    }),
  ]
}

const tooMany = `${mostPreviousSecrets} old secrets of this endpoint are still valid. End them, or wait until the first has expired.`
