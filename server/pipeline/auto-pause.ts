import type { BaseLogger } from 'pino'
import type { Settlement } from '../domain/delivery.ts'
import { autoPause, pausable } from '../storage/auto-pause.ts'
import type { Database } from '../storage/database.ts'
import type { Clock, Timer } from './clock.ts'

export interface AutoPauseOptions {
  readonly database: Database
  readonly clock: Clock
  readonly log: BaseLogger
  /** A new UUIDv7. */
  newId(): string
  /** Something was recorded in the audit log of this workspace. */
  audited(workspaceId: string): void
}

/** What has been recorded about an endpoint since anybody looked at it. */
interface Noted {
  /** When the latest attempt began that was answered with 410; null: none was. */
  readonly goneAt: Date | null
  /** The latest first attempt of a delivery that is dead-lettered; null: none is. */
  readonly deadSince: Date | null
}

// An endpoint may dead-letter all the time beside its successes: it is looked at no more often than this.
const rest = 1_000
const goneReason = 'the endpoint answered 410 Gone'
const deadReason = 'a delivery was dead-lettered and none has succeeded since its first attempt'

/**
 * Beside the lane of record: 410 pauses an endpoint at once; a dead letter pauses one that has had no success since that
 * delivery's first attempt. Neither does if somebody has resumed the endpoint since: what failed before that says nothing
 * about an endpoint that was mended, and one that was not fails anew.
 *
 * All endpoints that wait for it share one read, however many attempts there were; only one that is paused costs a
 * transaction.
 *
 * It comes after the commit of the outcome, so a few more requests go out meanwhile: those that start within the time of
 * a read, a transaction and its notification. If the process dies in between, nobody pauses the endpoint until its next
 * 410 or dead letter does.
 */
export class AutoPause {
  readonly #options: AutoPauseOptions
  #noted = new Map<string, Noted>()
  #round: Promise<void> | null = null
  #resting: Timer | null = null

  constructor(options: AutoPauseOptions) {
    this.#options = options
  }

  /** An attempt, and what it made of a delivery, is committed. */
  recorded(
    endpointId: string,
    { gone, startedAt }: { readonly gone: boolean; readonly startedAt: Date },
    { deadLetterReason, firstAttemptAt }: Pick<Settlement, 'deadLetterReason' | 'firstAttemptAt'>,
  ): void {
    if (!gone && deadLetterReason === null) return
    const deadSince = deadLetterReason === null ? null : firstAttemptAt
    this.#note(endpointId, { goneAt: gone ? startedAt : null, deadSince })
    if (gone || !this.#resting) this.#start()
  }

  /** Resolves when everything noted is looked at, or could not be because the database is away. */
  async drain(): Promise<void> {
    await this.#round
    if (this.#noted.size > 0) this.#start()
    await this.#round
    this.#resting?.cancel()
    this.#resting = null
  }

  /** If nothing has succeeded since some first attempt, then nothing has since the latest: so that one is kept. */
  #note(endpointId: string, { goneAt, deadSince }: Noted): void {
    const known = this.#noted.get(endpointId)
    this.#noted.set(endpointId, {
      goneAt: later(known?.goneAt ?? null, goneAt),
      deadSince: later(known?.deadSince ?? null, deadSince),
    })
  }

  #start(): void {
    if (this.#round !== null) return
    this.#resting?.cancel()
    this.#resting = null
    this.#round = this.#look().then((urgent) => {
      this.#round = null
      if (urgent) this.#start()
      else this.#resting = this.#options.clock.after(rest, () => this.#rested())
    })
  }

  #rested(): void {
    this.#resting = null
    if (this.#noted.size > 0) this.#start()
  }

  /** Gives whether an endpoint answered 410 meanwhile, which does not wait for the next round. */
  async #look(): Promise<boolean> {
    const { database, clock, log, newId, audited } = this.#options
    const noted = this.#noted
    this.#noted = new Map()
    try {
      for (const trouble of await pausable(database, [...noted].flatMap(troublesOf))) {
        const { endpointId, unlessSuccess } = trouble
        const reason = unlessSuccess ? deadReason : goneReason
        const why = { reason, alertId: newId(), alertReason: unlessSuccess ? 'paused' : 'gone' } as const
        const workspaceId = await autoPause(database, endpointId, why, trouble, new Date(clock.now()))
        if (workspaceId === null) continue
        audited(workspaceId)
        log.warn({ endpoint: endpointId, reason }, 'endpoint paused')
      }
      return [...this.#noted.values()].some(({ goneAt }) => goneAt !== null)
    } catch (error) {
      log.error({ err: error, endpoints: noted.size }, 'failing endpoints could not be paused; trying again')
      for (const [endpointId, each] of noted) this.#note(endpointId, each)
      return false
    }
  }
}

function later(one: Date | null, other: Date | null): Date | null {
  return one && other ? (one > other ? one : other) : (one ?? other)
}

function troublesOf([endpointId, { goneAt, deadSince }]: readonly [string, Noted]) {
  return [
    ...(goneAt ? [{ endpointId, since: goneAt, unlessSuccess: false }] : []),
    ...(deadSince ? [{ endpointId, since: deadSince, unlessSuccess: true }] : []),
  ]
}
