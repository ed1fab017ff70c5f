import type { Endpoint } from '../domain/endpoint.ts'
import type { Event } from '../domain/event.ts'
import { deliveryId } from '../domain/identifier.ts'
import type { PlannedDelivery, PlannedPublication } from '../storage/accept.ts'
import type { Dispatch } from './dispatch.ts'
import type { Node } from './node.ts'
import { freshTask } from './publication.ts'

export interface HandOverOptions {
  readonly dispatch: Dispatch
  readonly node: Node
  /** Deliveries of these endpoints wait in the database. */
  wake(endpointIds: readonly string[]): void
}

/** The way of deliveries from the commit that stores them to dispatch, which has room for some of them in memory. */
export class HandOver {
  readonly #options: HandOverOptions

  constructor(options: HandOverOptions) {
    this.#options = options
  }

  /** The deliveries of an event that is about to be stored. Room is taken for those that this node will attempt. */
  plan(event: Event, endpoints: readonly Endpoint[]): PlannedDelivery[] {
    const { dispatch, node } = this.#options
    return endpoints.map((endpoint) => {
      const id = deliveryId(event.id, endpoint.id)
      return { id, endpointId: endpoint.id, owner: dispatch.reserve(id, endpoint, event) ? node.id : 0 }
    })
  }

  /**
   * After the commit: gives dispatch what it has room for; the rest waits in the database.
   *
   * @param sequences those that the deliveries got, in their order; null: it is not stored
   * @param owner this node, as it was stored with them; 0: nobody owns any of them
   */
  commit(planned: PlannedPublication, sequences: readonly (number | null)[], owner: number, now: Date): void {
    const { dispatch, wake } = this.#options
    const unowned: string[] = []
    let next = 0
    for (const { event, deliveries } of planned.events) {
      for (const delivery of deliveries) {
        const sequence = sequences[next++] ?? null
        if (sequence !== null && delivery.owner !== 0 && owner !== 0) {
          dispatch.enqueue(freshTask(event, delivery, sequence, owner, now))
          continue
        }
        if (delivery.owner !== 0) dispatch.cancelReservation(delivery.id)
        if (sequence !== null) unowned.push(delivery.endpointId)
      }
    }
    wake(unowned)
  }

  /** Instead of a commit: the room is free again. */
  cancel({ events }: PlannedPublication): void {
    for (const { deliveries } of events) {
      // Without an owner there is no reservation; one of the same id belongs to a publication of the same event.
      for (const { id, owner } of deliveries) if (owner !== 0) this.#options.dispatch.cancelReservation(id)
    }
  }
}
