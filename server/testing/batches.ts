import { fromTypeId, idPrefix } from '../domain/identifier.ts'
import type { SettableClock } from './clock.ts'
import type { TestPipeline } from './pipeline.ts'
import type { ReceivedRequest } from './receiver.ts'

interface CarriedEvent {
  readonly id: string
}

/** The ids of the events that a request of the profile cloudevents carried, in its order. */
export function eventsOf({ body }: Pick<ReceivedRequest, 'body'>): string[] {
  return (JSON.parse(body.toString()) as CarriedEvent[]).map(({ id }) => fromTypeId(idPrefix.event, id) ?? '')
}

/** The ids of the events of a bulk request of the profile elastic. */
export function documentsOf({ body }: Pick<ReceivedRequest, 'body'>): string[] {
  const actions = body.toString().matchAll(/^\{"create":\{"_id":"([^"]+)"\}\}$/gm)
  return [...actions].map(([, id = '']) => fromTypeId(idPrefix.event, id) ?? '')
}

const step = 100
const ask = { name: 'ask', text: 'select count(*) from deliveries' }

/** Lets time pass in small steps, each of which gives the pipeline a moment to do what it does then. */
export async function pass({ database }: TestPipeline, clock: SettableClock, milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= step) {
    clock.advance(Math.min(step, left))
    for (let times = 0; times < 5; times++) await database.query(ask)
  }
}

/** Publishes events, all at once; gives their ids. */
export async function publishMany(node: TestPipeline, count: number, data = '{}'): Promise<string[]> {
  return await Promise.all(Array.from({ length: count }, () => node.publish({ data })))
}
