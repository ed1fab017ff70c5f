import type { Delivery } from '../domain/delivery.ts'
import type { Event } from '../domain/event.ts'

/** A delivery in this node's hands: owned, in memory, on its way from dispatch to record. */
export interface Task {
  readonly delivery: Delivery
  readonly event: Event
}

// Ids, headers, the queue's and the recording's share: measured with payloads of a few bytes.
const overhead = 2_048

/** What a task costs in memory, in bytes. Siblings share their event; counting it for each errs to the safe side. */
export function taskSize(event: Event): number {
  return overhead + event.data.length * 2
}
