import type { BaseLogger } from 'pino'
import { type Settlement, settle } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import type { Database } from '../storage/database.ts'
import { type BatchRecording, recordBatches } from '../storage/record-batch.ts'
import type { BatchResult } from './deliver.ts'
import { OutcomeWriter } from './outcome-writer.ts'
import type { Task } from './task.ts'

export interface RecordBatchesOptions {
  readonly database: Database
  readonly log: BaseLogger
  random(): number
  recorded(task: Task, nextAttemptAt: number | null): void
  /** What an attempt made of a delivery is committed, and it was this node's to say. */
  settled(
    endpointId: string,
    attempt: { readonly gone: boolean; readonly startedAt: Date },
    settlement: Settlement,
  ): void
}

interface Waiting {
  readonly tasks: readonly Task[]
  readonly endpointId: string
  readonly gone: boolean
  readonly recording: BatchRecording
  readonly withoutResponse: boolean
}

// Deliveries in a transaction, beyond which further batches wait for the next one.
const groupSize = 2_000

/** What came of a batch, for the deliveries that it carried. Those that it did not carry are not touched. */
function batchRecording(
  tasks: readonly Task[],
  { attempt, endedAt, retryAfterSeconds, outcomes }: BatchResult,
  schedule: readonly number[],
  random: number,
): BatchRecording {
  const { startedAt } = attempt
  const carried = outcomes.map((judgement, index) => {
    const { delivery } = tasks[index] as Task
    const { outcome } = judgement
    // With the same jitter for all: what is due at the same time can travel together again.
    const settlement = settle(delivery, { outcome, startedAt, endedAt, retryAfterSeconds }, schedule, random)
    return { delivery, judgement, settlement }
  })
  return { attempt, endedAt, carried }
}

/** The part of room four that writes batches. Each is as much as a group of others, so none waits to be joined. */
export class RecordBatches {
  readonly #options: RecordBatchesOptions
  readonly #writer: OutcomeWriter<Waiting>

  constructor(options: RecordBatchesOptions) {
    this.#options = options
    const { log } = options
    this.#writer = new OutcomeWriter({
      log,
      fullAt: groupSize,
      weight: ({ recording }) => recording.carried.length,
      write: (group) => this.#write(group),
      withoutResponse,
      letGo: ({ tasks, recording }, error) => {
        options.log.error({ err: error, attempt: recording.attempt.id }, 'an attempt could not be stored')
        for (const task of tasks) options.recorded(task, null)
      },
    })
  }

  add(tasks: readonly Task[], endpoint: Endpoint, result: BatchResult): void {
    const carried = tasks.slice(0, result.outcomes.length)
    const recording = batchRecording(carried, result, endpoint.retryScheduleSeconds, this.#options.random())
    const waiting = { tasks: carried, endpointId: endpoint.id, gone: result.gone, recording }
    this.#writer.add({ ...waiting, withoutResponse: false })
  }

  async stop(): Promise<void> {
    await this.#writer.stop()
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    const { database, log, settled, recorded } = this.#options
    const lost = await recordBatches(
      database,
      group.map(({ recording }) => recording),
    )
    if (lost.size > 0) log.warn({ deliveries: [...lost] }, 'deliveries were taken over by another node')
    for (const { tasks, endpointId, gone, recording } of group) {
      const attempt = { gone, startedAt: recording.attempt.startedAt }
      for (const [index, { delivery, settlement }] of recording.carried.entries()) {
        if (!lost.has(delivery.id)) settled(endpointId, attempt, settlement)
        // Due all the same: it may have been this very outcome that was stored before a connection broke off.
        recorded(tasks[index] as Task, settlement.nextAttemptAt?.getTime() ?? null)
      }
    }
  }
}

function withoutResponse(waiting: Waiting): Waiting | null {
  if (waiting.withoutResponse) return null
  const { recording } = waiting
  const attempt = { ...recording.attempt, response: null, errorDetail: 'the response could not be stored' }
  const carried = recording.carried.map((one) => ({ ...one, judgement: { ...one.judgement, detail: null } }))
  return { ...waiting, recording: { ...recording, attempt, carried }, withoutResponse: true }
}
