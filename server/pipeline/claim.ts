import { setTimeout as sleep } from 'node:timers/promises'
import type { BaseLogger } from 'pino'
import { ownedDeliveries, releaseDeliveries } from '../storage/claim.ts'
import { LookUp, type LookUpOptions, type Wish } from './look-up.ts'
import type { Task } from './task.ts'

export interface ClaimOptions extends LookUpOptions {
  readonly log: BaseLogger
  observeClaim(seconds: number): void
  /** A look-up for this endpoint begins; null: nothing is wanted of it now. */
  begin(endpointId: string): Wish | null
}

interface Returning {
  readonly tasks: readonly Task[]
  readonly done: () => void
}

// One claim brings at most this many deliveries, for at most this many endpoints, so that a round stays short; but ten
// times as many in batches, which cost much less each.
const mostDeliveries = 200
const mostBatched = 2_000
const mostEndpoints = 100
const firstPause = 100
const longestPause = 2_000

/** Dispatch's hand in the database: takes due deliveries, gives back what cannot be attempted, one round at a time. */
export class Claim {
  readonly #options: ClaimOptions
  readonly #lookUp: LookUp
  readonly #wanted = new Set<string>()
  #returning: Returning[] = []
  #reconcile = false
  #running: Promise<void> | null = null
  #stopping = false

  constructor(options: ClaimOptions) {
    this.#options = options
    this.#lookUp = new LookUp(options)
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
        await sleep(pause)
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
    const { clock, observeClaim } = this.#options
    const wishes = this.#nextWishes()
    if (wishes.length === 0) return
    const startedAt = clock.now()
    await this.#lookUp.take(wishes)
    observeClaim((clock.now() - startedAt) / 1000)
  }

  #nextWishes(): Wish[] {
    const endpointIds = [...this.#wanted].slice(0, mostEndpoints)
    const fair = Math.max(1, Math.floor(mostDeliveries / endpointIds.length))
    const wishes: Wish[] = []
    let batched = 0
    for (const endpointId of endpointIds) {
      if (batched >= mostBatched) break
      this.#wanted.delete(endpointId)
      const wish = this.#options.begin(endpointId)
      if (!wish) continue
      const maxEvents = wish.endpoint?.batch?.maxEvents
      const most = maxEvents === undefined ? fair : Math.max(1, Math.floor((mostBatched - batched) / maxEvents))
      const share = Math.min(most, wish.share)
      wishes.push({ ...wish, share })
      if (maxEvents !== undefined) batched += share * maxEvents
    }
    return wishes
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
