import { Type } from 'typebox'
import { takesEvents } from '../domain/endpoint.ts'
import { deliveryId, idPrefix, toTypeId } from '../domain/identifier.ts'
import { Problem } from '../errors.ts'
import type { Session } from '../storage/database.ts'
import { deliveriesOfEvent, findDelivery, replayDeliveries, type StoredDelivery } from '../storage/delivery.ts'
import { findEndpoint } from '../storage/endpoint.ts'
import { findPublished, type StoredEvent } from '../storage/event.ts'
import { addLateDelivery } from '../storage/late-delivery.ts'
import { administer, type Note, type WorkspaceAsker } from './administration.ts'
import { whyNoReplay } from './delivery.ts'
import { DeliveryAnswer, showDelivery } from './delivery-answer.ts'
import { notFound, QueryReader, readId } from './field.ts'
import { seesStream } from './portal-access.ts'
import { defineRoute, type Route } from './route.ts'
import type { Services } from './services.ts'
import { invalid } from './validation.ts'

export function eventReplayRoute(services: Services): Route {
  const { database, pipeline } = services
  return defineRoute({
    method: 'POST',
    path: '/v1/workspaces/{workspace}/events/{event}/replay',
    scope: 'manage',
    portal: true,
    tag: 'Events',
    summary: 'Replay an event',
    description:
      'To one endpoint, or to all that it has a delivery for, except deleted and disabled ones. An endpoint that it did not go to, such as one that was created later, gets a delivery with its next sequence. See the replay of a delivery.',
    body: Type.Object(
      { endpoint: Type.Optional(Type.String({ description: 'The id of one endpoint; all without it.' })) },
      { title: 'EventReplay', additionalProperties: false, examples: [{}] },
    ),
    responses: {
      202: {
        description: 'The deliveries, as they wait now.',
        schema: Type.Object({ deliveries: Type.Array(DeliveryAnswer) }, { title: 'ReplayedEvent' }),
      },
    },
    async handle(call) {
      const { body, params, workspace } = call
      const id = readId(idPrefix.event, 'event', params.event)
      const reader = new QueryReader()
      const endpointId = reader.id(idPrefix.endpoint, 'endpoint', body.endpoint)
      reader.finish()
      const workspaceId = workspace.workspace.id
      const event = (await findPublished(database, workspaceId, id)) ?? notFound('event')
      const deliveries = await deliveriesOfEvent(database, workspaceId, id)
      if (endpointId !== null && !deliveries.some((delivery) => delivery.endpointId === endpointId)) {
        const added = await administer(services, call, workspaceId, async (transaction, note) => {
          const late = await addLate(services, transaction, event, endpointId, call)
          noteReplay(note, event.id, [late])
          return late
        })
        pipeline.wake([endpointId])
        return { status: 202, body: { deliveries: [showDelivery(added)] } }
      }
      const replayed = await administer(services, call, workspaceId, async (transaction, note) => {
        const chosen = choose(deliveries, endpointId)
        const after = await replayDeliveries(transaction, workspaceId, chosen, services.now())
        noteReplay(note, event.id, after)
        return after
      })
      pipeline.wake(replayed.map((delivery) => delivery.endpointId))
      return { status: 202, body: { deliveries: replayed.map(showDelivery) } }
    },
  })
}

function noteReplay(note: Note, eventId: string, deliveries: readonly StoredDelivery[]): void {
  const endpoints = deliveries.map(({ endpointId }) => toTypeId(idPrefix.endpoint, endpointId))
  note({
    action: 'webhook.redelivered',
    target: { type: 'event', id: toTypeId(idPrefix.event, eventId) },
    description: 'An event was replayed.',
    metadata: { endpoints },
  })
}

/** The delivery of an event to an endpoint that it did not go to so far. */
async function addLate(
  { keyring, now }: Services,
  transaction: Session,
  event: StoredEvent,
  endpointId: string,
  { caller }: WorkspaceAsker,
): Promise<StoredDelivery> {
  const { workspaceId, type } = event
  const endpoint = await findEndpoint(transaction, workspaceId, endpointId, keyring)
  if (!endpoint || !seesStream(caller, endpoint.stream)) {
    throw invalid([{ path: 'endpoint', message: 'is no endpoint of this workspace' }])
  }
  if (event.test) throw new Problem('conflict', 'The event is a test, which goes to the endpoint that it tested only.')
  if (endpoint.stream !== event.stream) {
    const message = 'is of the audit stream, which gets no events'
    throw invalid([{ path: 'endpoint', message }])
  }
  if (!takesEvents(endpoint)) throw new Problem('conflict', 'The endpoint is disabled. Enable it first.')
  const id = deliveryId(event.id, endpointId)
  await addLateDelivery(transaction, { id, eventId: event.id, endpointId, workspaceId, type }, now())
  const added = await findDelivery(transaction, workspaceId, id)
  if (!added) throw new Problem('conflict', 'The endpoint was disabled or deleted at this moment.')
  return added
}

/** The ids of the deliveries to replay. Throws when there is none. */
function choose(deliveries: readonly StoredDelivery[], endpointId: string | null): string[] {
  const wanted = endpointId === null ? deliveries : deliveries.filter((each) => each.endpointId === endpointId)
  const [only] = wanted
  const reason = endpointId !== null && only ? whyNoReplay(only) : null
  if (reason !== null) throw new Problem('conflict', reason)
  const ids = wanted.filter((delivery) => whyNoReplay(delivery) === null).map(({ id }) => id)
  if (ids.length > 0) return ids
  throw new Problem('conflict', 'The event has no delivery to an endpoint that takes any.')
}
