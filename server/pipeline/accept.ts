import type { BaseLogger } from 'pino'
import type { Endpoint } from '../domain/endpoint.ts'
import { deliveryId } from '../domain/identifier.ts'
import { Problem } from '../errors.ts'
import {
  accept,
  findIdempotencyKey,
  type PlannedDelivery,
  type PlannedPublication,
  type PublicationResult,
} from '../storage/accept.ts'
import type { Database } from '../storage/database.ts'
import { isDataError, isDuplicate, isRetryable, isUnavailable } from '../storage/failure.ts'
import type { Clock } from './clock.ts'
import type { Configuration, WorkspaceConfiguration } from './configuration.ts'
import type { Dispatch } from './dispatch.ts'
import { GroupCommit } from './group-commit.ts'
import type { Node } from './node.ts'
import { dataBytes, freshTask, type Publication, splitRepeated, weigh } from './publication.ts'

export interface AcceptOptions {
  readonly database: Database
  readonly configuration: Configuration
  readonly dispatch: Dispatch
  readonly node: Node
  readonly clock: Clock
  readonly log: BaseLogger
  /** Deliveries of these endpoints wait in the database. */
  wake(endpointIds: readonly string[]): void
}

interface Waiting {
  readonly planned: PlannedPublication
  readonly resolve: (result: PublicationResult) => void
  readonly reject: (error: unknown) => void
}

const groupEvents = 500
// Requests in memory that wait for a commit. Beyond this the database cannot keep up and publishers must slow down.
const mostWaiting = 20_000
// Nor may they fill the memory, such as with large payloads while the database is away.
const mostWaitingBytes = 128 * 1024 * 1024
// One publication is one statement, and while it runs no other is accepted: about a second's work.
const mostDeliveries = 20_000
const mostPlans = 10
const retryAfterSeconds = 1

/** Room one: stores events with all their deliveries, then hands them to dispatch. */
export class Accept {
  readonly #options: AcceptOptions
  readonly #groups: GroupCommit<Waiting>
  #waitingBytes = 0
  #stopping = false

  constructor(options: AcceptOptions) {
    this.#options = options
    this.#groups = new GroupCommit({
      lanes: 1,
      fullAt: groupEvents,
      weight: ({ planned }) => weigh(planned),
      // A tenant with many endpoints writes hundreds of rows for one event: its own publishes wait for that, not others'.
      owner: ({ planned }) => planned.workspaceId,
      gather: () => options.dispatch.relief(),
      commit: (group) => this.#commit(group),
    })
  }

  /**
   * Resolves with the answer once the publication is committed; a used idempotency key gives the first answer again.
   * Rejects with a Problem: not_found, event_exists, idempotency_conflict, overloaded, shutting_down,
   * database_unavailable. After the last one the outcome is unknown: an idempotency key makes trying again safe.
   */
  async publish(publication: Publication): Promise<string> {
    for (let plans = 0; plans < mostPlans; plans++) {
      this.#refuseWhenFull()
      const { configuration: known } = this.#options
      const { workspaceId } = publication
      const configuration = known.knownWorkspace(workspaceId) ?? (await known.workspace(workspaceId))
      if (!configuration) throw new Problem('not_found', 'There is no such workspace.')
      const planned = this.#plan(publication, configuration)
      const result = await this.#stored(planned)
      if (result.kind === 'accepted') return planned.response
      if (result.kind === 'stale') {
        await this.#options.configuration.reload(publication.workspaceId)
        continue
      }
      // An event that exists may have been stored under this very key, by the request that is repeated here.
      const answer = await this.#firstAnswer(publication)
      if (answer !== null) return answer
      if (result.kind === 'event_exists') throw eventExists()
    }
    throw new Problem('overloaded', 'The workspace keeps changing while the event is being accepted. Try again.', {
      retryAfterSeconds,
    })
  }

  /** Refuses what comes, and resolves when what is under way is committed. */
  async stop(): Promise<void> {
    this.#stopping = true
    await this.#groups.idle()
  }

  #refuseWhenFull(): void {
    if (this.#stopping) {
      throw new Problem('shutting_down', 'This node is shutting down. Try again.', { retryAfterSeconds })
    }
    if (this.#groups.length >= mostWaiting || this.#waitingBytes >= mostWaitingBytes) {
      throw new Problem('overloaded', 'More is being published than the database takes. Try again.', {
        retryAfterSeconds,
      })
    }
  }

  #plan(publication: Publication, { workspace, fanOut }: WorkspaceConfiguration): PlannedPublication {
    const { dispatch, node } = this.#options
    const wanted = publication.events.map((event, index) => fanOut.plan(event, publication.data?.[index]))
    requireSize(wanted)
    const events = publication.events.map((event, index) => {
      const deliveries = (wanted[index] ?? []).map((endpoint): PlannedDelivery => {
        const id = deliveryId(event.id, endpoint.id)
        return { id, endpointId: endpoint.id, owner: dispatch.reserve(id, endpoint, event) ? node.id : 0 }
      })
      return { event, idGiven: event.idGiven, deliveries }
    })
    return {
      workspaceId: publication.workspaceId,
      configVersion: workspace.configVersion,
      idempotency: publication.idempotency,
      response: publication.answer(events.map(({ deliveries }) => deliveries.length)),
      events,
    }
  }

  #stored(planned: PlannedPublication): Promise<PublicationResult> {
    const bytes = dataBytes(planned)
    this.#waitingBytes += bytes
    return new Promise((resolve, reject) => {
      this.#groups.add({
        planned,
        resolve: (result) => {
          this.#waitingBytes -= bytes
          resolve(result)
        },
        reject: (error) => {
          this.#waitingBytes -= bytes
          reject(error)
        },
      })
    })
  }

  async #commit(group: readonly Waiting[]): Promise<(() => void) | null> {
    const [now, later] = splitRepeated(group)
    for (const waiting of later) this.#groups.add(waiting)
    try {
      return await this.#store(now)
    } catch (error) {
      await this.#recover(now, error)
      return null
    }
  }

  /** Gives what hands the deliveries over and tells the publishers. */
  async #store(group: readonly Waiting[]): Promise<() => void> {
    const { database, node, clock } = this.#options
    const now = new Date(clock.now())
    const owner = node.id
    const plans = group.map(({ planned }) => planned)
    const { results, nodeAlive } = await accept(database, plans, owner, now)
    return () => {
      for (const [index, waiting] of group.entries()) {
        const result = results[index] as PublicationResult
        if (result.kind === 'accepted') this.#handOver(waiting.planned, result.sequences, nodeAlive ? owner : 0, now)
        else this.#giveRoomBack(waiting.planned)
        waiting.resolve(result)
      }
    }
  }

  /** Gives dispatch what it has room for; the rest waits in the database. */
  #handOver(planned: PlannedPublication, sequences: readonly (number | null)[], owner: number, now: Date): void {
    const { dispatch, wake } = this.#options
    const unowned: string[] = []
    let next = 0
    for (const { event, deliveries } of planned.events) {
      for (const delivery of deliveries) {
        const sequence = sequences[next++] ?? null
        if (sequence !== null && delivery.owner !== 0 && owner !== 0) {
          dispatch.enqueue(freshTask(event, delivery, sequence, owner, now))
          continue
        }
        if (delivery.owner !== 0) dispatch.cancelReservation(delivery.id)
        if (sequence !== null) unowned.push(delivery.endpointId)
      }
    }
    wake(unowned)
  }

  #giveRoomBack(planned: PlannedPublication): void {
    for (const { deliveries } of planned.events) {
      // Without an owner there is no reservation; one of the same id belongs to a publication of the same event.
      for (const { id, owner } of deliveries) if (owner !== 0) this.#options.dispatch.cancelReservation(id)
    }
  }

  /** A group that failed as a whole: one bad publication must not fail its neighbours. */
  async #recover(group: readonly Waiting[], error: unknown): Promise<void> {
    const first = group[0]
    if (first && group.length === 1 && !isRetryable(error)) return this.#fail(first, error)
    if (isUnavailable(error) || !(isDataError(error) || isRetryable(error))) {
      for (const waiting of group) this.#fail(waiting, error)
      return
    }
    for (const waiting of group) {
      try {
        const finish = await this.#store([waiting])
        finish()
      } catch (cause) {
        this.#fail(waiting, cause)
      }
    }
  }

  #fail(waiting: Waiting, error: unknown): void {
    this.#giveRoomBack(waiting.planned)
    if (isUnavailable(error)) {
      // It may be committed all the same: then its deliveries are owned by this node, which does not have them.
      this.#options.dispatch.reconcile()
      waiting.reject(databaseUnavailable(error))
    } else if (isDuplicate(error) && waiting.planned.events.some(({ idGiven }) => idGiven)) {
      waiting.resolve({ kind: 'event_exists' })
    } else {
      this.#options.log.error({ err: error }, 'accepting failed')
      waiting.reject(error)
    }
  }

  async #firstAnswer({ workspaceId, idempotency }: Publication): Promise<string | null> {
    if (!idempotency) return null
    const stored = await findIdempotencyKey(this.#options.database, workspaceId, idempotency.key)
    if (!stored) return null
    if (stored.bodyHash.equals(idempotency.bodyHash)) return stored.response
    throw new Problem(
      'idempotency_conflict',
      `The Idempotency-Key '${idempotency.key}' was used with another body within the last 24 hours. Use a new key.`,
    )
  }
}

function databaseUnavailable(cause: unknown): Problem {
  const detail = 'The database is away for the moment; the event may or may not be stored.'
  return new Problem('database_unavailable', detail, { retryAfterSeconds, cause })
}

/** Before anything is reserved. */
function requireSize(wanted: readonly (readonly Endpoint[])[]): void {
  const deliveries = wanted.reduce((sum, { length }) => sum + length, 0)
  if (deliveries <= mostDeliveries || wanted.length === 1) return
  throw new Problem(
    'payload_too_large',
    `The batch makes ${deliveries} deliveries; one request may make ${mostDeliveries}. Send fewer events at once.`,
  )
}

function eventExists(): Problem {
  return new Problem('event_exists', 'An event with one of the given ids is stored. Leave out `id` or use a new one.')
}
