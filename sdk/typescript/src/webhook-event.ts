import type { EventOf } from './event.ts'
import type { EventDataByType } from './generated/event-types.ts'

/**
 * An event of the catalog, told apart by `type`. What a workspace has added to its catalog arrives too: declare it in
 * `EventDataByType`, or leave it to a `default`.
 */
export type WebhookEvent = {
  [Type in keyof EventDataByType]: EventOf<Type, EventDataByType[Type]>
}[keyof EventDataByType]
