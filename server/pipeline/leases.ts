import { setMaxListeners } from 'node:events'
import type { BaseLogger } from 'pino'
import type { Endpoint } from '../domain/endpoint.ts'
import { Pace } from '../domain/pace.ts'
import type { Database } from '../storage/database.ts'
import { acquireLeases, type Lease, releaseLeases } from '../storage/lease.ts'
import { lineUp } from '../storage/line-up.ts'
import type { Clock, Timer } from './clock.ts'
import type { Node } from './node.ts'
import type { Tunnels } from './tunnels.ts'

export interface LeasesOptions {
  readonly database: Database
  readonly node: Node
  readonly clock: Clock
  readonly log: BaseLogger
  /** The endpoint can be served now. */
  ready(endpointId: string): void
  readonly tunnels: Pick<Tunnels, 'taken'>
}

interface Held {
  lease: Lease
  readonly pace: Pace
  /** When the endpoint was changed last, as far as this node knew: any change may have made the lease out of date. */
  readonly asOf: number
  /** A claim took nothing although something was due, or nobody knows what it took: the lease may be out of date. */
  doubtful: boolean
}

// The others take a node for dead when it was silent for ten seconds: before that its requests must have ended.
const trustedFor = 8_000
// A node that dies is found out after twelve seconds at the most; within fifteen somebody else serves its endpoints.
const elsewhereFor = 2_000
const lineUpPause = 1_000

/** The endpoints that this node alone serves, for as long as its heartbeat is heard. */
export class Leases {
  readonly #options: LeasesOptions
  readonly #held = new Map<string, Held>()
  /** Endpoints that another node serves, and until when that is taken for granted. */
  readonly #elsewhere = new Map<string, number>()
  readonly #liningUp = new Map<string, Promise<void>>()
  readonly #stopping = new AbortController()
  #trust = new AbortController()
  #trustedUntil = 0
  #distrust: Timer | null = null

  constructor(options: LeasesOptions) {
    this.#options = options
    this.heard(options.clock.now())
  }

  /** Whether this node may rely on its leases. */
  get trusted(): boolean {
    // A process that was frozen for a while may get to its work before it gets to its timers.
    if (this.#options.clock.now() >= this.#trustedUntil) this.#trust.abort()
    return !this.#trust.signal.aborted
  }

  /** Aborted when this node may no longer rely on its leases: then no request of theirs may be in flight. */
  get signal(): AbortSignal {
    return this.#trust.signal
  }

  /** The lease of the endpoint; undefined: this node does not hold it. */
  lease(endpointId: string): Lease | undefined {
    return this.#held.get(endpointId)?.lease
  }

  /** Whether the lease has to be acquired before the next claim. */
  lacks(endpoint: Endpoint): boolean {
    const held = this.#held.get(endpoint.id)
    return held === undefined || held.doubtful || !isCurrent(held, endpoint)
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

  /** A node has died: it may have been any that served an endpoint. */
  forgetElsewhere(): void {
    this.#elsewhere.clear()
  }

  /** Whether this node may send to the endpoint what it has claimed. */
  serves(endpoint: Endpoint): boolean {
    const held = this.#held.get(endpoint.id)
    if (!held || !endpoint.serialize) return held !== undefined
    return held.lease.linedUp && isCurrent(held, endpoint)
  }

  /**
   * Takes the leases that can be had; gives the endpoints of which other nodes still have deliveries in hand.
   */
  async acquire(endpoints: readonly Endpoint[]): Promise<ReadonlySet<string>> {
    const { database, node, clock, tunnels } = this.#options
    const holder = node.id
    const ids = endpoints.map(({ id }) => id)
    const { leases, busy } = await acquireLeases(database, ids, holder, new Date(clock.now()))
    // Meanwhile this node was taken for dead: what it got under its old name is worth nothing.
    if (node.id !== holder) return new Set(ids)
    this.#forgetExpired()
    const acquired = new Map(leases.map((lease) => [lease.endpointId, lease]))
    for (const endpoint of endpoints) {
      const lease = acquired.get(endpoint.id)
      if (lease) this.hold(endpoint, lease)
      else {
        this.#held.delete(endpoint.id)
        if (endpoint.tunnel !== null) tunnels.taken(endpoint.id)
        else if (!busy.has(endpoint.id)) this.#elsewhere.set(endpoint.id, clock.now() + elsewhereFor)
      }
    }
    return busy
  }

  /** This node has got the lease. */
  hold({ id, updatedAt }: Endpoint, lease: Lease): void {
    this.#elsewhere.delete(id)
    const pace = this.#held.get(id)?.pace ?? new Pace(lease.notBefore?.getTime())
    this.#held.set(id, { lease, pace, asOf: updatedAt.getTime(), doubtful: false })
  }

  /** Gives a lease back: from now on nothing of the endpoint starts here. */
  async release(endpointId: string): Promise<void> {
    const { database, node, clock } = this.#options
    this.#held.delete(endpointId)
    await releaseLeases(database, node.id, new Map([[endpointId, null]]), new Date(clock.now()))
  }

  /** Puts what waits from before the endpoint was serialized into its line; `ready` is called when it is done. */
  lineUp(endpointId: string): void {
    const held = this.#held.get(endpointId)
    if (!held || held.lease.linedUp || this.#liningUp.has(endpointId) || this.#stopping.signal.aborted) return
    const { database, node, clock, log, ready } = this.#options
    const { lease } = held
    const work = lineUp(database, lease, node.id, this.#stopping.signal)
      .then(
        (done) => {
          if (done) held.lease = { ...lease, linedUp: true }
          else held.doubtful = true
          return done ? 0 : lineUpPause
        },
        (error: unknown) => {
          if (!this.#stopping.signal.aborted) {
            log.warn({ err: error, endpoint: endpointId }, 'lining up deliveries failed; trying again')
          }
          return lineUpPause
        },
      )
      .then((pause) => {
        this.#liningUp.delete(endpointId)
        if (pause === 0) ready(endpointId)
        else if (!this.#stopping.signal.aborted) clock.after(pause, () => ready(endpointId))
      })
    this.#liningUp.set(endpointId, work)
  }

  /** The heartbeat that was sent then was heard. Gives whether this node could not rely on its leases before. */
  heard(sentAt: number): boolean {
    const { clock } = this.#options
    const until = sentAt + trustedFor
    // What was heard too late says nothing about now.
    if (until <= clock.now() || this.#stopping.signal.aborted) return false
    const trusted = this.trusted
    this.#trustedUntil = until
    this.#distrust?.cancel()
    this.#distrust = clock.after(until - clock.now(), () => this.#trust.abort())
    if (!trusted) this.#renew()
    return !trusted
  }

  /** This node was taken for dead: others may hold its leases. Until it is heard again it has none. */
  abandon(): void {
    this.#held.clear()
    this.#trust.abort()
  }

  /** Gives everything back; gives the endpoints. Nothing of them may be in flight any more. */
  async stop(): Promise<readonly string[]> {
    this.#stopping.abort()
    this.#distrust?.cancel()
    await Promise.all(this.#liningUp.values())
    const notBefore = new Map([...this.#held].map(([id, { pace }]) => [id, asDate(pace.notBefore)]))
    this.#held.clear()
    const { database, node, clock } = this.#options
    if (notBefore.size > 0) await releaseLeases(database, node.id, notBefore, new Date(clock.now()))
    return [...notBefore.keys()]
  }

  #forgetExpired(): void {
    for (const [endpointId, until] of this.#elsewhere) {
      if (until <= this.#options.clock.now()) this.#elsewhere.delete(endpointId)
    }
  }

  #renew(): void {
    this.#trust = new AbortController()
    // One listener for each request in flight is meant.
    setMaxListeners(0, this.#trust.signal)
  }
}

function isCurrent({ asOf }: Held, { updatedAt }: Endpoint): boolean {
  return asOf === updatedAt.getTime()
}

function asDate(time: number): Date | null {
  return Number.isFinite(time) ? new Date(time) : null
}
