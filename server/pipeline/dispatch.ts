import { setTimeout as sleep } from 'node:timers/promises'
import type { BaseLogger } from 'pino'
import { type Endpoint, needsLease } from '../domain/endpoint.ts'
import type { Event } from '../domain/event.ts'
import type { Lease } from '../storage/lease.ts'
import type { Clock } from './clock.ts'
import type { Configuration } from './configuration.ts'
import type { EndpointQueue } from './endpoint-queue.ts'
import { Holdings } from './holdings.ts'
import { Leases } from './leases.ts'
import type { Pressure } from './pressure.ts'
import { Refill, type RefillOptions } from './refill.ts'
import { Slots } from './slots.ts'
import type { Task } from './task.ts'

export interface DispatchOptions extends Omit<RefillOptions, 'holdings' | 'leases' | 'enqueue'> {
  readonly configuration: Configuration
  readonly pressure: Pressure
  readonly clock: Clock
  readonly log: BaseLogger
  /** Whether this node attempts deliveries at all. */
  readonly works: boolean
  /** Bytes of memory for deliveries. */
  readonly capacity: number
  /** Requests of this node in flight at the same time, beside the first one of each endpoint. */
  readonly mostInFlight: number
  /**
   * Makes one attempt and hands it to record. Resolves, whatever comes of it, with whether it succeeded.
   *
   * @param signal ends the attempt when it aborts; null: nothing but its deadline does
   */
  attempt(endpoint: Endpoint, task: Task, signal: AbortSignal | null): Promise<boolean>
  /** The same with a batch. `leave` is called at once with what there is no room for in the request, if anything. */
  attemptBatch(
    endpoint: Endpoint,
    tasks: readonly Task[],
    signal: AbortSignal,
    leave: (left: readonly Task[]) => void,
  ): Promise<boolean>
}

// What an accept waits for at the most when the process is saturated: 60 × 3 ms.
const enoughReady = 500
const mostReliefWaits = 60
const reliefWait = 3

/**
 * Room two: decides what is attempted next. Queues per endpoint, served in turn; limits per endpoint and for the node;
 * what does not fit waits in the database and is claimed when there is room.
 */
export class Dispatch {
  readonly #options: DispatchOptions
  readonly #holdings: Holdings
  readonly #refill: Refill
  readonly #leases: Leases
  readonly #slots: Slots
  /** Queues that can start an attempt, in turn. */
  #ring: EndpointQueue[] = []
  #turning = false
  #stopping = false
  #idle: (() => void) | null = null

  constructor(options: DispatchOptions) {
    this.#options = options
    this.#holdings = new Holdings(options.capacity)
    this.#slots = new Slots(options.mostInFlight)
    const { clock } = options
    this.#leases = new Leases({ ...options, ready: (endpointId) => this.#refill.wake(endpointId, clock.now()) })
    this.#refill = new Refill({
      ...options,
      holdings: this.#holdings,
      leases: this.#leases,
      enqueue: (task) => this.enqueue(task),
    })
  }

  /** Whether this node attempts deliveries at all. */
  get works(): boolean {
    return this.#options.works
  }

  get waiting(): number {
    return this.#holdings.size
  }

  get inFlight(): number {
    return this.#slots.taken
  }

  /**
   * Takes room for a delivery that is about to be committed. False: it has to wait in the database, because the memory
   * is full, the endpoint takes nothing now or needs a lease, or older deliveries of it wait there already.
   */
  reserve(deliveryId: string, endpoint: Endpoint, event: Event): boolean {
    if (this.#stopping || !this.#options.works || endpoint.status !== 'active' || needsLease(endpoint)) return false
    const queue = this.#holdings.queue(endpoint.id)
    if (queue.looking || (queue.dueAt !== null && queue.dueAt <= this.#options.clock.now())) return false
    if (!this.#holdings.admits(queue) || this.#holdings.has(deliveryId)) return false
    this.#holdings.hold(deliveryId, queue, event)
    return true
  }

  cancelReservation(deliveryId: string): void {
    this.#refill.release(deliveryId)
  }

  /** A delivery that was reserved is committed. */
  enqueue(task: Task): void {
    const queue = this.#holdings.queue(task.delivery.endpointId)
    queue.push(task)
    this.#list(queue)
    this.#turnSoon()
  }

  /** Deliveries of this endpoint wait in the database; the first is due then. */
  wake(endpointId: string, dueAt: number): void {
    this.#refill.wake(endpointId, dueAt)
  }

  /** The same for deliveries that this node has put there: whichever node serves the endpoint has to know. */
  wakeServer(endpointId: string): void {
    this.#refill.wakeServer(endpointId)
  }

  /** The outcome is recorded: the delivery is no longer in this node's hands. */
  recorded(task: Task, nextAttemptAt: number | null): void {
    const { id, endpointId, state } = task.delivery
    const queue = this.#holdings.knownQueue(endpointId)
    if (queue?.unsettled === id) {
      this.#settled(queue, nextAttemptAt !== null)
      // Whatever waited behind a head with a retry was not looked for.
      if (state === 'retrying') this.#refill.wake(endpointId, this.#options.clock.now())
    }
    this.#refill.release(id)
    if (nextAttemptAt !== null) this.#refill.dueAgain(endpointId, nextAttemptAt)
  }

  /** The outcome for the head of a line is known: what follows may start, or has to wait in the database for its retry. */
  #settled(queue: EndpointQueue, again: boolean): void {
    queue.unsettled = null
    if (again) {
      queue.outdated = queue.looking
      this.#refill.giveBack(queue)
    } else {
      this.#list(queue)
      this.#turnSoon()
    }
  }

  /** The heartbeat that was sent then was heard: leases can be relied on. */
  heard(sentAt: number): void {
    if (!this.#leases.heard(sentAt)) return
    for (const queue of this.#holdings.queues) this.#list(queue)
    this.#turnSoon()
  }

  /** A node has died: whose endpoints it served is found out anew. */
  forgetServers(): void {
    this.#leases.forgetElsewhere()
  }

  /** The database may say that this node owns what it does not hold: the next claim looks first. */
  reconcile(): void {
    this.#refill.reconcile()
  }

  /**
   * What accept waits for before it takes on a group; null, which is the rule: nothing. In a saturated process larger
   * groups cost less, and what is accepted faster than it is attempted only has to be put aside and claimed again. Slow
   * endpoints never cause a wait.
   */
  relief(): Promise<void> | null {
    return this.#options.pressure.high ? this.#relieve() : null
  }

  async #relieve(): Promise<void> {
    const { pressure } = this.#options
    let waits = 0
    do await sleep(reliefWait)
    while (++waits < mostReliefWaits && pressure.high && this.#holdings.ready() > enoughReady)
  }

  /** An endpoint became active, paused, or something else: its queue follows. */
  endpointChanged(endpoint: Endpoint): void {
    const queue = this.#holdings.knownQueue(endpoint.id)
    if (!queue) return
    if (endpoint.status === 'active') {
      this.#list(queue)
      this.#turnSoon()
      this.#refill.lookIfDue(queue)
    } else this.#refill.giveBack(queue)
  }

  /** A tunnel is connected to this node, which has got its lease. */
  connected(endpoint: Endpoint, lease: Lease): void {
    this.#leases.hold(endpoint, lease)
    this.#refill.wake(endpoint.id, this.#options.clock.now())
  }

  /** It no longer is: what waits here goes back. Resolves when the lease is given back. */
  async disconnected(endpointId: string): Promise<void> {
    const released = this.#leases.release(endpointId)
    this.#refill.lose(endpointId)
    await released
  }

  /** This node was taken for dead: what it has not started belongs to others now. */
  abandon(): void {
    this.#leases.abandon()
    for (const queue of this.#holdings.queues) {
      for (const { delivery } of queue.drain()) this.#refill.release(delivery.id)
    }
  }

  /** Starts nothing more, gives back what waits, and resolves when nothing is in flight. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const { paceTimer } of this.#holdings.queues) paceTimer?.cancel()
    // A claim that is under way brings deliveries that have to go back too.
    await this.#refill.stop()
    for (const queue of this.#holdings.queues) this.#refill.giveBack(queue)
    if (this.inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve
      })
    }
    await this.#refill.stop()
  }

  /** Gives the leases back, once everything is recorded; gives the endpoints that others may serve now. */
  async releaseLeases(): Promise<readonly string[]> {
    return await this.#leases.stop()
  }

  // Serving the queues

  /** Starts attempts after this turn of the event loop, so that a group that was just committed is served in turn. */
  #turnSoon(): void {
    if (this.#turning) return
    this.#turning = true
    queueMicrotask(() => {
      this.#turning = false
      this.#turn()
    })
  }

  #turn(): void {
    let served = 0
    // What was listed may have had no use for its slot: nobody is left waiting for one that is free.
    while (!this.#stopping && (served < this.#ring.length || this.#listHeldBack())) {
      const queue = this.#ring[served++] as EndpointQueue
      queue.listed = false
      this.#serve(queue)
    }
    this.#ring.splice(0, served)
  }

  /** Starts at most one attempt of this queue, then lists it again behind the others. */
  #serve(queue: EndpointQueue): void {
    // What was there when it was listed may have gone back.
    if (queue.waiting === 0) return
    const endpoint = this.#options.configuration.endpoint(queue.endpointId)
    if (!endpoint) void this.#loadEndpoint(queue)
    else if (endpoint.status !== 'active') this.#refill.giveBack(queue)
    else if (needsLease(endpoint) && !this.#leases.serves(endpoint)) this.#refill.giveBack(queue)
    else if (!this.#mayStart(queue, endpoint)) return
    else if (this.#slots.has(queue)) this.#startNext(queue, endpoint)
    else this.#slots.holdBack(queue)
  }

  /** What keeps an endpoint from its next attempt lists the queue again when it ends. */
  #mayStart(queue: EndpointQueue, endpoint: Endpoint): boolean {
    if (queue.inFlight >= (endpoint.serialize ? 1 : queue.concurrency.limit(endpoint.maxInFlight))) return false
    if (!needsLease(endpoint)) return true
    if (!this.#leases.trusted || queue.unsettled !== null || queue.outdated) return false
    return endpoint.maxPerSecond === null || this.#inPace(queue, endpoint.maxPerSecond)
  }

  #inPace(queue: EndpointQueue, perSecond: number): boolean {
    const { clock } = this.#options
    const wait = this.#leases.pace(queue.endpointId)?.wait(clock.now(), perSecond) ?? 0
    if (wait === 0) return true
    queue.paceTimer?.cancel()
    queue.paceTimer = clock.after(Math.ceil(wait), () => {
      this.#list(queue)
      this.#turnSoon()
    })
    return false
  }

  #startNext(queue: EndpointQueue, endpoint: Endpoint): void {
    const { clock } = this.#options
    if (endpoint.maxPerSecond !== null) this.#leases.pace(endpoint.id)?.take(clock.now(), endpoint.maxPerSecond)
    if (endpoint.batch) void this.#attemptBatch(queue, endpoint, queue.take(endpoint.batch.maxEvents))
    else {
      const task = queue.shift()
      if (!task) return
      if (endpoint.serialize) queue.unsettled = task.delivery.id
      void this.#attempt(queue, endpoint, task)
    }
    this.#list(queue)
    // With a timer set, nothing more is due yet.
    if (queue.timer === null) this.#refill.lookIfDue(queue)
  }

  async #attempt(queue: EndpointQueue, endpoint: Endpoint, task: Task): Promise<void> {
    const end = this.#begin(queue, endpoint)
    const signal = needsLease(endpoint) ? this.#leases.signal : null
    end(await this.#options.attempt(endpoint, task, signal))
  }

  async #attemptBatch(queue: EndpointQueue, endpoint: Endpoint, tasks: readonly Task[]): Promise<void> {
    const end = this.#begin(queue, endpoint)
    end(await this.#options.attemptBatch(endpoint, tasks, this.#leases.signal, (left) => queue.putBack(left)))
  }

  /** One more attempt is in flight; what it gives is called when it has ended. */
  #begin(queue: EndpointQueue, endpoint: Endpoint): (succeeded: boolean) => void {
    const { struggling } = queue
    const number = queue.concurrency.start()
    queue.inFlight++
    this.#slots.take({ struggling })
    return (succeeded) => {
      queue.struggling = !succeeded
      queue.concurrency.ended(number, succeeded, endpoint.maxInFlight)
      queue.inFlight--
      this.#slotFreed(queue, struggling)
    }
  }

  #slotFreed(queue: EndpointQueue, struggling: boolean): void {
    this.#slots.give({ struggling })
    this.#listHeldBack()
    // Behind those that waited for the slot, or it would take it again and again.
    this.#list(queue)
    this.#turnSoon()
    if (this.inFlight === 0) this.#idle?.()
  }

  /** Lists a queue that may have one of the free slots. Gives whether there is one. */
  #listHeldBack(): boolean {
    for (let next = this.#slots.next(); next; next = this.#slots.next()) {
      this.#list(next)
      // One that was emptied meanwhile leaves its turn to the next.
      if (next.listed) return true
    }
    return false
  }

  #list(queue: EndpointQueue): void {
    if (queue.listed || queue.waiting === 0) return
    queue.listed = true
    this.#ring.push(queue)
  }

  /** The workspace is not in memory, such as after a claim: it is loaded, then the queue gets its turn. */
  async #loadEndpoint(queue: EndpointQueue): Promise<void> {
    const { first } = queue
    if (!first || queue.loading) return
    queue.loading = true
    try {
      await this.#options.configuration.workspace(first.delivery.workspaceId)
    } catch (error) {
      this.#options.log.warn({ err: error }, 'a workspace could not be loaded; its deliveries go back')
    }
    queue.loading = false
    const gone = this.#options.configuration.endpoint(queue.endpointId) === undefined
    if (gone || this.#stopping) this.#refill.giveBack(queue)
    this.#list(queue)
    this.#turnSoon()
  }
}
