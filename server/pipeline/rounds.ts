import type { BaseLogger } from 'pino'
import type { Clock, Timer } from './clock.ts'

export interface RoundsOptions {
  readonly clock: Clock
  readonly log: BaseLogger
  /** What is worked on, for the log: "jobs". */
  readonly name: string
  /** Milliseconds until the next look at the latest: another node's work becomes due without a word. */
  readonly pollPeriod: number
  /** Does some of what is due. False: nothing is. */
  step(): Promise<boolean>
  /** When the next is due; null: none waits. */
  nextDue(): Promise<Date | null>
}

const shortestWait = 20

/** Work that waits in Postgres: done whenever somebody says that there is some, and from time to time. */
export class Rounds {
  readonly #options: RoundsOptions
  #timer: Timer | null = null
  #running: Promise<void> | null = null
  #again = false
  #stopping = false

  constructor(options: RoundsOptions) {
    this.#options = options
  }

  /** Looks for work now, and from then on by time. */
  wake(): void {
    if (this.#stopping) return
    this.#timer?.cancel()
    this.#timer = null
    this.#again = true
    this.#running ??= this.#run().finally(() => {
      this.#running = null
      if (this.#again) this.wake()
    })
  }

  /** Resolves when the step that is under way is done. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#again = false
    this.#timer?.cancel()
    await this.#running
  }

  async #run(): Promise<void> {
    const { clock, log, name, pollPeriod, step } = this.#options
    let wait = pollPeriod
    try {
      do {
        this.#again = false
        while (!this.#stopping && (await step()));
      } while (this.#again)
      wait = await this.#untilNext()
    } catch (error) {
      log.warn({ err: error }, `${name} could not go on; trying again in ${pollPeriod / 1_000} s`)
    }
    if (!this.#stopping && !this.#again) this.#timer = clock.after(wait, () => this.wake())
  }

  async #untilNext(): Promise<number> {
    const { clock, pollPeriod, nextDue } = this.#options
    const due = await nextDue()
    // What is due all the same is in the hands of another node.
    const wait = due === null ? pollPeriod : due.getTime() - clock.now()
    return Math.min(Math.max(wait, shortestWait), pollPeriod)
  }
}
