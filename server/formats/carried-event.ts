import { type AuditHead, readAuditHead } from '../domain/audit-event.ts'
import type { Delivery } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { type Event, eventTypeId } from '../domain/event.ts'

/** One delivery as a batch is given it. */
export interface BatchItem {
  readonly event: Event
  readonly delivery: Pick<Delivery, 'sequence'>
}

/** What the items of a batch have in common. */
export interface BatchContext {
  readonly endpoint: Pick<Endpoint, 'id' | 'workspaceId' | 'options'>
  /** Where people reach this service, without a slash at the end. */
  readonly publicUrl: string
}

/** One item of a batch as every format sees it: formats know nothing of streams. */
export interface CarriedEvent {
  /** With its prefix: what receivers deduplicate on. */
  readonly id: string
  readonly type: string
  /** When it occurred, in Unix milliseconds; below 0 before 1970, such as where a product did not set it. */
  readonly time: number
  /** What it is about; null: the data says. */
  readonly subject: string | null
  /** For collectors that index few values: one of a handful in a workspace. */
  readonly category: string
  /** For collectors that show people one line of text. */
  readonly message: string
  /** Of the delivery, within its endpoint; null: those of this stream do not tell it. */
  readonly sequence: number | null
  /** A JSON text. */
  readonly data: string
}

/** Everything in which the streams differ on the wire. */
export function carriedEvent({ event, delivery }: BatchItem): CarriedEvent {
  const { type, data } = event
  const id = eventTypeId(event)
  const time = event.created * 1000 + event.milliseconds
  if (event.stream === 'audit') {
    const head = readAuditHead(data)
    const { category } = head.action
    return { ...{ id, type, time, subject: head.target.id, category, message: lineOf(head), sequence: null }, data }
  }
  const [category = type] = type.split('.', 1)
  return { ...{ id, type, time, subject: null, category, message: type }, sequence: delivery.sequence, data }
}

/** What people are shown of an entry that nobody has described. */
function lineOf({ actor, action, target, description }: AuditHead): string {
  return description ?? `${actor.name ?? actor.id}: ${action.category}.${action.action} ${target.name ?? target.id}`
}
