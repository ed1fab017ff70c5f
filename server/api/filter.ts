import { type Static, Type } from 'typebox'
import { auditEvent } from '../domain/audit-event.ts'
import { isEventTypeName } from '../domain/event-type.ts'
import { compileFilter } from '../domain/filter.ts'
import { FilterSubject } from '../domain/filter-value.ts'
import { fromTypeId, idPrefix } from '../domain/identifier.ts'
import { sliceMember } from '../domain/json-text.ts'
import type { Fault } from '../errors.ts'
import type { WorkspaceConfiguration } from '../pipeline/configuration.ts'
import type { Caller } from './access.ts'
import { EntryToRecord, readEntries } from './audit-record.ts'
import { publishBodyBytes } from './body.ts'
import { Filter, judgeFilter } from './endpoint-fields.ts'
import { illegalType } from './field.ts'
import { requireStream } from './portal-access.ts'
import { EventToPublish } from './publish.ts'
import { defineRoute, ok, type Route } from './route.ts'
import type { Services } from './services.ts'
import { invalid } from './validation.ts'

const FilterToTry = Type.Object(
  { filter: Filter, event: Type.Optional(EventToPublish), entry: Type.Optional(EntryToRecord) },
  {
    additionalProperties: false,
    title: 'FilterTest',
    description: 'With an `event` as it is published, or an `entry` as it is recorded in the audit log.',
    examples: [{ filter: 'deal.value > 10000', event: { type: 'deal.created', data: { value: 48000 } } }],
  },
)
type FilterToTry = Static<typeof FilterToTry>

export function filterRoutes(services: Services): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/workspaces/{workspace}/filters/test',
      scope: 'read',
      portal: true,
      tag: 'Endpoints',
      summary: 'Try a filter',
      description: 'Says what an endpoint with this filter would do with this event or audit entry. Nothing is stored.',
      bodyLimit: publishBodyBytes(services.config.maxPayloadBytes).single,
      body: FilterToTry,
      responses: {
        200: {
          description: 'Whether it matches, and why.',
          schema: Type.Object({ matches: Type.Boolean(), reason: Type.String() }, { title: 'FilterVerdict' }),
        },
      },
      async handle({ body, text, caller, workspace }) {
        const { filter, event, entry } = body
        if (entry !== undefined) requireStream(caller, 'audit')
        const compiled = compileFilter(filter)
        const faults = judgeFilter(filter)
        if ((event === undefined) === (entry === undefined)) {
          faults.push({ path: 'event', message: 'either an event or an entry is needed, and not both' })
        }
        const subject = event
          ? eventSubject(services, event, faults)
          : entry && entrySubject(services, entry, text, caller, workspace)
        if (!subject || !compiled.ok || faults.length > 0) throw invalid(faults)
        return ok(compiled.explain(subject))
      },
    }),
  ]
}

function eventSubject(
  { newId, now }: Services,
  event: NonNullable<FilterToTry['event']>,
  faults: Fault[],
): FilterSubject {
  const id = event.id === undefined ? newId() : fromTypeId(idPrefix.event, event.id)
  if (id === null) faults.push({ path: 'event.id', message: 'must be evt_ and the 26 characters of a TypeID' })
  if (!isEventTypeName(event.type)) faults.push({ path: 'event.type', message: illegalType })
  const { type, tags = [], created = Math.floor(now().getTime() / 1000), data } = event
  return new FilterSubject({ id: id ?? newId(), stream: 'events', type, tags, created }, data)
}

function entrySubject(
  services: Services,
  sent: NonNullable<FilterToTry['entry']>,
  text: string,
  caller: Caller,
  { workspace }: WorkspaceConfiguration,
): FilterSubject | null {
  const metadata = () => [sliceMember(sliceMember(text, 'entry') ?? '', 'metadata')]
  const [entry] = readEntries(services, [sent], metadata, text, caller, () => 'entry.')
  if (!entry) return null
  const { id: workspaceId, auditTypePrefix } = workspace
  const occurredAt = entry.occurredAt ?? services.now()
  const event = auditEvent({ ...entry, id: services.newId(), workspaceId, occurredAt }, auditTypePrefix)
  return new FilterSubject(event, JSON.parse(event.data))
}
