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
}

/** What has been recorded about an endpoint since anybody looked at it. */
interface Trouble {
  readonly gone: boolean
  /** The latest first attempt of a delivery that is dead-lettered; null: none is. */
  readonly deadSince: Date | null
}

// An endpoint may dead-letter all the time beside its successes: it is looked at no more often than this.
const rest = 1_000
const goneReason = 'the endpoint answered 410 Gone'
const deadReason = 'a delivery was dead-lettered and none has succeeded since its first attempt'

/**
 * Beside the lane of record: 410 pauses an endpoint at once; a dead letter pauses one that has had no success since that
 * delivery's first attempt. All endpoints that wait for it share one read, however many attempts there were; only one
 * that is paused costs a transaction.
 *
 * It comes after the commit of the outcome, so a few more requests go out meanwhile: those that start within the time of
 * a read, a transaction and its notification. If the process dies in between, nobody pauses the endpoint until its next
 * 410 or dead letter does.
 */
export class AutoPause {
  readonly #options: AutoPauseOptions
  #troubles = new Map<string, Trouble>()
  #round: Promise<void> | null = null
  #resting: Timer | null = null

  constructor(options: AutoPauseOptions) {
    this.#options = options
  }

  /** An attempt, and what it made of a delivery, is committed. */
  recorded(
    endpointId: string,
    gone: boolean,
    { deadLetterReason, firstAttemptAt }: Pick<Settlement, 'deadLetterReason' | 'firstAttemptAt'>,
  ): void {
    if (!gone && deadLetterReason === null) return
    this.#note(endpointId, { gone, deadSince: deadLetterReason === null ? null : firstAttemptAt })
    if (gone || !this.#resting) this.#start()
  }

  /** Resolves when everything noted is looked at, or could not be because the database is away. */
  async drain(): Promise<void> {
    await this.#round
    if (this.#troubles.size > 0) this.#start()
    await this.#round
    this.#resting?.cancel()
    this.#resting = null
  }

  /** If nothing has succeeded since some first attempt, then nothing has since the latest: so that one is kept. */
  #note(endpointId: string, { gone, deadSince }: Trouble): void {
    const known = this.#troubles.get(endpointId)
    const latest = known?.deadSince && (!deadSince || known.deadSince > deadSince) ? known.deadSince : deadSince
    this.#troubles.set(endpointId, { gone: gone || known?.gone === true, deadSince: latest })
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
    if (this.#troubles.size > 0) this.#start()
  }

  /** Gives whether an endpoint answered 410 meanwhile, which does not wait for the next round. */
  async #look(): Promise<boolean> {
    const { database, clock, log, newId } = this.#options
    const troubles = this.#troubles
    this.#troubles = new Map()
    try {
      for (const endpointId of await pausable(database, [...troubles].map(toQuestion))) {
        const trouble = troubles.get(endpointId)
        if (!trouble) continue
        const { gone, deadSince } = trouble
        const reason = gone ? goneReason : deadReason
        const why = { reason, alertId: newId(), alertReason: gone ? 'gone' : 'paused' } as const
        const paused = await autoPause(database, endpointId, why, gone ? null : deadSince, new Date(clock.now()))
        if (paused) log.warn({ endpoint: endpointId, reason }, 'endpoint paused')
      }
      return [...this.#troubles.values()].some(({ gone }) => gone)
    } catch (error) {
      log.error({ err: error, endpoints: troubles.size }, 'failing endpoints could not be paused; trying again')
      for (const [endpointId, trouble] of troubles) this.#note(endpointId, trouble)
      return false
    }
  }
}

function toQuestion([endpointId, { gone, deadSince }]: readonly [string, Trouble]) {
  return { endpointId, unlessSuccessSince: gone ? null : deadSince }
}
