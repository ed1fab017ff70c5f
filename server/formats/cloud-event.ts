import { idPrefix, toTypeId } from '../domain/identifier.ts'
import type { BatchContext, CarriedEvent } from './carried-event.ts'

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
 * Gives what writes an event of this endpoint. `sequence` is that of the Sequence extension, whose values must have
 * their order as texts too: hence the zeros.
 */
export function cloudEventWriter(context: BatchContext): (event: CarriedEvent) => string {
  const source = sourceOf(context)
  const atlasendpoint = toTypeId(idPrefix.endpoint, context.endpoint.id)
  return ({ id, type, time, subject, sequence, data }) =>
    writeCloudEvent(
      {
        ...{ id, source, type, time: timeOf(time) },
        ...(subject !== null && { subject }),
        datacontenttype: 'application/json',
        ...(sequence !== null && { sequence: writeSequence(sequence), atlasendpoint }),
      },
      data,
    )
}

/** What says where an event is from: with its id it is unique in the world. */
export function sourceOf({ endpoint, publicUrl }: BatchContext): string {
  return `${publicUrl}/workspaces/${toTypeId(idPrefix.workspace, endpoint.workspaceId)}`
}

export function writeSequence(sequence: number): string {
  return String(sequence).padStart(sequenceDigits, '0')
}

/** The same on one line: line breaks in a JSON text can only stand between its tokens. */
export function onOneLine(json: string): string {
  return json.replace(/[\r\n]/g, ' ')
}

/** A time in Unix milliseconds in the form of RFC 3339. */
export function timeOf(time: number): string {
  // Many events of a batch are of the same time.
  if (time !== last.time) last = { time, text: new Date(time).toISOString() }
  return last.text
}

/**
 * The same for formats that count from 1970. Products that leave a time out may mean the year 1, and a collector that
 * cannot read one time refuses the whole request.
 */
export function sinceEpoch(time: number): number {
  return Math.max(0, time)
}

let last = { time: Number.NaN, text: '' }
