import { setTimeout as sleep } from 'node:timers/promises'
import type { BaseLogger } from 'pino'
import { isDataError } from '../storage/failure.ts'
import { GroupCommit, type GroupCommitOptions } from './group-commit.ts'

export interface OutcomeWriterOptions<Outcome>
  extends Pick<GroupCommitOptions<Outcome>, 'fullAt' | 'weight' | 'gather'> {
  readonly log: BaseLogger
  /** Commits a group and says so to whom it concerns. */
  write(group: readonly Outcome[]): Promise<void>
  /** The same without what a receiver sent, which may be what cannot be stored; null: it has nothing of that. */
  withoutResponse(outcome: Outcome): Outcome | null
  /** Nothing of it can be stored. */
  letGo(outcome: Outcome, error: unknown): void
}

const firstPause = 100
const longestPause = 2_000
// How long a node that is to stop waits for a database that is away.
const patience = 10_000

/** Commits outcomes of attempts, a group at a time, until it succeeds: they were on the wire. */
export class OutcomeWriter<Outcome> {
  readonly #options: OutcomeWriterOptions<Outcome>
  readonly #groups: GroupCommit<Outcome>
  #giveUpAt = Number.POSITIVE_INFINITY

  constructor(options: OutcomeWriterOptions<Outcome>) {
    this.#options = options
    this.#groups = new GroupCommit({
      ...{ ...options, lanes: 1 },
      commit: async (group) => {
        await this.#commit(group)
        return null
      },
    })
  }

  add(outcome: Outcome): void {
    this.#groups.add(outcome)
  }

  /** Resolves when everything is written, or given up because the database stays away: then it is attempted again. */
  async stop(): Promise<void> {
    this.#giveUpAt = performance.now() + patience
    await this.#groups.idle()
  }

  /** While the database is away outcomes wait here: their room is taken, so no more come than memory allows. */
  async #commit(group: readonly Outcome[]): Promise<void> {
    const { log, write } = this.#options
    let pause = firstPause
    for (;;) {
      try {
        return await write(group)
      } catch (error) {
        if (isDataError(error)) return await this.#writeEach(group)
        if (performance.now() >= this.#giveUpAt) {
          log.error({ err: error, attempts: group.length }, 'attempts could not be recorded')
          return
        }
        log.warn({ err: error }, 'recording attempts failed; trying again')
        await sleep(pause)
        pause = Math.min(pause * 2, longestPause)
      }
    }
  }

  /** Something in the group cannot be stored: only that one loses what cannot be stored, its response. */
  async #writeEach(group: readonly Outcome[]): Promise<void> {
    for (const outcome of group) {
      try {
        await this.#options.write([outcome])
      } catch (error) {
        if (isDataError(error)) await this.#writeWithout(outcome, error)
        else await this.#commit([outcome])
      }
    }
  }

  async #writeWithout(outcome: Outcome, error: unknown): Promise<void> {
    const rest = this.#options.withoutResponse(outcome)
    if (rest === null) {
      this.#options.letGo(outcome, error)
      return
    }
    this.#options.log.error({ err: error }, 'a response could not be stored')
    await this.#commit([rest])
  }
}
