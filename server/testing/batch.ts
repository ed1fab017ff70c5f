import type { Event } from '../domain/event.ts'
import { fromTypeId, toTypeId } from '../domain/identifier.ts'
import { type BatchFormat, composeBatch } from '../formats/batch-format.ts'
import type { BatchContext, BatchItem } from '../formats/carried-event.ts'
import { newId } from './seed.ts'

export const exampleId = 'evt_01htrkd4qpe3zb4y1mkfa5v5p8'
export const exampleSource = 'https://atlas.example/workspaces/ws_01h455vb4pex5vsknk084sn02q'
const endpointId = 'ep_01h455vb4pex5vsknk084sn02q'
const workspaceId = fromTypeId('ws', 'ws_01h455vb4pex5vsknk084sn02q') ?? ''

/** An event whose data has everything that formats may stumble over: line breaks, exact numbers, text of many scripts. */
export function batchItem(sequence = 42, given: Partial<Event> = {}): BatchItem {
  const event: Event = {
    ...{ id: fromTypeId('evt', exampleId) ?? '', workspaceId, type: 'deal.created', tags: [], created: 1712345678 },
    ...{ stream: 'events', milliseconds: 0 },
    data: '{\n  "value": 48000.00,\r\n  "note": "Zürich\\n€"\n}',
    ...given,
  }
  return { event, delivery: { sequence } }
}

/** As many with ids of their own, and these ids. */
export function batchItems(count: number, given: Partial<Event> = {}): { items: BatchItem[]; ids: string[] } {
  const items = Array.from({ length: count }, (_, index) => batchItem(index + 1, { id: newId(), ...given }))
  return { items, ids: items.map(({ event }) => toTypeId('evt', event.id)) }
}

export function batchContext(options: Record<string, unknown> = {}): BatchContext {
  return {
    endpoint: { id: fromTypeId('ep', endpointId) ?? '', workspaceId, options },
    publicUrl: 'https://atlas.example',
  }
}

/** The request with these items, as a collector gets it; it must carry all of them. */
export function requestWith(format: BatchFormat, items: readonly BatchItem[], options: Record<string, unknown> = {}) {
  const { body, carried } = composeBatch(format, items, batchContext(options))
  if (carried !== items.length) throw new RangeError(`it carries ${carried} of ${items.length}`)
  const headers = Object.entries(format.headers(options)).map(([name, value]) => [name.toLowerCase(), value])
  return { path: '/', headers: Object.fromEntries(headers) as Record<string, string>, body: body.toString() }
}

/** The CloudEvent of `batchItem()`, on one line. */
export const exampleCloudEvent =
  `{"specversion":"1.0","id":"${exampleId}","source":"${exampleSource}","type":"deal.created",` +
  `"time":"2024-04-05T19:34:38.000Z","datacontenttype":"application/json","sequence":"0000000000000042",` +
  `"atlasendpoint":"${endpointId}","data":{   "value": 48000.00,    "note": "Zürich\\n€" }}`
