import type { EndpointQueue } from './endpoint-queue.ts'

// Endpoints with nothing in flight may start something until there are this many times the node's requests in flight.
const firstSlots = 4

/** The node's requests in flight, and who waits for one. */
export class Slots {
  readonly #most: number
  // Queues that wait for a slot, apart where they may not have the same ones.
  readonly #withNothing = new Set<EndpointQueue>()
  readonly #healthy = new Set<EndpointQueue>()
  readonly #struggling = new Set<EndpointQueue>()
  readonly #lines = [this.#withNothing, this.#healthy, this.#struggling]
  #taken = 0
  #takenByStruggling = 0

  constructor(most: number) {
    this.#most = most
  }

  get taken(): number {
    return this.#taken
  }

  /**
   * Endpoints that fail hold their slots for as long as a timeout lasts: half of the slots are never theirs. And one
   * that has nothing in flight may always start something, so that no number of others keeps it out.
   */
  has(queue: EndpointQueue): boolean {
    if (queue.inFlight === 0) return this.#taken < this.#most * firstSlots
    return this.#taken < this.#most && (!queue.struggling || this.#takenByStruggling < this.#most / 2)
  }

  /** A queue that got no slot; `next` gives it when there is one. */
  holdBack(queue: EndpointQueue): void {
    this.#lineOf(queue).add(queue)
  }

  take({ struggling }: { readonly struggling: boolean }): void {
    this.#taken++
    if (struggling) this.#takenByStruggling++
  }

  give({ struggling }: { readonly struggling: boolean }): void {
    this.#taken--
    if (struggling) this.#takenByStruggling--
  }

  /** A queue that was held back and may have a slot now: it is no longer held back. undefined: there is none. */
  next(): EndpointQueue | undefined {
    for (const line of this.#lines) {
      for (const queue of line) {
        if (this.has(queue)) {
          line.delete(queue)
          return queue
        }
        // What has changed since belongs into another line; else there is no slot for anybody in this one.
        if (this.#lineOf(queue) === line) break
        line.delete(queue)
        this.holdBack(queue)
      }
    }
    return undefined
  }

  #lineOf(queue: EndpointQueue): Set<EndpointQueue> {
    if (queue.inFlight === 0) return this.#withNothing
    return queue.struggling ? this.#struggling : this.#healthy
  }
}
