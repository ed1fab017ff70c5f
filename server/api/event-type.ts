import { type Static, Type } from 'typebox'
import { builtInEventTypes, type EventType, findBuiltIn, isEventTypeName } from '../domain/event-type.ts'
import { sliceMember } from '../domain/json-text.ts'
import { compilePayloadSchema } from '../domain/payload-schema.ts'
import { type Fault, Problem } from '../errors.ts'
import type { Session } from '../storage/database.ts'
import {
  deleteEventType,
  insertEventType,
  listEventTypes,
  lockEventType,
  measureEventTypes,
  type StoredEventType,
  updateEventType,
} from '../storage/event-type.ts'
import { changeConfiguration, type Note } from './administration.ts'
import { pageOf } from './page.ts'
import { defineRoute, noContent, type Route } from './route.ts'
import { Anything, nullable, Time } from './schema.ts'
import type { Services } from './services.ts'
import { invalid } from './validation.ts'

const Name = Type.String({
  minLength: 1,
  maxLength: 128,
  description: '1 to 8 segments of a-z, 0-9, _ and -, joined by dots, such as invoice.sent.',
})
const Group = Type.String({ minLength: 1, maxLength: 64 })
const Description = Type.String({ maxLength: 1_000 })
const Schema = Type.Unsafe<object | boolean>({
  type: ['object', 'boolean'],
  description: 'JSON Schema 2020-12 of the data, without references and uniqueItems; patterns are RE2.',
})

const EventTypeAnswer = Type.Object(
  {
    name: Name,
    group: Group,
    description: Description,
    schema: nullable(Schema),
    example: Anything,
    built_in: Type.Boolean({ description: 'Part of every workspace; cannot be changed.' }),
    created_at: nullable(Time),
    updated_at: nullable(Time),
  },
  { title: 'EventType' },
)

type Shown = Omit<Static<typeof EventTypeAnswer>, 'example'>

function showBuiltIn({ name, group, description, schema, example }: EventType): string {
  const shown = { name, group, description, schema, built_in: true, created_at: null, updated_at: null }
  return write(shown, JSON.stringify(example))
}

function showOwn({ name, group, description, schema, example, createdAt, updatedAt }: StoredEventType): string {
  const times = { created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() }
  return write({ name, group, description, schema: schema as object | null, built_in: false, ...times }, example)
}

/** The example goes in as text: parsed and printed again, long numbers would lose digits. */
function write(shown: Shown, example: string | null): string {
  return `${JSON.stringify(shown).slice(0, -1)},"example":${example}}`
}

/** The text of the example in a body; null: it has none, or null is asked for. */
function exampleIn(text: string): string | null {
  const example = sliceMember(text, 'example')
  return example === 'null' ? null : example
}

/** Faults of a type as it would be stored: its schema must compile, and its example must satisfy it. */
function faultsOf(type: Pick<StoredEventType, 'name' | 'schema' | 'example'>): Fault[] {
  const faults: Fault[] = []
  if (!isEventTypeName(type.name)) {
    faults.push({
      path: 'name',
      message: 'must be 1 to 8 segments of a-z, 0-9, _ and -, joined by dots, first a letter',
    })
  }
  if (type.schema === null) return faults
  const schema = compilePayloadSchema(type.schema)
  if (!schema.ok) return [...faults, { path: join('schema', schema.path), message: schema.message }]
  if (type.example === null) return faults
  return [
    ...faults,
    ...schema.check(JSON.parse(type.example)).map(({ path, message }) => ({ path: join('example', path), message })),
  ]
}

function join(field: string, path: string): string {
  return path === '' ? field : `${field}.${path}`
}

function requireNoFaults(type: StoredEventType): void {
  const faults = faultsOf(type)
  if (faults.length > 0) throw invalid(faults)
}

function requireOwn(name: string): void {
  if (findBuiltIn(name)) throw new Problem('conflict', `The type ${name} is built in and cannot be changed.`)
}

const mostOwnTypes = 500
// All of them are in the memory of every node and in one answer.
const mostOwnBytes = 2 * 1024 * 1024

/** Throws when the change that this transaction has made is too much for a workspace. */
async function requireRoom(transaction: Session, workspaceId: string): Promise<void> {
  const { count, bytes } = await measureEventTypes(transaction, workspaceId)
  if (count > mostOwnTypes) {
    throw new Problem('conflict', `A workspace may have ${mostOwnTypes} event types of its own.`)
  }
  if (bytes > mostOwnBytes) {
    throw new Problem('conflict', 'The schemas and examples of a workspace may have 2 MiB together, as JSON.')
  }
}

/** Event types are settings of their workspace. What they hold may be long, and is not repeated. */
function noteChange(note: Note, name: string, description: string, fields: readonly string[]): void {
  const target = { type: 'event_type', id: name }
  note({ action: 'workspace.settings_changed', target, description, metadata: { fields } })
}

const unknownType = 'There is no event type of this name.'
const tag = 'Event types'

export function eventTypeRoutes(services: Services): Route[] {
  const { database } = services
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/event-types',
      scope: 'read',
      portal: true,
      tag,
      summary: 'List event types',
      description: 'The built-in ones by group, then the own ones by name, all at once: next_cursor is always null.',
      responses: { 200: { description: 'All event types.', schema: pageOf(EventTypeAnswer) } },
      async handle({ workspace }) {
        const own = await listEventTypes(database, workspace.workspace.id)
        const data = [...builtInEventTypes.map(showBuiltIn), ...own.map(showOwn)]
        return { status: 200, text: `{"data":[${data.join()}],"next_cursor":null}` }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/workspaces/{workspace}/event-types',
      scope: 'manage',
      tag,
      summary: 'Add an event type',
      body: Type.Object(
        {
          name: Name,
          description: Description,
          group: Type.Optional(Group),
          schema: Type.Optional(nullable(Schema)),
          example: Type.Optional(Anything),
        },
        {
          title: 'EventTypeToAdd',
          additionalProperties: false,
          examples: [{ name: 'invoice.sent', description: 'An invoice went out.' }],
        },
      ),
      responses: { 201: { description: 'The event type.', schema: EventTypeAnswer } },
      async handle(call) {
        const { body, text, workspace } = call
        const now = services.now()
        const type: StoredEventType = {
          name: body.name,
          // The part before the first dot, as the built-in ones are grouped.
          group: body.group ?? (body.name.split('.', 1)[0] as string),
          description: body.description,
          schema: body.schema ?? null,
          example: exampleIn(text),
          createdAt: now,
          updatedAt: now,
        }
        requireNoFaults(type)
        requireOwn(type.name)
        const { id } = workspace.workspace
        await changeConfiguration(services, call, async (transaction, note) => {
          if (!(await insertEventType(transaction, id, type))) {
            throw new Problem('conflict', 'The workspace has an event type of this name.')
          }
          await requireRoom(transaction, id)
          noteChange(note, type.name, 'An event type was added.', [])
        })
        return { status: 201, text: showOwn(type) }
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/event-types/{name}',
      scope: 'read',
      portal: true,
      tag,
      summary: 'Show an event type',
      responses: { 200: { description: 'The event type.', schema: EventTypeAnswer } },
      async handle({ params, workspace }) {
        const builtIn = findBuiltIn(params.name)
        if (builtIn) return { status: 200, text: showBuiltIn(builtIn) }
        const own = await listEventTypes(database, workspace.workspace.id)
        const found = own.find(({ name }) => name === params.name)
        if (!found) throw new Problem('not_found', unknownType)
        return { status: 200, text: showOwn(found) }
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: '/v1/workspaces/{workspace}/event-types/{name}',
      scope: 'manage',
      tag,
      summary: 'Change an event type',
      body: Type.Object(
        {
          description: Type.Optional(Description),
          group: Type.Optional(Group),
          schema: Type.Optional(nullable(Schema)),
          example: Type.Optional(Anything),
        },
        {
          title: 'EventTypeChange',
          additionalProperties: false,
          examples: [{ description: 'An invoice was sent by mail.' }],
        },
      ),
      responses: { 200: { description: 'The event type as it is now.', schema: EventTypeAnswer } },
      async handle(call) {
        const { body, params, text, workspace } = call
        requireOwn(params.name)
        const { id } = workspace.workspace
        const changed = await changeConfiguration(services, call, async (transaction, note) => {
          const stored = isEventTypeName(params.name) ? await lockEventType(transaction, id, params.name) : null
          if (stored === null) throw new Problem('not_found', unknownType)
          const example = body.example === undefined ? stored.example : exampleIn(text)
          const type = { ...stored, ...body, example, updatedAt: services.now() }
          requireNoFaults(type)
          await updateEventType(transaction, id, type)
          await requireRoom(transaction, id)
          noteChange(note, type.name, 'An event type was changed.', Object.keys(body))
          return type
        })
        return { status: 200, text: showOwn(changed) }
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/workspaces/{workspace}/event-types/{name}',
      scope: 'manage',
      tag,
      summary: 'Delete an event type',
      responses: { 204: { description: 'It is gone; events of this type stay.' } },
      async handle(call) {
        const { name } = call.params
        requireOwn(name)
        if (!isEventTypeName(name)) throw new Problem('not_found', unknownType)
        await changeConfiguration(services, call, async (transaction, note) => {
          const deleted = await deleteEventType(transaction, call.workspace.workspace.id, name)
          if (!deleted) throw new Problem('not_found', unknownType)
          noteChange(note, name, 'An event type was deleted.', [])
        })
        return noContent()
      },
    }),
  ]
}
