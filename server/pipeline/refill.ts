import type { BaseLogger } from 'pino'
import { type Endpoint, needsLease } from '../domain/endpoint.ts'
import { Claim, type ClaimOptions } from './claim.ts'
import type { Clock } from './clock.ts'
import type { Configuration } from './configuration.ts'
import type { EndpointQueue } from './endpoint-queue.ts'
import type { Holdings } from './holdings.ts'
import type { Leases } from './leases.ts'
import type { Wish } from './look-up.ts'
import { shareOf } from './share.ts'
import type { Task } from './task.ts'
import type { Tunnels } from './tunnels.ts'

export interface RefillOptions extends Pick<ClaimOptions, 'database' | 'node' | 'observeClaim'> {
  readonly configuration: Configuration
  readonly holdings: Holdings
  readonly leases: Leases
  readonly clock: Clock
  readonly log: BaseLogger
  readonly works: boolean
  /** A delivery came from the database; its room is taken. */
  enqueue(task: Task): void
  /** There is something to do for an endpoint that another node serves. */
  announce(endpointId: string): void
  readonly tunnels: Pick<Tunnels, 'reaches' | 'taken'>
}

// Looking whether a batch is full reads as many deliveries as it holds.
const batchLooks = 100

/** What dispatch has in the database: when to ask for more of an endpoint, for how much, and what goes back. */
export class Refill {
  readonly #options: RefillOptions
  readonly #claim: Claim
  /** Queues with due deliveries in the database for which there was no room. */
  #starved = new Set<EndpointQueue>()
  #stopping = false

  constructor(options: RefillOptions) {
    this.#options = options
    this.#claim = new Claim({
      ...options,
      holds: (deliveryId) => options.holdings.has(deliveryId),
      exists: (endpointId, workspaceId) => this.#exists(endpointId, workspaceId),
      begin: (endpointId) => this.#begin(endpointId),
      claimed: (task) => this.#claimed(task),
      end: (endpointId, dueAt) => this.#end(endpointId, dueAt),
    })
  }

  /** Deliveries of this endpoint wait in the database; the first is due then. */
  wake(endpointId: string, dueAt: number): void {
    if (!this.#options.works || !this.#reaches(endpointId)) return
    const queue = this.#options.holdings.queue(endpointId)
    queue.dueAt = Math.min(queue.dueAt ?? dueAt, dueAt)
    this.lookIfDue(queue)
  }

  /** The same for deliveries that this node has put there: whichever node serves the endpoint has to know. */
  wakeServer(endpointId: string): void {
    if (this.#isElsewhere(endpointId)) this.#options.announce(endpointId)
    else if (this.#options.works) this.#options.holdings.queue(endpointId).announce = true
    this.wake(endpointId, this.#options.clock.now())
  }

  /** A delivery that this node had is due then; it may have lost the endpoint meanwhile. */
  dueAgain(endpointId: string, dueAt: number): void {
    if (this.#reaches(endpointId)) this.wake(endpointId, dueAt)
    else this.#options.announce(endpointId)
  }

  /** The endpoint has left this node: what is here goes back, and when more is due is for others to know. */
  lose(endpointId: string): void {
    const queue = this.#options.holdings.knownQueue(endpointId)
    if (!queue) return
    queue.timer?.cancel()
    queue.timer = null
    queue.dueAt = null
    this.giveBack(queue)
    this.#options.holdings.forgetIfUnused(queue)
  }

  #isElsewhere(endpointId: string): boolean {
    return !this.#reaches(endpointId) || this.#options.leases.elsewhereUntil(endpointId) !== null
  }

  /** A tunnel hangs on one node, and the others have nothing to do with it. */
  #reaches(endpointId: string): boolean {
    const endpoint = this.#options.configuration.endpoint(endpointId)
    return endpoint === undefined || this.#options.tunnels.reaches(endpoint)
  }

  /** Has the queue claimed for now, or at the time when its first delivery in the database is due. */
  lookIfDue(queue: EndpointQueue): void {
    if (queue.dueAt === null || queue.looking || this.#stopping) return
    const endpoint = this.#options.configuration.endpoint(queue.endpointId)
    if (endpoint && (endpoint.status !== 'active' || !this.#options.tunnels.reaches(endpoint))) return
    const now = this.#options.clock.now()
    const wait = Math.max(queue.dueAt, this.#earliestLook(queue, endpoint)) - now
    queue.timer?.cancel()
    queue.timer = null
    if (wait > 0) queue.timer = this.#options.clock.after(wait, () => this.lookIfDue(queue))
    else if (!this.#options.holdings.admits(queue)) this.#starved.add(queue)
    else if (this.#share(queue, endpoint) > 0) this.#claim.want(queue.endpointId)
  }

  #earliestLook(queue: EndpointQueue, endpoint: Endpoint | undefined): number {
    if (!endpoint || !needsLease(endpoint)) return 0
    return Math.max(
      this.#options.leases.elsewhereUntil(endpoint.id) ?? 0,
      endpoint.batch ? queue.lookedAt + batchLooks : 0,
    )
  }

  /** Queues that found no room look again, now that there is some. */
  #feedStarved(): void {
    if (this.#starved.size === 0 || !this.#options.holdings.admits()) return
    const starved = this.#starved
    this.#starved = new Set()
    for (const queue of starved) this.lookIfDue(queue)
  }

  /** How many deliveries, or batches, to claim for an endpoint now; 0: it has enough, or there is no room. */
  #share(queue: EndpointQueue, endpoint: Endpoint | undefined): number {
    if (this.#stopping || (endpoint && endpoint.status !== 'active') || !this.#options.holdings.admits(queue)) return 0
    if (endpoint && !this.#options.tunnels.reaches(endpoint)) return 0
    // What is in hand from before it was serialized comes first, or its line could not be put in order.
    if (endpoint?.serialize && queue.held > 0 && !this.#options.leases.serves(endpoint)) return 0
    return shareOf(queue, endpoint)
  }

  /** A claim looks now. What becomes due meanwhile is noted apart, so that the claim's answer cannot hide it. */
  #begin(endpointId: string): Wish | null {
    const queue = this.#options.holdings.queue(endpointId)
    const endpoint = this.#options.configuration.endpoint(endpointId)
    const share = this.#share(queue, endpoint)
    if (share > 0) {
      queue.looking = true
      queue.dueAt = null
      queue.lookedAt = this.#options.clock.now()
      return { endpointId, endpoint, share }
    }
    // The room that there was when it asked is taken: with nothing in memory it has nobody else to remind it.
    if (queue.dueAt !== null && !this.#options.holdings.admits(queue)) this.#starved.add(queue)
    return null
  }

  async #exists(endpointId: string, workspaceId: string): Promise<boolean> {
    const { configuration, log } = this.#options
    try {
      await configuration.workspace(workspaceId)
    } catch (error) {
      log.warn(
        { err: error, workspace: workspaceId },
        'a workspace could not be loaded; its deliveries wait for upkeep',
      )
    }
    return configuration.endpoint(endpointId) !== undefined
  }

  #claimed(task: Task): void {
    // Held already: its last outcome is stored, but the answer was lost and record is asking again.
    const held = this.#options.holdings.has(task.delivery.id)
    const queue = this.#options.holdings.queue(task.delivery.endpointId)
    queue.lookedAt = Number.NEGATIVE_INFINITY
    if (!held) this.#options.holdings.hold(task.delivery.id, queue, task.event)
    this.#options.enqueue(task)
  }

  /** A claim has looked: then the endpoint's next delivery in the database is due. */
  #end(endpointId: string, dueAt: number | null): void {
    const queue = this.#options.holdings.queue(endpointId)
    queue.looking = false
    // A tunnel that was lost meanwhile has somebody else who does not know yet what is due.
    const lost = !this.#reaches(endpointId)
    if (lost || (queue.announce && this.#isElsewhere(endpointId))) this.#options.announce(endpointId)
    queue.announce = false
    if (queue.outdated) this.giveBack(queue)
    queue.outdated = false
    if (dueAt !== null) this.wake(endpointId, dueAt)
    // What became due while the claim looked was only noted.
    else this.lookIfDue(queue)
    this.#options.holdings.forgetIfUnused(queue)
  }

  /** A delivery is no longer in this node's hands, and its room is free. */
  release(deliveryId: string): void {
    const queue = this.#options.holdings.release(deliveryId)
    if (!queue) return
    this.lookIfDue(queue)
    this.#options.holdings.forgetIfUnused(queue)
    this.#feedStarved()
  }

  /** Gives waiting deliveries back to the database: the endpoint does not take them now. */
  giveBack(queue: EndpointQueue): void {
    const tasks = queue.drain()
    if (tasks.length === 0) return
    this.#claim.giveBack(tasks, () => {
      for (const { delivery } of tasks) this.release(delivery.id)
      // Of an endpoint that is gone they wait for upkeep: claiming them would only bring them back here.
      const known = this.#options.configuration.endpoint(queue.endpointId) !== undefined
      if (known) this.dueAgain(queue.endpointId, this.#options.clock.now())
    })
  }

  /** The database may say that this node owns what it does not hold: the next claim looks first. */
  reconcile(): void {
    this.#claim.reconcile()
  }

  /** Looks for nothing more; resolves when what had to go back has gone. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const { timer } of this.#options.holdings.queues) timer?.cancel()
    await this.#claim.stop()
  }
}
