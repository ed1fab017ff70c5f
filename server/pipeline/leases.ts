import { setMaxListeners } from 'node:events'
import type { BaseLogger } from 'pino'
import type { Endpoint } from '../domain/endpoint.ts'
import { Pace } from '../domain/pace.ts'
import type { Database } from '../storage/database.ts'
import { acquireLeases, type Lease, releaseLeases } from '../storage/lease.ts'
import { lineUp } from '../storage/line-up.ts'
import type { Clock, Timer } from './clock.ts'
import type { Node } from './node.ts'

export interface LeasesOptions {
  readonly database: Database
  readonly node: Node
  readonly clock: Clock
  readonly log: BaseLogger
  /** The endpoint can be served now. */
  ready(endpointId: string): void
}

interface Held {
  lease: Lease
  readonly pace: Pace
  /** A claim took nothing although something was due: the lease may be out of date. */
  doubtful: boolean
}

// The others take a node for dead when it was silent for ten seconds: before that its requests must have ended.
const trustedFor = 8_000
// A node that dies is found out after twelve seconds at the most; within fifteen somebody else serves its endpoints.
const elsewhereFor = 2_000

/** The endpoints that this node alone serves, for as long as its heartbeat is heard. */
export class Leases {
  readonly #options: LeasesOptions
  readonly #held = new Map<string, Held>()
  /** Endpoints that another node serves, and until when that is taken for granted. */
  readonly #elsewhere = new Map<string, number>()
  readonly #liningUp = new Map<string, Promise<void>>()
  #trust = new AbortController()
  #distrust: Timer | null = null

  constructor(options: LeasesOptions) {
    this.#options = options
    this.#renew()
    this.heard(options.clock.now())
  }

  /** Aborted when this node may no longer rely on its leases: then no request of theirs may be in flight. */
  get signal(): AbortSignal {
    return this.#trust.signal
  }

  /** The lease of the endpoint; undefined: this node does not hold it. */
  lease(endpointId: string): Lease | undefined {
    return this.#held.get(endpointId)?.lease
  }

  /** Whether it has to be acquired before the next claim. */
  lacks(endpointId: string): boolean {
    return this.#held.get(endpointId)?.doubtful !== false
  }

  doubt(endpointId: string): void {
    const held = this.#held.get(endpointId)
    if (held) held.doubtful = true
  }

  pace(endpointId: string): Pace | undefined {
    return this.#held.get(endpointId)?.pace
  }

  /** Until when another node is known to serve the endpoint; null: it is not. */
  elsewhereUntil(endpointId: string): number | null {
    const until = this.#elsewhere.get(endpointId)
    if (until === undefined) return null
    if (until > this.#options.clock.now()) return until
    this.#elsewhere.delete(endpointId)
    return null
  }

  /** Whether this node may send to the endpoint what it has claimed. */
  serves(endpoint: Endpoint): boolean {
    const lease = this.lease(endpoint.id)
    return lease !== undefined && (lease.linedUp || !endpoint.serialize)
  }

  /**
   * Takes the leases that can be had; gives the endpoints of which other nodes still have deliveries in hand.
   */
  async acquire(endpointIds: readonly string[]): Promise<ReadonlySet<string>> {
    const { database, node, clock } = this.#options
    const holder = node.id
    const { leases, busy } = await acquireLeases(database, endpointIds, holder, new Date(clock.now()))
    // Meanwhile this node was taken for dead: what it got under its old name is worth nothing.
    if (node.id !== holder) return new Set(endpointIds)
    for (const lease of leases) {
      this.#elsewhere.delete(lease.endpointId)
      const pace = this.#held.get(lease.endpointId)?.pace ?? new Pace(lease.notBefore?.getTime())
      this.#held.set(lease.endpointId, { lease, pace, doubtful: false })
    }
    const acquired = new Set(leases.map(({ endpointId }) => endpointId))
    for (const endpointId of endpointIds) {
      if (acquired.has(endpointId)) continue
      this.#held.delete(endpointId)
      if (!busy.has(endpointId)) this.#elsewhere.set(endpointId, clock.now() + elsewhereFor)
    }
    return busy
  }

  /** Puts what waits from before the endpoint was serialized into its line; `ready` is called when it is done. */
  lineUp(endpointId: string): void {
    const held = this.#held.get(endpointId)
    if (!held || held.lease.linedUp || this.#liningUp.has(endpointId)) return
    const { database, node, log, ready } = this.#options
    const { lease } = held
    const work = lineUp(database, lease, node.id)
      .then(
        () => {
          if (held.lease === lease) held.lease = { ...lease, linedUp: true }
        },
        (error: unknown) => log.warn({ err: error, endpoint: endpointId }, 'lining up deliveries failed; trying again'),
      )
      .finally(() => {
        this.#liningUp.delete(endpointId)
        ready(endpointId)
      })
    this.#liningUp.set(endpointId, work)
  }

  /** The heartbeat that was sent then was heard. Gives whether this node could not rely on its leases before. */
  heard(sentAt: number): boolean {
    const { clock } = this.#options
    this.#distrust?.cancel()
    this.#distrust = clock.after(sentAt + trustedFor - clock.now(), () => this.#trust.abort())
    if (!this.#trust.signal.aborted) return false
    this.#renew()
    return true
  }

  /** This node was taken for dead: others may hold its leases. */
  abandon(): void {
    this.#held.clear()
    this.#trust.abort()
    this.#renew()
  }

  /** Gives everything back; gives the endpoints. Nothing of them may be in flight any more. */
  async stop(): Promise<readonly string[]> {
    this.#distrust?.cancel()
    await Promise.all(this.#liningUp.values())
    const notBefore = new Map([...this.#held].map(([id, { pace }]) => [id, asDate(pace.notBefore)]))
    this.#held.clear()
    if (notBefore.size > 0) await releaseLeases(this.#options.database, this.#options.node.id, notBefore)
    return [...notBefore.keys()]
  }

  #renew(): void {
    this.#trust = new AbortController()
    // One listener for each request in flight is meant.
    setMaxListeners(0, this.#trust.signal)
  }
}

function asDate(time: number): Date | null {
  return Number.isFinite(time) ? new Date(time) : null
}
