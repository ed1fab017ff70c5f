import { idPrefix, toTypeId } from '../domain/identifier.ts'
import type { BatchContext, BatchItem } from './batch-format.ts'

// Sequences are safe integers: as many digits as those have.
const sequenceDigits = 16

/**
 * One event in the JSON format of CloudEvents 1.0: the attributes in the order in which they are given, then `data`, a
 * JSON text that is embedded as it is. Names of extension attributes are of a-z and 0-9 only: readers throw away the
 * whole batch for any other.
 */
export function writeCloudEvent(attributes: Readonly<Record<string, string>>, data: string): string {
  let text = '{"specversion":"1.0"'
  for (const [name, value] of Object.entries(attributes)) text += `,"${name}":${JSON.stringify(value)}`
  return `${text},"data":${data}}`
}

/**
 * Gives what writes events of the `events` stream. `sequence` is that of the Sequence extension, whose values must have
 * their order as texts too: hence the zeros.
 */
export function cloudEventWriter({ endpoint, publicUrl }: BatchContext): (item: BatchItem) => string {
  const source = `${publicUrl}/workspaces/${toTypeId(idPrefix.workspace, endpoint.workspaceId)}`
  const atlasendpoint = toTypeId(idPrefix.endpoint, endpoint.id)
  return ({ event, delivery }) =>
    writeCloudEvent(
      {
        id: toTypeId(idPrefix.event, event.id),
        source,
        type: event.type,
        time: timeOf(event.created),
        datacontenttype: 'application/json',
        sequence: String(delivery.sequence).padStart(sequenceDigits, '0'),
        atlasendpoint,
      },
      event.data,
    )
}

/** The same on one line: line breaks in a JSON text can only stand between its tokens. */
export function onOneLine(json: string): string {
  return json.replace(/[\r\n]/g, ' ')
}

/** A time in Unix seconds in the form of RFC 3339. */
export function timeOf(created: number): string {
  return new Date(created * 1000).toISOString()
}
