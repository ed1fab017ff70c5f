import { Type } from 'typebox'
import { fromTypeId, idPrefix, toTypeId } from '../domain/identifier.ts'
import { Problem } from '../errors.ts'
import { deliveriesOfEvent, replayDeliveries, type StoredDelivery } from '../storage/delivery.ts'
import { type EventSummary, findEvent, listEvents } from '../storage/event.ts'
import { shortPages, whyNoReplay } from './delivery.ts'
import { DeliveryAnswer, showDelivery } from './delivery-answer.ts'
import { notFound, plainText, QueryReader, readId, timeQuery } from './field.ts'
import { pageOf, pageQuery, readPage, writeSlice } from './page.ts'
import { defineRoute, ok, type Route } from './route.ts'
import { Time } from './schema.ts'
import type { Services } from './services.ts'
import { invalid } from './validation.ts'

const tag = 'Events'

const eventFields = {
  id: Type.String({ examples: ['evt_01h455vb4pex5vsknk084sn02q'] }),
  type: Type.String(),
  created: Type.Integer({ description: 'Unix seconds.' }),
  tags: Type.Array(Type.String()),
  test: Type.Boolean({ description: 'Sent by the test of an endpoint, to that endpoint only.' }),
  received_at: Time,
}
const EventSummaryAnswer = Type.Object(eventFields)
const EventAnswer = Type.Object({
  ...eventFields,
  data: Type.Object({}, { description: 'Exactly as it was published.' }),
  deliveries: Type.Array(DeliveryAnswer),
})

function show(event: EventSummary) {
  return {
    id: toTypeId(idPrefix.event, event.id),
    type: event.type,
    created: event.created,
    tags: event.tags,
    test: event.test,
    received_at: event.receivedAt.toISOString(),
  }
}

export function eventRoutes(services: Services): Route[] {
  const { database, pipeline } = services
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/events',
      scope: 'read',
      tag,
      summary: 'List events',
      description: `Without their data. ${shortPages}`,
      query: Type.Object(
        {
          ...pageQuery,
          type: Type.Optional(Type.String()),
          tag: Type.Optional(Type.String({ maxLength: 64, pattern: plainText })),
          ...timeQuery,
          q: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 200,
              pattern: plainText,
              description:
                'The id of an event, or text to find in the type or in the first 16,384 characters of the data as published, whatever the case. Each page searches up to 2,000 events.',
            }),
          ),
        },
        { additionalProperties: false },
      ),
      responses: { 200: { description: 'A page of events, newest first.', schema: pageOf(EventSummaryAnswer) } },
      async handle({ query, workspace }) {
        const reader = new QueryReader()
        const id = query.q === undefined ? null : fromTypeId(idPrefix.event, query.q)
        const filter = {
          ...readPage(query),
          workspaceId: workspace.workspace.id,
          type: reader.type('type', query.type),
          tag: query.tag ?? null,
          id,
          text: id === null ? (query.q ?? null) : null,
          since: reader.time('since', query.since),
          until: reader.time('until', query.until),
        }
        reader.finish()
        return ok(writeSlice(await listEvents(database, filter), show))
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/events/{event}',
      scope: 'read',
      tag,
      summary: 'Show an event with its deliveries',
      responses: { 200: { description: 'The event.', schema: EventAnswer } },
      async handle({ params, workspace }) {
        const id = readId(idPrefix.event, 'event', params.event)
        const workspaceId = workspace.workspace.id
        const event = (await findEvent(database, workspaceId, id)) ?? notFound('event')
        const deliveries = (await deliveriesOfEvent(database, workspaceId, id)).map(showDelivery)
        const envelope = JSON.stringify({ ...show(event), deliveries })
        // The data goes in as text: parsed and printed again, it would be other data.
        return { status: 200, text: `${envelope.slice(0, -1)},"data":${event.data}}` }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/workspaces/{workspace}/events/{event}/replay',
      scope: 'manage',
      tag,
      summary: 'Replay an event',
      description:
        'To one endpoint or to all that it has a delivery for, except deleted and disabled ones. See the replay of a delivery.',
      body: Type.Object(
        { endpoint: Type.Optional(Type.String({ description: 'The id of one endpoint; all without it.' })) },
        { additionalProperties: false, examples: [{}] },
      ),
      responses: {
        202: {
          description: 'The deliveries, as they wait now.',
          schema: Type.Object({ deliveries: Type.Array(DeliveryAnswer) }),
        },
      },
      async handle({ body, params, workspace }) {
        const id = readId(idPrefix.event, 'event', params.event)
        const reader = new QueryReader()
        const endpointId = reader.id(idPrefix.endpoint, 'endpoint', body.endpoint)
        reader.finish()
        const workspaceId = workspace.workspace.id
        if (!(await findEvent(database, workspaceId, id))) notFound('event')
        const wanted = choose(await deliveriesOfEvent(database, workspaceId, id), endpointId)
        const replayed = await replayDeliveries(database, workspaceId, wanted, services.now())
        pipeline.wake(replayed.map((delivery) => delivery.endpointId))
        return { status: 202, body: { deliveries: replayed.map(showDelivery) } }
      },
    }),
  ]
}

/** The ids of the deliveries to replay. Throws when there is none. */
function choose(deliveries: readonly StoredDelivery[], endpointId: string | null): string[] {
  if (endpointId !== null) {
    const delivery = deliveries.find((each) => each.endpointId === endpointId)
    if (!delivery) {
      const message = 'has no delivery of this event; an event can be replayed to the endpoints that it went to'
      throw invalid([{ path: 'endpoint', message }])
    }
    const reason = whyNoReplay(delivery)
    if (reason !== null) throw new Problem('conflict', reason)
    return [delivery.id]
  }
  const ids = deliveries.filter((delivery) => whyNoReplay(delivery) === null).map(({ id }) => id)
  if (ids.length > 0) return ids
  throw new Problem('conflict', 'The event has no delivery to an endpoint that takes any.')
}
