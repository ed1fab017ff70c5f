import { activityEventTypes } from './event-types/activity.ts'
import { callEventTypes } from './event-types/call.ts'
import { companyEventTypes } from './event-types/company.ts'
import { contactEventTypes } from './event-types/contact.ts'
import { dealEventTypes } from './event-types/deal.ts'
import type { EventType, JsonObject } from './event-types/definition.ts'
import { meetingEventTypes } from './event-types/meeting.ts'
import { noteEventTypes } from './event-types/note.ts'
import { quoteEventTypes } from './event-types/quote.ts'
import { subscriptionEventTypes } from './event-types/subscription.ts'
import { taskEventTypes } from './event-types/task.ts'
import { ticketEventTypes } from './event-types/ticket.ts'

export type { EventType } from './event-types/definition.ts'

/** The event types that every workspace starts with, in the order in which they are shown. */
export const builtInEventTypes: readonly EventType[] = [
  ...dealEventTypes,
  ...contactEventTypes,
  ...companyEventTypes,
  ...activityEventTypes,
  ...meetingEventTypes,
  ...callEventTypes,
  ...taskEventTypes,
  ...ticketEventTypes,
  ...subscriptionEventTypes,
  ...quoteEventTypes,
  ...noteEventTypes,
]

/** The type of a test event for which no type was asked. Not in the catalog: products do not publish it. */
export const testEventType = 'atlas.test'

const testExample: JsonObject = { id: 'test_01', message: 'This is a test event. Nothing happened in the product.' }

const byName = new Map(builtInEventTypes.map((type) => [type.name, type]))

/** The built-in event type of that exact name, if there is one. */
export function findBuiltIn(name: string): EventType | undefined {
  return byName.get(name)
}

/** A `data` to send as a test of the type: the example of a built-in one, else a small one that fits no product. */
export function exampleFor(type: string): JsonObject {
  return byName.get(type)?.example ?? testExample
}

const nameLimit = 128
// The longest prefix, category and action of an audit entry, and the dots between them.
const longestName = 64 + 1 + 64 + 1 + 64
const namePattern = /^[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+){0,7}$/

/**
 * Whether an event may have this type: 1 to 8 segments of `a-z`, `0-9`, `_` and `-`, joined by dots, beginning with a
 * letter, 128 characters at most. None of them means anything in a type pattern, a header or a URL.
 */
export function isEventTypeName(name: string): boolean {
  return name.length <= nameLimit && namePattern.test(name)
}

/** Whether something that goes to endpoints may have this type: an event, or an audit entry, whose type may be longer. */
export function isStreamedTypeName(name: string): boolean {
  return name.length <= longestName && namePattern.test(name)
}
