import { type AuditEntry, auditNamePattern } from './audit.ts'
import type { Endpoint } from './endpoint.ts'
import type { Event } from './event.ts'
import { idPrefix, toTypeId } from './identifier.ts'

/** What of an entry goes to endpoints. */
export type StreamedEntry = Pick<
  AuditEntry,
  | 'workspaceId'
  | 'sequence'
  | 'id'
  | 'category'
  | 'action'
  | 'actor'
  | 'target'
  | 'description'
  | 'metadata'
  | 'occurredAt'
>

const auditName = new RegExp(auditNamePattern)
const mostTags = 20
const longestTag = 64
const illegalInTag = /[\p{Cc}\p{Cs}]/u

/** What a test of an endpoint is about when nobody says. */
export const testAuditAction = 'webhook.tested'

/**
 * An entry of the audit log as an event of its stream.
 *
 * @param prefix what its type begins with
 */
export function auditEvent(entry: Omit<StreamedEntry, 'sequence'>, prefix: string): Event {
  const { id, workspaceId, category, action, metadata } = entry
  const time = entry.occurredAt.getTime()
  const created = Math.floor(time / 1000)
  return {
    ...{ id, workspaceId, stream: 'audit', type: `${prefix}.${category}.${action}`, tags: tagsOf(metadata) },
    ...{ created, milliseconds: time - created * 1000, data: dataOf(entry) },
  }
}

/** Whether entries of a workspace with this prefix may have this type. */
export function isAuditType(type: string, prefix: string): boolean {
  const names = type.startsWith(`${prefix}.`) ? type.slice(prefix.length + 1).split('.') : []
  return names.length === 2 && names.every((name) => auditName.test(name))
}

/** What the test of an endpoint sends: an entry of this type that says what it is, and that is in no log. */
export function exampleAuditEvent(
  id: string,
  { id: endpointId, workspaceId }: Pick<Endpoint, 'id' | 'workspaceId'>,
  type: string,
  now: number,
): Event {
  const names = type.split('.')
  const [category = '', action = ''] = names.splice(-2)
  const entry = {
    ...{ id, workspaceId, category, action, occurredAt: new Date(now), metadata: '{"test":true}' },
    actor: { type: 'system', id: 'atlas', name: 'Atlas', ip: null },
    target: { type: 'endpoint', id: toTypeId(idPrefix.endpoint, endpointId), name: null },
    description: 'This is a test entry. Nothing happened in the product.',
  }
  return auditEvent(entry, names.join('.'))
}

/** The published form: these members, in this order. */
function dataOf(entry: Omit<StreamedEntry, 'sequence'>): string {
  const { actor, category, action, target, description, metadata } = entry
  const head = {
    actor: {
      ...{ id: actor.id, type: actor.type },
      ...(actor.name !== null && { name: actor.name }),
      ...(actor.ip !== null && { ip: actor.ip }),
    },
    action: { category, action },
    target: { type: target.type, id: target.id, ...(target.name !== null && { name: target.name }) },
    description: description === '' ? null : description,
  }
  return `${JSON.stringify(head).slice(0, -1)}${beforeMetadata}${metadata}}`
}

const beforeMetadata = ',"metadata":'

/** What such data says before its metadata. */
export interface AuditHead {
  readonly actor: { readonly id: string; readonly name?: string }
  readonly action: { readonly category: string; readonly action: string }
  readonly target: { readonly id: string; readonly name?: string }
  readonly description: string | null
}

/** Reads the beginning of the data of an audit event; the metadata, which may be long, is left alone. */
export function readAuditHead(data: string): AuditHead {
  // Within a text its quotes would be escaped, and no object before it has a member of this name.
  return JSON.parse(`${data.slice(0, data.indexOf(beforeMetadata))}}`) as AuditHead
}

/** Entries have no tags of their own: products that want to choose by them put them into the metadata. */
function tagsOf(metadata: string): string[] {
  if (!metadata.includes('"tags":[')) return []
  const { tags } = JSON.parse(metadata) as { tags?: unknown }
  if (!Array.isArray(tags)) return []
  const usable = tags.filter((tag): tag is string => {
    return typeof tag === 'string' && tag.length > 0 && tag.length <= longestTag && !illegalInTag.test(tag)
  })
  return [...new Set(usable)].slice(0, mostTags)
}
