import type { EventDetails, EventType, PublishedEvent } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { sliceMember } from '../../../server/domain/json-text.ts'
import { transport } from './client.ts'

// What people write as JSON goes to the server, and comes from it, as the text that it is: read into JavaScript and
// printed again, long numbers would lose digits.

/** An event, and its data exactly as it was published. */
export interface EventAsPublished extends Omit<EventDetails, 'data'> {
  readonly dataText: string
}

/** An event type, and its example exactly as it was written; null: it has none. */
export interface EventTypeAsWritten extends EventType {
  readonly exampleText: string | null
}

/** What may be changed of an event type; the schema and the example are JSON texts. */
export interface EventTypeFields {
  readonly description: string
  readonly group?: string
  readonly schema: string
  readonly example: string
}

const events = '/v1/workspaces/{workspace}/events'
const eventTypes = '/v1/workspaces/{workspace}/event-types'

export async function readEvent(event: string, workspace: string, signal: AbortSignal): Promise<EventAsPublished> {
  const call = { method: 'GET', path: `${events}/{event}`, ids: { event } }
  const text = await transport.text(call, { workspace, signal })
  const { data: _, ...rest } = JSON.parse(text) as EventDetails
  return { ...rest, dataText: sliceMember(text, 'data') ?? '{}' }
}

/** @param data a JSON text */
export function publish(
  event: { readonly type: string; readonly tags: readonly string[] },
  data: string,
  workspace: string,
): Promise<PublishedEvent> {
  const call = { method: 'POST', path: events, takesIdempotencyKey: true } as const
  return transport.written(call, write(event, { data }), { workspace })
}

export async function readEventType(name: string, workspace: string, signal: AbortSignal): Promise<EventTypeAsWritten> {
  const call = { method: 'GET', path: `${eventTypes}/{name}`, ids: { name } }
  const text = await transport.text(call, { workspace, signal })
  const type = JSON.parse(text) as EventType
  return { ...type, exampleText: type.example === null ? null : sliceMember(text, 'example') }
}

export function addEventType(name: string, fields: EventTypeFields, workspace: string): Promise<EventType> {
  const { schema, example, ...more } = fields
  const body = write({ name, ...more }, { schema, example })
  return transport.written({ method: 'POST', path: eventTypes }, body, { workspace })
}

export function changeEventType(name: string, fields: EventTypeFields, workspace: string): Promise<EventType> {
  const { schema, example, ...more } = fields
  const call = { method: 'PATCH', path: `${eventTypes}/{name}`, ids: { name } }
  return transport.written(call, write(more, { schema, example }), { workspace })
}

/** An object as JSON, of which some members are JSON already. */
function write(members: object, texts: Readonly<Record<string, string>>): string {
  const all = Object.entries(members).map(([name, value]) => [name, JSON.stringify(value)])
  return `{${[...all, ...Object.entries(texts)].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join()}}`
}
