import type { BaseLogger } from 'pino'
import type { Endpoint } from '../domain/endpoint.ts'
import type { Event } from '../domain/event.ts'
import { Claim, type ClaimOptions } from './claim.ts'
import type { Clock } from './clock.ts'
import type { Configuration } from './configuration.ts'
import type { EndpointQueue } from './endpoint-queue.ts'
import { Holdings } from './holdings.ts'
import type { Pressure } from './pressure.ts'
import type { Task } from './task.ts'

export interface DispatchOptions extends Pick<ClaimOptions, 'database' | 'node' | 'observeClaim'> {
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
  /** Makes one attempt and hands it to record. Resolves, whatever comes of it, with whether it succeeded. */
  attempt(endpoint: Endpoint, task: Task): Promise<boolean>
}

// Claims look for more when fewer than this many times an endpoint's requests in flight wait in memory.
const lowWater = 2
const claimsPerEndpoint = 4
// Endpoints with nothing in flight may start something until there are this many times the node's requests in flight.
const firstSlots = 4
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
  readonly #claim: Claim
  /** Queues that can start an attempt, in turn. */
  #ring: EndpointQueue[] = []
  /** Queues that wait for a slot; struggling ones wait apart, for a slot of their half. */
  readonly #heldBack = new Set<EndpointQueue>()
  readonly #heldBackStruggling = new Set<EndpointQueue>()
  /** Queues with due deliveries in the database for which there was no room. */
  #starved = new Set<EndpointQueue>()
  #inFlight = 0
  #strugglingInFlight = 0
  #turning = false
  #stopping = false
  #idle: (() => void) | null = null

  constructor(options: DispatchOptions) {
    this.#options = options
    this.#holdings = new Holdings(options.capacity)
    this.#claim = new Claim({
      ...options,
      holds: (deliveryId) => this.#holdings.has(deliveryId),
      begin: (endpointId) => this.#beginLookUp(endpointId),
      claimed: (task) => this.#claimed(task),
      end: (endpointId, dueAt) => this.#endLookUp(endpointId, dueAt),
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
    return this.#inFlight
  }

  /**
   * Takes room for a delivery that is about to be committed. False: it has to wait in the database, because the memory
   * is full, the endpoint takes nothing now, or older deliveries of it wait there already.
   */
  reserve(deliveryId: string, endpoint: Endpoint, event: Event): boolean {
    if (this.#stopping || !this.#options.works || endpoint.status !== 'active') return false
    const queue = this.#holdings.queue(endpoint.id)
    if (queue.looking || (queue.dueAt !== null && queue.dueAt <= this.#options.clock.now())) return false
    if (!this.#holdings.admits(queue) || this.#holdings.has(deliveryId)) return false
    this.#holdings.hold(deliveryId, queue, event)
    return true
  }

  cancelReservation(deliveryId: string): void {
    this.#release(deliveryId)
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
    if (!this.#options.works) return
    const queue = this.#holdings.queue(endpointId)
    queue.dueAt = Math.min(queue.dueAt ?? dueAt, dueAt)
    this.#claimIfDue(queue)
  }

  /** The outcome is recorded: the delivery is no longer in this node's hands. */
  recorded(task: Task, nextAttemptAt: number | null): void {
    this.#release(task.delivery.id)
    if (nextAttemptAt !== null) this.wake(task.delivery.endpointId, nextAttemptAt)
  }

  /** The database may say that this node owns what it does not hold: the next claim looks first. */
  reconcile(): void {
    this.#claim.reconcile()
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
    const { clock, pressure } = this.#options
    let waits = 0
    do await new Promise<void>((resolve) => clock.after(reliefWait, resolve))
    while (++waits < mostReliefWaits && pressure.high && this.#holdings.ready() > enoughReady)
  }

  /** An endpoint became active, paused, or something else: its queue follows. */
  endpointChanged(endpoint: Endpoint): void {
    const queue = this.#holdings.knownQueue(endpoint.id)
    if (!queue) return
    if (endpoint.status === 'active') {
      this.#list(queue)
      this.#turnSoon()
      this.#claimIfDue(queue)
    } else this.#giveBack(queue)
  }

  /** This node was taken for dead: what it has not started belongs to others now. */
  abandon(): void {
    for (const queue of this.#holdings.queues) {
      for (const { delivery } of queue.drain()) this.#release(delivery.id)
    }
  }

  /** Starts nothing more, gives back what waits, and resolves when nothing is in flight. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const queue of this.#holdings.queues) queue.timer?.cancel()
    // A claim that is under way brings deliveries that have to go back too.
    await this.#claim.stop()
    for (const queue of this.#holdings.queues) this.#giveBack(queue)
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve
      })
    }
    await this.#claim.stop()
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
    for (; served < this.#ring.length && !this.#stopping; served++) {
      const queue = this.#ring[served] as EndpointQueue
      queue.listed = false
      this.#serve(queue)
    }
    this.#ring.splice(0, served)
  }

  /** Starts at most one attempt of this queue, then lists it again behind the others. */
  #serve(queue: EndpointQueue): void {
    const endpoint = this.#options.configuration.endpoint(queue.endpointId)
    if (!endpoint) this.#loadEndpoint(queue)
    else if (endpoint.status !== 'active') this.#giveBack(queue)
    else if (queue.inFlight >= endpoint.maxInFlight) return
    else if (this.#hasSlot(queue)) this.#startNext(queue, endpoint)
    else if (queue.struggling) this.#heldBackStruggling.add(queue)
    else this.#heldBack.add(queue)
  }

  /**
   * Endpoints that fail hold their slots for as long as a timeout lasts: half of the slots are never theirs. And one
   * that has nothing in flight may always start something, so that no number of others keeps it out.
   */
  #hasSlot(queue: EndpointQueue): boolean {
    const { mostInFlight } = this.#options
    if (queue.inFlight === 0) return this.#inFlight < mostInFlight * firstSlots
    return this.#inFlight < mostInFlight && (!queue.struggling || this.#strugglingInFlight < mostInFlight / 2)
  }

  #startNext(queue: EndpointQueue, endpoint: Endpoint): void {
    const task = queue.shift()
    if (!task) return
    void this.#attempt(queue, endpoint, task)
    this.#list(queue)
    if (queue.waiting < endpoint.maxInFlight * lowWater) this.#claimIfDue(queue)
  }

  async #attempt(queue: EndpointQueue, endpoint: Endpoint, task: Task): Promise<void> {
    const { struggling } = queue
    queue.inFlight++
    this.#inFlight++
    if (struggling) this.#strugglingInFlight++
    queue.struggling = !(await this.#options.attempt(endpoint, task))
    queue.inFlight--
    this.#inFlight--
    if (struggling) this.#strugglingInFlight--
    this.#slotFreed(queue, struggling)
  }

  /** One slot is free, so one queue that waits for such a slot gets its turn. */
  #slotFreed(queue: EndpointQueue, ofStruggling: boolean): void {
    this.#listFirst(this.#heldBack)
    if (ofStruggling || this.#heldBack.size === 0) this.#listFirst(this.#heldBackStruggling)
    // Behind those that waited for the slot, or it would take it again and again.
    this.#list(queue)
    this.#turnSoon()
    if (this.#inFlight === 0) this.#idle?.()
  }

  #listFirst(heldBack: Set<EndpointQueue>): void {
    for (const queue of heldBack) {
      heldBack.delete(queue)
      this.#list(queue)
      // One that was emptied meanwhile leaves its turn to the next.
      if (queue.listed) return
    }
  }

  #list(queue: EndpointQueue): void {
    if (queue.listed || queue.waiting === 0) return
    queue.listed = true
    this.#ring.push(queue)
  }

  // Looking for more in the database

  /** Has the queue claimed for now, or at the time when its first delivery in the database is due. */
  #claimIfDue(queue: EndpointQueue): void {
    if (queue.dueAt === null || queue.looking || this.#stopping) return
    const endpoint = this.#options.configuration.endpoint(queue.endpointId)
    if (endpoint && endpoint.status !== 'active') return
    const wait = queue.dueAt - this.#options.clock.now()
    queue.timer?.cancel()
    queue.timer = null
    if (wait > 0) queue.timer = this.#options.clock.after(wait, () => this.#claimIfDue(queue))
    else if (!this.#holdings.admits(queue)) this.#starved.add(queue)
    else if (this.#share(queue) > 0) this.#claim.want(queue.endpointId)
  }

  /** Queues that found no room look again, now that there is some. */
  #feedStarved(): void {
    if (this.#starved.size === 0 || !this.#holdings.admits()) return
    const starved = this.#starved
    this.#starved = new Set()
    for (const queue of starved) this.#claimIfDue(queue)
  }

  /** How many deliveries to claim for an endpoint now; 0: it has enough, or there is no room. */
  #share(queue: EndpointQueue): number {
    const endpoint = this.#options.configuration.endpoint(queue.endpointId)
    if (this.#stopping || (endpoint && endpoint.status !== 'active') || !this.#holdings.admits(queue)) return 0
    const inFlight = endpoint?.maxInFlight ?? 1
    if (queue.struggling) return Math.max(0, inFlight - queue.waiting)
    return queue.waiting < inFlight * lowWater ? inFlight * claimsPerEndpoint - queue.waiting : 0
  }

  /** A claim looks now. What becomes due meanwhile is noted apart, so that the claim's answer cannot hide it. */
  #beginLookUp(endpointId: string): number {
    const queue = this.#holdings.queue(endpointId)
    const share = this.#share(queue)
    if (share > 0) {
      queue.looking = true
      queue.dueAt = null
    }
    // The room that there was when it asked is taken: with nothing in memory it has nobody else to remind it.
    else if (queue.dueAt !== null && !this.#holdings.admits(queue)) this.#starved.add(queue)
    return share
  }

  #claimed(task: Task): void {
    // Held already: its last outcome is stored, but the answer was lost and record is asking again.
    const held = this.#holdings.has(task.delivery.id)
    const queue = this.#holdings.queue(task.delivery.endpointId)
    if (!held) this.#holdings.hold(task.delivery.id, queue, task.event)
    this.enqueue(task)
  }

  /** A claim has looked: then the endpoint's next delivery in the database is due. */
  #endLookUp(endpointId: string, dueAt: number | null): void {
    const queue = this.#holdings.queue(endpointId)
    queue.looking = false
    if (dueAt !== null) this.wake(endpointId, dueAt)
    // What became due while the claim looked was only noted.
    else this.#claimIfDue(queue)
    this.#holdings.forgetIfUnused(queue)
  }

  /** The workspace is not in memory, such as after a claim: it is loaded, then the queue gets its turn. */
  #loadEndpoint(queue: EndpointQueue): void {
    const [first, ...rest] = queue.drain()
    if (!first) return
    this.#options.configuration.workspace(first.delivery.workspaceId).then(
      () => {
        for (const task of [first, ...rest]) queue.push(task)
        const gone = this.#options.configuration.endpoint(queue.endpointId) === undefined
        if (gone || this.#stopping) this.#giveBack(queue)
        this.#list(queue)
        this.#turnSoon()
      },
      (error: unknown) => {
        this.#options.log.warn({ err: error }, 'a workspace could not be loaded; its deliveries go back')
        for (const task of [first, ...rest]) queue.push(task)
        this.#giveBack(queue)
      },
    )
  }

  // Letting go

  #release(deliveryId: string): void {
    const queue = this.#holdings.release(deliveryId)
    if (!queue) return
    this.#claimIfDue(queue)
    this.#holdings.forgetIfUnused(queue)
    this.#feedStarved()
  }

  /** Gives waiting deliveries back to the database: the endpoint does not take them now. */
  #giveBack(queue: EndpointQueue): void {
    const tasks = queue.drain()
    if (tasks.length === 0) return
    this.#claim.giveBack(tasks, () => {
      for (const { delivery } of tasks) this.#release(delivery.id)
      // Of an endpoint that is gone they wait for upkeep: claiming them would only bring them back here.
      const known = this.#options.configuration.endpoint(queue.endpointId) !== undefined
      if (known) this.wake(queue.endpointId, this.#options.clock.now())
    })
  }
}
