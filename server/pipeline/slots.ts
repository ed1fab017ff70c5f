import type { EndpointQueue } from './endpoint-queue.ts'

// Endpoints with nothing in flight may start something until there are this many times the node's requests in flight.
const firstSlots = 4

/** The node's requests in flight, and who waits for one. */
export class Slots {
  readonly #most: number
  /** Queues that wait for a slot; struggling ones wait apart, for a slot of their half. */
  readonly #heldBack = new Set<EndpointQueue>()
  readonly #heldBackStruggling = new Set<EndpointQueue>()
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

  /** A queue that got no slot; it is among those that `give` offers the next ones to. */
  holdBack(queue: EndpointQueue): void {
    if (queue.struggling) this.#heldBackStruggling.add(queue)
    else this.#heldBack.add(queue)
  }

  take({ struggling }: { readonly struggling: boolean }): void {
    this.#taken++
    if (struggling) this.#takenByStruggling++
  }

  /** One slot is free: `offer` it to one queue that waits for such a slot. It says whether the queue has use for it. */
  give({ struggling }: { readonly struggling: boolean }, offer: (queue: EndpointQueue) => boolean): void {
    this.#taken--
    if (struggling) this.#takenByStruggling--
    offerFirst(this.#heldBack, offer)
    if (struggling || this.#heldBack.size === 0) offerFirst(this.#heldBackStruggling, offer)
  }
}

function offerFirst(heldBack: Set<EndpointQueue>, offer: (queue: EndpointQueue) => boolean): void {
  for (const queue of heldBack) {
    heldBack.delete(queue)
    // One that was emptied meanwhile leaves its turn to the next.
    if (offer(queue)) return
  }
}
