import type { BaseLogger } from 'pino'
import { claimDue, nextDue, ownedDeliveries, releaseDeliveries } from '../storage/claim.ts'
import type { Database } from '../storage/database.ts'
import type { Clock } from './clock.ts'
import type { Node } from './node.ts'
import type { Task } from './task.ts'

export interface ClaimOptions {
  readonly database: Database
  readonly node: Node
  readonly clock: Clock
  readonly log: BaseLogger
  observeClaim(seconds: number, deliveries: number): void
  /** Whether this node holds the delivery, in whichever room. */
  holds(deliveryId: string): boolean
  /** A look-up for this endpoint begins; gives how many deliveries it may bring, 0 for none. */
  begin(endpointId: string): number
  claimed(task: Task): void
  /** The look-up is over; the endpoint's next delivery in the database is due then. */
  end(endpointId: string, dueAt: number | null): void
}

interface Returning {
  readonly tasks: readonly Task[]
  readonly done: () => void
}

// One claim brings at most this many deliveries, for at most this many endpoints, so that a round stays short.
const mostDeliveries = 200
const mostEndpoints = 100
const firstPause = 100
const longestPause = 2_000

/** Dispatch's hand in the database: takes due deliveries, gives back what cannot be attempted, one round at a time. */
export class Claim {
  readonly #options: ClaimOptions
  readonly #wanted = new Set<string>()
  #returning: Returning[] = []
  #reconcile = false
  #running: Promise<void> | null = null
  #stopping = false

  constructor(options: ClaimOptions) {
    this.#options = options
  }

  /** Looks for due deliveries of this endpoint. */
  want(endpointId: string): void {
    this.#wanted.add(endpointId)
    this.#start()
  }

  /** Gives deliveries back to the database, then calls `done`. */
  giveBack(tasks: readonly Task[], done: () => void): void {
    this.#returning.push({ tasks, done })
    this.#start()
  }

  /** Finds deliveries that this node owns without holding them, and gives them back. */
  reconcile(): void {
    this.#reconcile = true
    this.#start()
  }

  /** Gives back what is left to give back, if the database can be reached. */
  async stop(): Promise<void> {
    this.#stopping = true
    while (this.#running !== null) await this.#running
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = null
      if (this.#hasWork) this.#start()
    })
  }

  get #hasWork(): boolean {
    return this.#returning.length > 0 || (!this.#stopping && (this.#reconcile || this.#wanted.size > 0))
  }

  async #run(): Promise<void> {
    // What asked for this claim may ask for more in the same turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve))
    let pause = firstPause
    while (this.#hasWork) {
      try {
        await this.#round()
        pause = firstPause
      } catch (error) {
        this.#options.log.warn({ err: error }, 'claiming deliveries failed; trying again')
        // A claim that failed on the way back may have taken deliveries.
        this.#reconcile = true
        if (this.#stopping) {
          // What could not be given back belongs to a node that is declared dead next, so that others take it over.
          this.#returning = []
          return
        }
        await new Promise<void>((resolve) => this.#options.clock.after(pause, resolve))
        pause = Math.min(pause * 2, longestPause)
      }
    }
  }

  async #round(): Promise<void> {
    if (this.#reconcile) await this.#giveBackStrays()
    if (this.#returning.length > 0) await this.#giveBackReturning()
    if (this.#wanted.size > 0 && !this.#stopping) await this.#claim()
  }

  async #claim(): Promise<void> {
    const wanted = this.#nextShares()
    if (wanted.length === 0) return
    const due = new Map<string, number | null>(wanted.map(({ endpointId }) => [endpointId, this.#options.clock.now()]))
    try {
      const counts = await this.#take(wanted)
      const emptied = wanted.filter(({ endpointId, share }) => (counts.get(endpointId) ?? 0) < share)
      if (emptied.length === 0) return
      const next = await nextDue(
        this.#options.database,
        emptied.map(({ endpointId }) => endpointId),
      )
      for (const { endpointId } of emptied) due.set(endpointId, null)
      for (const { endpointId, dueAt } of next) due.set(endpointId, dueAt.getTime())
    } finally {
      for (const [endpointId, dueAt] of due) this.#options.end(endpointId, dueAt)
    }
  }

  #nextShares(): { endpointId: string; share: number }[] {
    const endpointIds = [...this.#wanted].slice(0, mostEndpoints)
    const fair = Math.max(1, Math.floor(mostDeliveries / endpointIds.length))
    for (const endpointId of endpointIds) this.#wanted.delete(endpointId)
    return endpointIds
      .map((endpointId) => ({ endpointId, share: Math.min(fair, this.#options.begin(endpointId)) }))
      .filter(({ share }) => share > 0)
  }

  async #take(wanted: readonly { endpointId: string; share: number }[]): Promise<Map<string, number>> {
    const { database, node, clock } = this.#options
    const startedAt = clock.now()
    const claimed = await claimDue(database, wanted, node.id, new Date(startedAt))
    this.#options.observeClaim((clock.now() - startedAt) / 1000, claimed.length)
    const counts = new Map<string, number>()
    for (const task of claimed) {
      const { endpointId } = task.delivery
      counts.set(endpointId, (counts.get(endpointId) ?? 0) + 1)
      this.#options.claimed(task)
    }
    return counts
  }

  async #giveBackReturning(): Promise<void> {
    const { database, node } = this.#options
    const returning = this.#returning
    const ids = returning.flatMap(({ tasks }) => tasks.map(({ delivery }) => delivery.id))
    await releaseDeliveries(database, ids, node.id)
    this.#returning = this.#returning.slice(returning.length)
    for (const { done } of returning) done()
  }

  /** What was accepted or claimed while the connection broke off is owned by this node, which never heard of it. */
  async #giveBackStrays(): Promise<void> {
    const { database, node, clock } = this.#options
    const owned = await ownedDeliveries(database, node.id)
    const strays = owned.filter((id) => !this.#options.holds(id))
    const endpointIds = await releaseDeliveries(database, strays, node.id)
    this.#reconcile = false
    for (const endpointId of endpointIds) this.#options.end(endpointId, clock.now())
  }
}
