import { setTimeout as sleep } from 'node:timers/promises'
import type { BaseLogger } from 'pino'
import { settle, settleInterrupted } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import type { Database } from '../storage/database.ts'
import { type Recording, record } from '../storage/record.ts'
import { AutoPause } from './auto-pause.ts'
import type { Clock } from './clock.ts'
import type { AttemptResult, BatchResult } from './deliver.ts'
import { OutcomeWriter, type OutcomeWriterOptions } from './outcome-writer.ts'
import { RecordBatches, type RecordBatchesOptions } from './record-batches.ts'
import type { Task } from './task.ts'

export interface RecordOptions {
  readonly database: Database
  readonly clock: Clock
  readonly log: BaseLogger
  /** From 0 to 1, for the jitter of retries. */
  random(): number
  /** A new UUIDv7. */
  newId(): string
  /** The task's outcome is committed; its next attempt, if any, is due then. */
  recorded(task: Task, nextAttemptAt: number | null): void
  /** Something was recorded in the audit log of this workspace. */
  audited(workspaceId: string): void
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
// As a rule nobody waits for a record, and a statement costs as much as twenty of its rows. What is not recorded yet is
// attempted again after a crash, so the wait is short.
const gatherMs = 10

/** Room four: writes attempts and what they made of their deliveries, a group per commit, until it succeeds. */
export class Record {
  readonly #options: RecordOptions
  readonly #writer: OutcomeWriter<Waiting>
  /** What the next delivery of a serialized endpoint waits for. */
  readonly #urgent: OutcomeWriter<Waiting>
  readonly #batches: RecordBatches
  readonly #autoPause: AutoPause

  constructor(options: RecordOptions) {
    this.#options = options
    const { log, recorded } = options
    this.#autoPause = new AutoPause(options)
    const lane: OutcomeWriterOptions<Waiting> = {
      log,
      fullAt: groupSize,
      weight: () => 1,
      write: (group) => this.#write(group),
      withoutResponse,
      // Such as when its day was dropped: going on asking would hold up all others.
      letGo({ task }, error) {
        log.error({ err: error, delivery: task.delivery.id }, 'an attempt could not be stored')
        recorded(task, null)
      },
    }
    this.#writer = new OutcomeWriter({ ...lane, gather: () => sleep(gatherMs) })
    this.#urgent = new OutcomeWriter(lane)
    const settled: RecordBatchesOptions['settled'] = (...settlement) => this.#autoPause.recorded(...settlement)
    this.#batches = new RecordBatches({ ...options, settled })
  }

  add(task: Task, endpoint: Endpoint, result: AttemptResult): void {
    const { attempt, endedAt, retryAfterSeconds, interrupted } = result
    const { outcome, startedAt } = attempt
    const settlement = interrupted
      ? settleInterrupted(task.delivery, { startedAt, endedAt })
      : settle(
          task.delivery,
          { outcome, startedAt, endedAt, retryAfterSeconds },
          endpoint.retryScheduleSeconds,
          this.#options.random(),
        )
    const recording = { delivery: task.delivery, attempt, endedAt, settlement }
    const writer = endpoint.serialize ? this.#urgent : this.#writer
    writer.add({ task, endpoint, result, recording, withoutResponse: false })
  }

  /** `tasks` as they were given to deliver: those that the batch did not carry are left alone. */
  addBatch(tasks: readonly Task[], endpoint: Endpoint, result: BatchResult): void {
    this.#batches.add(tasks, endpoint, result)
  }

  /** Resolves when everything is written, or given up because the database stays away: then it is attempted again. */
  async stop(): Promise<void> {
    await Promise.all([this.#writer, this.#urgent, this.#batches].map((writer) => writer.stop()))
    await this.#autoPause.drain()
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    const { database, log, recorded } = this.#options
    const lost = await record(
      database,
      group.map(({ recording }) => recording),
    )
    for (const { task, endpoint, result, recording } of group) {
      if (lost.has(task.delivery.id))
        log.warn({ delivery: task.delivery.id }, 'delivery was taken over by another node')
      else
        this.#autoPause.recorded(
          endpoint.id,
          { gone: result.gone, startedAt: recording.attempt.startedAt },
          recording.settlement,
        )
      // Due all the same: it may have been this very outcome that was stored before a connection broke off.
      const next = recording.settlement.nextAttemptAt
      recorded(task, next?.getTime() ?? null)
    }
  }
}

function withoutResponse(waiting: Waiting): Waiting | null {
  if (waiting.withoutResponse) return null
  const { recording } = waiting
  const attempt = { ...recording.attempt, response: null, errorDetail: 'the response could not be stored' }
  return { ...waiting, recording: { ...recording, attempt }, withoutResponse: true }
}
