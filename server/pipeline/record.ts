import { setTimeout as sleep } from 'node:timers/promises'
import type { BaseLogger } from 'pino'
import { settle } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import type { Database } from '../storage/database.ts'
import { isDataError } from '../storage/failure.ts'
import { type Recording, record } from '../storage/record.ts'
import { AutoPause } from './auto-pause.ts'
import type { Clock } from './clock.ts'
import type { AttemptResult } from './deliver.ts'
import { GroupCommit } from './group-commit.ts'
import type { Task } from './task.ts'

export interface RecordOptions {
  readonly database: Database
  readonly clock: Clock
  readonly log: BaseLogger
  /** From 0 to 1, for the jitter of retries. */
  random(): number
  /** The task's outcome is committed; its next attempt, if any, is due then. */
  recorded(task: Task, nextAttemptAt: number | null): void
}

interface Waiting {
  readonly task: Task
  readonly endpoint: Endpoint
  readonly result: AttemptResult
  readonly recording: Recording
  /** It could not be stored with its response. */
  readonly withoutResponse: boolean
}

const groupSize = 500
// As a rule nobody waits for a record, and a statement costs as much as twenty of its rows. What is not recorded yet is attempted
// again after a crash, so the wait is short.
const gatherMs = 10
const firstPause = 100
const longestPause = 2_000
// How long a node that is to stop waits for a database that is away.
const patience = 10_000

/** Room four: writes attempts and what they made of their deliveries, a group per commit, until it succeeds. */
export class Record {
  readonly #options: RecordOptions
  readonly #groups: GroupCommit<Waiting>
  /** What the next delivery of a serialized endpoint waits for. */
  readonly #urgent: GroupCommit<Waiting>
  readonly #autoPause: AutoPause
  #giveUpAt = Number.POSITIVE_INFINITY

  constructor(options: RecordOptions) {
    this.#options = options
    const lane = { lanes: 1, fullAt: groupSize, weight: () => 1 }
    const commit = (group: readonly Waiting[]) => this.#commit(group)
    this.#groups = new GroupCommit({ ...lane, gather: () => sleep(gatherMs), commit })
    this.#urgent = new GroupCommit({ ...lane, commit })
    this.#autoPause = new AutoPause(options)
  }

  add(task: Task, endpoint: Endpoint, result: AttemptResult): void {
    const { attempt, endedAt, retryAfterSeconds } = result
    const { outcome, startedAt } = attempt
    const settlement = settle(
      task.delivery,
      { outcome, startedAt, endedAt, retryAfterSeconds },
      endpoint.retryScheduleSeconds,
      this.#options.random(),
    )
    const recording = { delivery: task.delivery, attempt, endedAt, settlement }
    const groups = endpoint.serialize ? this.#urgent : this.#groups
    groups.add({ task, endpoint, result, recording, withoutResponse: false })
  }

  /** Resolves when everything is written, or given up because the database stays away: then it is attempted again. */
  async stop(): Promise<void> {
    this.#giveUpAt = this.#options.clock.now() + patience
    await Promise.all([this.#groups.idle(), this.#urgent.idle()])
    await this.#autoPause.drain()
  }

  /** While the database is away outcomes wait here: their room is taken, so no more come than memory allows. */
  async #commit(group: readonly Waiting[]): Promise<void> {
    let pause = firstPause
    for (;;) {
      try {
        return await this.#write(group)
      } catch (error) {
        if (isDataError(error)) return await this.#writeEach(group)
        if (this.#options.clock.now() >= this.#giveUpAt) {
          this.#options.log.error({ err: error, attempts: group.length }, 'attempts could not be recorded')
          return
        }
        this.#options.log.warn({ err: error }, 'recording attempts failed; trying again')
        await new Promise<void>((resolve) => this.#options.clock.after(pause, resolve))
        pause = Math.min(pause * 2, longestPause)
      }
    }
  }

  /** Something in the group cannot be stored: only that one loses what cannot be stored, its response. */
  async #writeEach(group: readonly Waiting[]): Promise<void> {
    for (const waiting of group) {
      try {
        await this.#write([waiting])
      } catch (error) {
        if (!isDataError(error)) await this.#commit([waiting])
        else if (waiting.withoutResponse) this.#giveUp(waiting, error)
        else {
          this.#options.log.error({ err: error }, 'a response could not be stored')
          await this.#commit([withoutResponse(waiting)])
        }
      }
    }
  }

  /** Nothing of it can be stored, such as when its day was dropped: going on asking would hold up all others. */
  #giveUp({ task }: Waiting, error: unknown): void {
    this.#options.log.error({ err: error, delivery: task.delivery.id }, 'an attempt could not be stored')
    this.#options.recorded(task, null)
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    const lost = await record(
      this.#options.database,
      group.map(({ recording }) => recording),
    )
    for (const { task, endpoint, result, recording } of group) {
      if (lost.has(task.delivery.id))
        this.#options.log.warn({ delivery: task.delivery.id }, 'delivery was taken over by another node')
      else this.#autoPause.recorded(endpoint.id, result.gone, recording.settlement)
      // Due all the same: it may have been this very outcome that was stored before a connection broke off.
      const next = recording.settlement.nextAttemptAt
      this.#options.recorded(task, next?.getTime() ?? null)
    }
  }
}

function withoutResponse(waiting: Waiting): Waiting {
  const { recording } = waiting
  const attempt = { ...recording.attempt, response: null, errorDetail: 'the response could not be stored' }
  return { ...waiting, recording: { ...recording, attempt }, withoutResponse: true }
}
