import { Type } from 'typebox'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import { isBatchProfile } from '../domain/profile.ts'
import { Problem } from '../errors.ts'
import { renderBody } from '../formats/atlas.ts'
import { composeBatch } from '../formats/batch-format.ts'
import { batchFormats } from '../formats/batch-formats.ts'
import { attemptsOfDelivery } from '../storage/attempt.ts'
import { findDelivery, listDeliveries, replayDeliveries, type StoredDelivery } from '../storage/delivery.ts'
import { findEndpointProfile } from '../storage/endpoint-profile.ts'
import { findEvent } from '../storage/event.ts'
import { administer, type WorkspaceAsker } from './administration.ts'
import { AttemptAnswer, LastError, LastStatus, showAttempt } from './attempt-answer.ts'
import { DeliveryAnswer, deliveryStates, showDelivery } from './delivery-answer.ts'
import { notFound, QueryReader, readId, timeQuery } from './field.ts'
import { pageOf, pageQuery, patience, readPage, shortPages, writeSlice } from './page.ts'
import { seesStream, streamSeenBy } from './portal-access.ts'
import { defineRoute, ok, type Route } from './route.ts'
import type { Services } from './services.ts'

const tag = 'Deliveries'

/** Why a delivery cannot be replayed; null: it can. */
export function whyNoReplay({ endpointStatus, sequence }: StoredDelivery): string | null {
  // It would get the whole schedule of retries, which nobody who presses a test button expects.
  if (sequence === 0) return 'A test cannot be replayed. Send another one.'
  if (endpointStatus === 'deleted') return 'The endpoint was deleted, so nothing can be sent to it any more.'
  if (endpointStatus === 'disabled') return 'The endpoint is disabled. Enable it first.'
  return null
}

/** The body of the requests that carried the delivery; of batches, with nothing else in it. null: its event is gone. */
async function sentBody({ database, publicUrl }: Services, delivery: StoredDelivery): Promise<string | null> {
  const event = await findEvent(database, delivery.workspaceId, delivery.eventId)
  const endpoint = await findEndpointProfile(database, delivery.endpointId)
  if (!event || !endpoint) return null
  if (!isBatchProfile(endpoint.profile)) return renderBody(event, delivery.sequence)
  const context = { endpoint, publicUrl: publicUrl() }
  return composeBatch(batchFormats[endpoint.profile], [{ event, delivery }], context).body.toString()
}

async function find(
  { database }: Services,
  { caller, params, workspace }: WorkspaceAsker & { readonly params: { readonly delivery: string } },
): Promise<StoredDelivery> {
  const id = readId(idPrefix.delivery, 'delivery', params.delivery)
  const found = await findDelivery(database, workspace.workspace.id, id)
  return found && seesStream(caller, found.stream) ? found : notFound('delivery')
}

export function deliveryRoutes(services: Services): Route[] {
  const { database, pipeline } = services
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/deliveries',
      scope: 'read',
      portal: true,
      tag,
      summary: 'List deliveries',
      description: shortPages,
      query: Type.Object(
        {
          ...pageQuery,
          endpoint: Type.Optional(Type.String()),
          event: Type.Optional(Type.String({ description: 'An event, or an entry of the audit log.' })),
          state: Type.Optional(
            Type.String({
              description: `One of ${deliveryStates.join(', ')}; or several, joined by commas.`,
              examples: ['retrying,dead_letter'],
            }),
          ),
          type: Type.Optional(
            Type.String({ description: 'A type, or a pattern as endpoints have them.', examples: ['deal.*'] }),
          ),
          last_error: Type.Optional(LastError),
          last_status: Type.Optional(LastStatus),
          ...timeQuery,
        },
        { additionalProperties: false },
      ),
      responses: { 200: { description: 'A page of deliveries, newest first.', schema: pageOf(DeliveryAnswer) } },
      async handle({ caller, query, workspace }) {
        const reader = new QueryReader()
        const filter = {
          ...readPage(query),
          workspaceId: workspace.workspace.id,
          endpointId: reader.id(idPrefix.endpoint, 'endpoint', query.endpoint),
          eventId: reader.carried('event', query.event),
          states: reader.words('state', query.state, deliveryStates),
          type: reader.typePattern('type', query.type),
          lastError: query.last_error ?? null,
          lastStatus: query.last_status ?? null,
          stream: streamSeenBy(caller),
          since: reader.time('since', query.since),
          until: reader.time('until', query.until),
          patience,
        }
        reader.finish()
        const slice = await listDeliveries(database, filter, () => services.now().getTime())
        return ok(writeSlice(slice, showDelivery))
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/deliveries/{delivery}',
      scope: 'read',
      portal: true,
      tag,
      summary: 'Show a delivery with its attempts',
      description: 'The newest 100 attempts, in the order in which they were made.',
      responses: {
        200: {
          description: 'The delivery.',
          schema: Type.Intersect([DeliveryAnswer, Type.Object({ attempts: Type.Array(AttemptAnswer) })], {
            title: 'DeliveryDetails',
          }),
        },
      },
      async handle(call) {
        const delivery = await find(services, call)
        const { id } = delivery
        const attempts = await attemptsOfDelivery(database, id)
        const body = attempts.length > 0 ? await sentBody(services, delivery) : null
        return ok({ ...showDelivery(delivery), attempts: attempts.map((attempt) => showAttempt(attempt, body)) })
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/workspaces/{workspace}/deliveries/{delivery}/replay',
      scope: 'manage',
      portal: true,
      tag,
      summary: 'Replay a delivery',
      description:
        'A settled delivery begins a new cycle of attempts. One that waits for a retry is attempted now and keeps its retry. Id and sequence stay, and attempts are counted on.',
      responses: { 202: { description: 'The delivery, as it waits now.', schema: DeliveryAnswer } },
      async handle(call) {
        const delivery = await find(services, call)
        const { id, workspaceId } = delivery
        const reason = whyNoReplay(delivery)
        if (reason !== null) throw new Problem('conflict', reason)
        const replayed = await administer(services, call, workspaceId, async (transaction, note) => {
          const [after] = await replayDeliveries(transaction, workspaceId, [id], services.now())
          if (!after) return notFound('delivery')
          note({
            action: 'webhook.redelivered',
            target: { type: 'delivery', id: call.params.delivery },
            description: 'A delivery was replayed.',
            metadata: { endpoint: toTypeId(idPrefix.endpoint, after.endpointId), was: delivery.state },
          })
          return after
        })
        pipeline.wake([replayed.endpointId])
        return { status: 202, body: showDelivery(replayed) }
      },
    }),
  ]
}
