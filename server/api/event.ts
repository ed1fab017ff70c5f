import { Type } from 'typebox'
import { fromTypeId, idPrefix, toTypeId } from '../domain/identifier.ts'
import { deliveriesOfEvent } from '../storage/delivery.ts'
import { type EventSummary, findPublished, listEvents } from '../storage/event.ts'
import { DeliveryAnswer, showDelivery } from './delivery-answer.ts'
import { eventReplayRoute } from './event-replay.ts'
import { notFound, plainText, QueryReader, readId, timeQuery } from './field.ts'
import { pageOf, pageQuery, patience, readPage, shortPages, writeSlice } from './page.ts'
import { defineRoute, ok, type Route } from './route.ts'
import { Time } from './schema.ts'
import type { Services } from './services.ts'

const tag = 'Events'

const eventFields = {
  id: Type.String({ examples: ['evt_01h455vb4pex5vsknk084sn02q'] }),
  type: Type.String(),
  created: Type.Integer({ description: 'Unix seconds.' }),
  tags: Type.Array(Type.String()),
  test: Type.Boolean({ description: 'Sent by the test of an endpoint, to that endpoint only.' }),
  received_at: Time,
}
const EventSummaryAnswer = Type.Object(eventFields, { title: 'EventSummary' })
const EventAnswer = Type.Object(
  {
    ...eventFields,
    data: Type.Object({}, { description: 'Exactly as it was published.' }),
    deliveries: Type.Array(DeliveryAnswer),
  },
  { title: 'EventDetails' },
)

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
  const { database } = services
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/events',
      scope: 'read',
      portal: true,
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
                'The id of an event, or text to find in the type or in the first 16,384 characters of the data as published, whatever the case.',
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
          patience,
        }
        reader.finish()
        return ok(writeSlice(await listEvents(database, filter, () => services.now().getTime()), show))
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/events/{event}',
      scope: 'read',
      portal: true,
      tag,
      summary: 'Show an event with its deliveries',
      responses: { 200: { description: 'The event.', schema: EventAnswer } },
      async handle({ params, workspace }) {
        const id = readId(idPrefix.event, 'event', params.event)
        const workspaceId = workspace.workspace.id
        const event = (await findPublished(database, workspaceId, id)) ?? notFound('event')
        const deliveries = (await deliveriesOfEvent(database, workspaceId, id)).map(showDelivery)
        const envelope = JSON.stringify({ ...show(event), deliveries })
        // The data goes in as text: parsed and printed again, it would be other data.
        return { status: 200, text: `${envelope.slice(0, -1)},"data":${event.data}}` }
      },
    }),
    eventReplayRoute(services),
  ]
}
