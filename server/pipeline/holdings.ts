import type { Event } from '../domain/event.ts'
import { EndpointQueue } from './endpoint-queue.ts'
import { Room } from './room.ts'
import { taskSize } from './task.ts'

interface Holding {
  readonly queue: EndpointQueue
  readonly size: number
}

/** Every delivery that this node owns or is about to own, by endpoint, and the room that they take. */
export class Holdings {
  readonly #queues = new Map<string, EndpointQueue>()
  readonly #holdings = new Map<string, Holding>()
  readonly #room: Room

  /** @param capacity in bytes */
  constructor(capacity: number) {
    this.#room = new Room(capacity)
  }

  get size(): number {
    return this.#holdings.size
  }

  get queues(): Iterable<EndpointQueue> {
    return this.#queues.values()
  }

  /** The queue of an endpoint, new if it had nothing so far. */
  queue(endpointId: string): EndpointQueue {
    const known = this.#queues.get(endpointId)
    if (known) return known
    const queue = new EndpointQueue(endpointId)
    this.#queues.set(endpointId, queue)
    return queue
  }

  knownQueue(endpointId: string): EndpointQueue | undefined {
    return this.#queues.get(endpointId)
  }

  has(deliveryId: string): boolean {
    return this.#holdings.has(deliveryId)
  }

  /** Whether there is room for more of this queue; without a queue: for one that has nothing yet. */
  admits(queue?: EndpointQueue): boolean {
    return this.#room.admits(queue?.held ?? 0)
  }

  hold(deliveryId: string, queue: EndpointQueue, event: Event): void {
    const size = taskSize(event)
    this.#holdings.set(deliveryId, { queue, size })
    queue.held += size
    this.#room.take(size)
  }

  /** Gives the queue that the delivery was of; null: it was not held. */
  release(deliveryId: string): EndpointQueue | null {
    const holding = this.#holdings.get(deliveryId)
    if (!holding) return null
    this.#holdings.delete(deliveryId)
    holding.queue.held -= holding.size
    this.#room.giveBack(holding.size)
    return holding.queue
  }

  /** Queues of endpoints that have nothing any more must not fill the memory. */
  forgetIfUnused(queue: EndpointQueue): void {
    if (queue.held > 0 || queue.inFlight > 0 || queue.waiting > 0 || queue.dueAt !== null) return
    if (queue.listed || queue.looking || queue.unsettled !== null) return
    queue.paceTimer?.cancel()
    this.#queues.delete(queue.endpointId)
  }

  /** How many deliveries are ready for endpoints that take them well. */
  ready(): number {
    let ready = 0
    for (const queue of this.#queues.values()) if (!queue.struggling) ready += queue.waiting
    return ready
  }
}
