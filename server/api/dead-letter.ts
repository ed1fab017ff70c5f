import { type Static, Type } from 'typebox'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import { type DeadLetterGroup, groupDeadLetters } from '../storage/dead-letter-group.ts'
import { LastError } from './attempt-answer.ts'
import { QueryReader, timeQuery } from './field.ts'
import { streamSeenBy } from './portal-access.ts'
import { defineRoute, ok, type Route } from './route.ts'
import { nullable, Time } from './schema.ts'
import type { Services } from './services.ts'

// Half a million dead letters on a small machine.
const patience = 500
const mostGroups = 200

const GroupAnswer = Type.Object(
  {
    endpoint: Type.String(),
    last_error: LastError,
    last_status: nullable(Type.Integer(), {
      description: 'The status of the response, where it was the fault; else null.',
    }),
    count: Type.Integer(),
    first_dead_lettered_at: Time,
    last_dead_lettered_at: Time,
  },
  { title: 'DeadLetterGroup' },
)

function show(group: DeadLetterGroup): Static<typeof GroupAnswer> {
  return {
    endpoint: toTypeId(idPrefix.endpoint, group.endpointId),
    last_error: group.lastError,
    last_status: group.lastStatus,
    count: group.count,
    first_dead_lettered_at: group.firstDeadLetteredAt.toISOString(),
    last_dead_lettered_at: group.lastDeadLetteredAt.toISOString(),
  }
}

export function deadLetterRoutes(services: Services): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/dead-letters/groups',
      scope: 'read',
      portal: true,
      tag: 'Deliveries',
      summary: 'Group dead letters',
      description: `How many each endpoint has for each error, up to ${mostGroups} groups, the largest first. A list of deliveries and a replay of dead letters take endpoint, last_error and last_status of a group.`,
      query: Type.Object(
        {
          endpoint: Type.Optional(Type.String()),
          type: Type.Optional(Type.String({ description: 'A type, or a pattern as endpoints have them.' })),
          ...timeQuery,
        },
        { additionalProperties: false },
      ),
      responses: {
        200: {
          description: 'The groups.',
          schema: Type.Object(
            {
              data: Type.Array(GroupAnswer),
              more: Type.Boolean({
                description:
                  'There are dead letters that were not counted, since there are very many: older ones, or those of smaller groups.',
              }),
            },
            { title: 'DeadLetterGroups' },
          ),
        },
      },
      async handle({ caller, query, workspace }) {
        const reader = new QueryReader()
        const selection = {
          workspaceId: workspace.workspace.id,
          endpointId: reader.id(idPrefix.endpoint, 'endpoint', query.endpoint),
          type: reader.typePattern('type', query.type),
          since: reader.time('since', query.since),
          until: reader.time('until', query.until),
          stream: streamSeenBy(caller),
          patience,
        }
        reader.finish()
        const { groups, more } = await groupDeadLetters(services.database, selection, () => services.now().getTime())
        return ok({ data: groups.slice(0, mostGroups).map(show), more: more || groups.length > mostGroups })
      },
    }),
  ]
}
