import type { Endpoint } from '../domain/endpoint.ts'
import { needsLease } from '../domain/endpoint.ts'
import { claimDue, nextDue, ownedOfEndpoints, releaseDeliveries } from '../storage/claim.ts'
import { claimBatches, nextBatchDue } from '../storage/claim-batch.ts'
import { claimOrdered, nextDueInOrder } from '../storage/claim-ordered.ts'
import type { ClaimedDelivery } from '../storage/claimed-delivery.ts'
import type { Database } from '../storage/database.ts'
import type { Clock } from './clock.ts'
import type { Leases } from './leases.ts'
import type { Node } from './node.ts'
import type { Task } from './task.ts'

/** What dispatch wants of an endpoint. */
export interface Wish {
  readonly endpointId: string
  /** undefined: its workspace is not in memory. */
  readonly endpoint: Endpoint | undefined
  /** Deliveries at the most, or batches. */
  readonly share: number
}

export interface LookUpOptions {
  readonly database: Database
  readonly node: Node
  readonly clock: Clock
  readonly leases: Leases
  /** Whether this node holds the delivery, in whichever room. */
  holds(deliveryId: string): boolean
  /** Has the workspace loaded; gives whether the endpoint is there, which it is not when it was deleted. */
  exists(endpointId: string, workspaceId: string): Promise<boolean>
  claimed(task: Task): void
  /** The look-up is over; the endpoint's next delivery in the database is due then; null: this node has no more to do. */
  end(endpointId: string, dueAt: number | null): void
}

// For deliveries that are due but in somebody's hands for a moment.
const pause = 50
const busyPause = 250

/** One look into the database for several endpoints: takes what is due, each kind of endpoint in its way. */
export class LookUp {
  readonly #options: LookUpOptions

  constructor(options: LookUpOptions) {
    this.#options = options
  }

  async take(wishes: readonly Wish[]): Promise<void> {
    const ended = new Set<string>()
    const end = (endpointId: string, dueAt: number | null): void => {
      ended.add(endpointId)
      this.#options.end(endpointId, dueAt)
    }
    try {
      const plain = wishes.filter(({ endpoint }) => !endpoint || !needsLease(endpoint))
      if (plain.length > 0) await this.#takePlain(plain, end)
      const leased = wishes.filter(({ endpoint }) => endpoint && needsLease(endpoint))
      if (leased.length > 0) await this.#takeLeased(leased, end)
    } finally {
      for (const { endpointId } of wishes) {
        if (ended.has(endpointId)) continue
        // Where it failed there may be more. The statement may still be running: a new lease comes after it.
        this.#options.leases.doubt(endpointId)
        end(endpointId, this.#options.clock.now())
      }
    }
  }

  async #takePlain(wishes: readonly Wish[], end: LookUpOptions['end']): Promise<void> {
    const { database, node, clock, leases, exists } = this.#options
    const epoch = (endpointId: string): number | null => leases.lease(endpointId)?.epoch ?? null
    const wanted = wishes.map(({ endpointId, endpoint, share }) => {
      return { endpointId, share, epoch: endpoint && needsLease(endpoint) ? epoch(endpointId) : null }
    })
    const now = new Date(clock.now())
    const counts = this.#handOver(await claimDue(database, wanted, node.id, now))
    await this.#end(wishes, counts, now, end, async (endpointIds) => {
      const known = new Set(wishes.filter(({ endpoint }) => endpoint).map(({ endpointId }) => endpointId))
      const next = new Map<string, Date>()
      for (const { endpointId, workspaceId, dueAt } of await nextDue(database, endpointIds)) {
        // Of an endpoint that needs a lease nothing is claimed before that is known. What waits for one that is gone is
        // for upkeep.
        if (known.has(endpointId) || (await exists(endpointId, workspaceId))) next.set(endpointId, dueAt)
      }
      return next
    })
  }

  async #takeLeased(wishes: readonly Wish[], end: LookUpOptions['end']): Promise<void> {
    const { leases, clock } = this.#options
    const lacking = wishes.flatMap(({ endpoint }) => (endpoint && leases.lacks(endpoint) ? [endpoint] : []))
    const busy = lacking.length > 0 ? await this.#acquire(lacking) : null
    const served: Record<'ordered' | 'batched' | 'paced', (Wish & { endpoint: Endpoint; epoch: number })[]> = {
      ...{ ordered: [], batched: [], paced: [] },
    }
    for (const { endpointId, endpoint, share } of wishes) {
      const lease = leases.lease(endpointId)
      if (!endpoint || !lease) end(endpointId, busy?.has(endpointId) ? clock.now() + busyPause : null)
      else if (endpoint.serialize && !lease.linedUp) {
        leases.lineUp(endpointId)
        end(endpointId, null)
      } else {
        const kind = endpoint.serialize ? 'ordered' : endpoint.batch ? 'batched' : 'paced'
        served[kind].push({ endpointId, endpoint, share, epoch: lease.epoch })
      }
    }
    if (served.paced.length > 0) await this.#takePlain(served.paced, end)
    if (served.ordered.length > 0) await this.#takeOrdered(served.ordered, end)
    if (served.batched.length > 0) await this.#takeBatches(served.batched, end)
  }

  /** What a claim took whose answer was lost is at the head of the line, and nobody here holds it. */
  async #acquire(endpoints: readonly Endpoint[]): Promise<ReadonlySet<string>> {
    const { database, node, leases, holds } = this.#options
    const busy = await leases.acquire(endpoints)
    const acquired = endpoints.filter(({ id }) => leases.lease(id)).map(({ id }) => id)
    if (acquired.length === 0) return busy
    const strays = (await ownedOfEndpoints(database, acquired, node.id)).filter((id) => !holds(id))
    if (strays.length > 0) await releaseDeliveries(database, strays, node.id)
    return busy
  }

  async #takeOrdered(wishes: readonly (Wish & { epoch: number })[], end: LookUpOptions['end']): Promise<void> {
    const { database, node, clock } = this.#options
    const now = new Date(clock.now())
    const counts = this.#handOver(await claimOrdered(database, wishes, node.id, now))
    await this.#end(wishes, counts, now, end, (endpointIds) => nextDueInOrder(database, endpointIds))
  }

  async #takeBatches(
    wishes: readonly (Wish & { endpoint: Endpoint; epoch: number })[],
    end: LookUpOptions['end'],
  ): Promise<void> {
    const { database, node, clock } = this.#options
    const wanted = wishes.flatMap(({ endpointId, epoch, share, endpoint: { batch } }) => {
      return batch ? [{ endpointId, epoch, batches: share, ...batch }] : []
    })
    const now = new Date(clock.now())
    const counts = this.#handOver(await claimBatches(database, wanted, node.id, now))
    const shares = wanted.map(({ endpointId, batches, maxEvents }) => ({ endpointId, share: batches * maxEvents }))
    await this.#end(shares, counts, now, end, (endpointIds) => {
      return nextBatchDue(
        database,
        wanted.filter(({ endpointId }) => endpointIds.includes(endpointId)),
        now,
      )
    })
  }

  #handOver(claimed: readonly ClaimedDelivery[]): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const task of claimed) {
      const { endpointId } = task.delivery
      counts.set(endpointId, (counts.get(endpointId) ?? 0) + 1)
      this.#options.claimed(task)
    }
    return counts
  }

  /**
   * An endpoint that gave all that was asked for has more; of the others it is asked when the next is due. What was due
   * when the claim looked, at `lookedAt`, and was not taken is in somebody's hands.
   */
  async #end(
    wishes: readonly Pick<Wish, 'endpointId' | 'share'>[],
    counts: ReadonlyMap<string, number>,
    lookedAt: Date,
    end: LookUpOptions['end'],
    nextOf: (endpointIds: readonly string[]) => Promise<ReadonlyMap<string, Date>>,
  ): Promise<void> {
    const { clock, leases } = this.#options
    const emptied = wishes.filter(({ endpointId, share }) => (counts.get(endpointId) ?? 0) < share)
    const next =
      emptied.length > 0 ? await nextOf(emptied.map(({ endpointId }) => endpointId)) : new Map<string, Date>()
    const now = clock.now()
    for (const { endpointId, share } of wishes) {
      const count = counts.get(endpointId) ?? 0
      const due = next.get(endpointId)?.getTime() ?? null
      if (count === 0 && due !== null && due <= lookedAt.getTime()) {
        leases.doubt(endpointId)
        end(endpointId, now + pause)
      } else end(endpointId, count < share ? due : now)
    }
  }
}
