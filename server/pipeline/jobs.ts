import type { BaseLogger } from 'pino'
import type { Database, Session } from '../storage/database.ts'
import { replaySettled } from '../storage/delivery.ts'
import { isRetryable, isUnavailable } from '../storage/failure.ts'
import { advanceCount, advanceJob, endJob, nextJobDue, postponeJob, type TakenJob, takeJob } from '../storage/job.ts'
import { boundChunk, countChunk, isCongested, nextChunk } from '../storage/job-chunk.ts'
import type { Clock } from './clock.ts'
import { Rounds } from './rounds.ts'

export interface JobsOptions {
  readonly database: Database
  readonly clock: Clock
  readonly log: BaseLogger
  /** Deliveries of these endpoints have become due. */
  wake(endpointIds: readonly string[]): void
}

/**
 * What one transaction looks at while it counts, and while it works: a few tens of milliseconds, and on a machine that
 * is short of processor time not a second, since such a transaction waits for this process between its statements.
 */
const countedAtOnce = 5_000
const replayedAtOnce = 125
/** So many are looked at for them, where few match: a job on a rare error must not take a transaction for each 125 others. */
const lookedAtAtOnce = 1_000
/**
 * A job begins this many deliveries a second at the most, on all nodes together: the rest is for live traffic. Twice as
 * many would take most of a small machine, which shows in the time that live deliveries take.
 */
const replayedPerSecond = 1_000
/** With as many due deliveries waiting in the database an endpoint gets no more: new events would wait behind them. */
const enoughWaiting = 1_000
const congestionPause = 100
/** A job on several endpoints does not wait for one that takes little for longer than this. */
const patience = 5_000
const pollPeriod = 2_000

/**
 * Works through durable jobs, a chunk at a time, the one that has waited longest first. There is no owner to take over
 * from: a job belongs to a node for one transaction, which moves the job's cursor together with the deliveries.
 */
export class Jobs {
  readonly #options: JobsOptions
  readonly #rounds: Rounds

  constructor(options: JobsOptions) {
    this.#options = options
    const { clock, log, database } = options
    this.#rounds = new Rounds({
      ...{ clock, log, name: 'jobs', pollPeriod },
      step: () => this.#step(),
      nextDue: () => nextJobDue(database),
    })
  }

  /** Looks for jobs now, and from then on by time. */
  wake(): void {
    this.#rounds.wake()
  }

  /** Resolves when the chunk that is under way is done. */
  stop(): Promise<void> {
    return this.#rounds.stop()
  }

  /** One chunk of one job. False: none is due. */
  async #step(): Promise<boolean> {
    const { database, clock, log, wake } = this.#options
    const now = new Date(clock.now())
    let taken: TakenJob | null = null
    try {
      const endpointIds = await database.transaction(async (transaction) => {
        await boundChunk(transaction)
        taken = await takeJob(transaction, now)
        return taken && (await advance(transaction, taken, now))
      })
      if (endpointIds) wake(endpointIds)
      return endpointIds !== null
    } catch (error) {
      if (taken === null || isUnavailable(error)) throw error
      const { id } = taken as TakenJob
      if (isRetryable(error)) await postponeJob(database, id, new Date(clock.now() + congestionPause))
      else {
        log.error({ err: error, job: id }, 'a job failed')
        await endJob(database, id, { state: 'failed', error: unexpected, now })
      }
      return true
    }
  }
}

const unexpected = 'An unexpected error; the log of the server has the details.'

/** Does what comes next in a job; gives the endpoints for which deliveries have become due. */
async function advance(transaction: Session, job: TakenJob, now: Date): Promise<readonly string[]> {
  const { id, workspaceId, endpointStatus } = job
  if (endpointStatus === 'deleted' || endpointStatus === 'disabled') {
    await endJob(transaction, id, { state: 'failed', error: `The endpoint was ${endpointStatus}.`, now })
    return []
  }
  if (job.total === null) {
    await advanceCount(transaction, id, await countChunk(transaction, job, countedAtOnce))
    return []
  }
  const { to, deliveryIds, endpointIds } = await nextChunk(transaction, job, lookedAtAtOnce, replayedAtOnce)
  if (to === null) {
    await endJob(transaction, id, { state: 'done', error: null, now })
    return []
  }
  const waitsForOne = job.endpointId !== null || now.getTime() - job.advancedAt.getTime() < patience
  if (waitsForOne && (await isCongested(transaction, endpointIds, enoughWaiting, now))) {
    await postponeJob(transaction, id, new Date(now.getTime() + congestionPause))
    return []
  }
  const done = await replaySettled(transaction, workspaceId, deliveryIds, job.states, now)
  const dueAt = new Date(now.getTime() + (done * 1_000) / replayedPerSecond)
  await advanceJob(transaction, id, { to, done, now, dueAt })
  return endpointIds
}
