import { Type } from 'typebox'
import { isEventTypeName } from '../domain/event-type.ts'
import { compileFilter } from '../domain/filter.ts'
import { FilterSubject } from '../domain/filter-value.ts'
import { fromTypeId, idPrefix } from '../domain/identifier.ts'
import type { Fault } from '../errors.ts'
import { publishBodyBytes } from './body.ts'
import { Filter, judgeFilter } from './endpoint-fields.ts'
import { illegalType } from './field.ts'
import { EventToPublish } from './publish.ts'
import { defineRoute, ok, type Route } from './route.ts'
import type { Services } from './services.ts'
import { invalid } from './validation.ts'

export function filterRoutes(services: Services): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/workspaces/{workspace}/filters/test',
      scope: 'read',
      tag: 'Endpoints',
      summary: 'Try a filter',
      description: 'Says what an endpoint with this filter would do with this event. Nothing is stored.',
      bodyLimit: publishBodyBytes(services.config.maxPayloadBytes).single,
      body: Type.Object(
        { filter: Filter, event: EventToPublish },
        {
          title: 'FilterTest',
          additionalProperties: false,
          examples: [{ filter: 'deal.value > 10000', event: { type: 'deal.created', data: { value: 48000 } } }],
        },
      ),
      responses: {
        200: {
          description: 'Whether it matches, and why.',
          schema: Type.Object({ matches: Type.Boolean(), reason: Type.String() }, { title: 'FilterVerdict' }),
        },
      },
      async handle({ body: { filter, event } }) {
        const compiled = compileFilter(filter)
        const id = event.id === undefined ? services.newId() : fromTypeId(idPrefix.event, event.id)
        const faults: Fault[] = [...judgeFilter(filter)]
        if (id === null) faults.push({ path: 'event.id', message: 'must be evt_ and the 26 characters of a TypeID' })
        if (!isEventTypeName(event.type)) faults.push({ path: 'event.type', message: illegalType })
        if (id === null || !compiled.ok || faults.length > 0) throw invalid(faults)
        const { type, tags = [], created = Math.floor(services.now().getTime() / 1000), data } = event
        return ok(compiled.explain(new FilterSubject({ id, type, tags, created }, data)))
      },
    }),
  ]
}
