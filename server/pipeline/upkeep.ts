import { sampledMinute, thinnedUntil } from '../domain/statistics.ts'
import { purgeIdempotencyKeys } from '../storage/accept.ts'
import { cancelOfGoneEndpoints } from '../storage/cancel.ts'
import { allBacklogs } from '../storage/claim.ts'
import { purgeJobs } from '../storage/job.ts'
import { buryNodes, forgetNodes, releaseOfDeadNodes } from '../storage/node.ts'
import { countWaitingBefore, createPartitions, dropPartitions } from '../storage/partition.ts'
import { purgePortalSessions } from '../storage/portal-session.ts'
import { purgePreviousSecrets } from '../storage/previous-secret.ts'
import { dropSamples, takeSamples, thinSamples } from '../storage/sample.ts'
import { dropCounts, sumUpHours } from '../storage/workspace-counts.ts'
import type { Alerts } from './alerts.ts'
import { type AuditUpkeepOptions, purgeAudit, signCheckpoints } from './audit-upkeep.ts'
import type { Timer } from './clock.ts'
import type { Configuration } from './configuration.ts'
import type { Dispatch } from './dispatch.ts'
import type { Node } from './node.ts'
import type { Tunnels } from './tunnels.ts'

export interface UpkeepOptions extends AuditUpkeepOptions {
  readonly configuration: Configuration
  readonly dispatch: Dispatch
  readonly node: Node
  readonly alerts: Alerts
  readonly tunnels: Pick<Tunnels, 'upkeep'>
  readonly retentionDays: number
  /** Nobody else can be alive on this database, so whoever is on the list is dead. */
  readonly alone: boolean
}

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const silence = 10 * second
const takeoverChunk = 5_000
const sampleChunk = 5_000

/** Stands beside the rooms: the heartbeat, the dead nodes' deliveries, partitions, retention. */
export class Upkeep {
  readonly #options: UpkeepOptions
  readonly #timers = new Map<string, Timer>()
  #running = new Set<Promise<void>>()
  #lastBeat = 0
  /** When the heartbeats of this node began to come without a gap. */
  #steadySince = Number.NEGATIVE_INFINITY
  #stopping = false

  constructor(options: UpkeepOptions) {
    this.#options = options
  }

  /** Does everything once, so that the node starts from a known state, then goes on by time. */
  async start(): Promise<void> {
    this.#lastBeat = this.#options.clock.now()
    await this.#makePartitions()
    await this.#takeOver(this.#options.alone ? 0 : silence)
    await this.#findBacklogs()
    await this.#takeSamples()
    this.#every('heartbeat', second, () => this.#beat())
    this.#every('takeover', 2 * second, () => this.#takeOver(silence))
    this.#every('reconciliation', minute, async () => this.#options.dispatch.reconcile())
    this.#every('backlogs', 15 * second, () => this.#findBacklogs())
    this.#every('partitions', hour, () => this.#makePartitions())
    this.#every('retention', hour, () => this.#dropOld())
    this.#every('checkpoints of the audit log', 5 * minute, () => signCheckpoints(this.#options))
    this.#every('purge of the audit log', hour, () => purgeAudit(this.#options))
    this.#every('tunnels', 15 * second, () => this.#options.tunnels.upkeep())
    this.#every('cancellation', 15 * second, () => this.#cancelOrphans())
    // Soon after each full minute, by whichever node comes first.
    this.#every('sampling', 5 * second, () => this.#takeSamples())
    if (this.#options.dispatch.works) this.#every('alerts', 5 * second, () => this.#options.alerts.look())
    this.#every('thinning', hour, () => this.#thinSamples())
  }

  async stop(): Promise<void> {
    this.#stopping = true
    for (const timer of this.#timers.values()) timer.cancel()
    await Promise.all(this.#running)
  }

  #every(name: string, period: number, work: () => Promise<void>): void {
    if (this.#stopping) return
    const run = async () => {
      try {
        await work()
      } catch (error) {
        this.#options.log.warn({ err: error }, `${name} failed; trying again in ${period / second} s`)
      }
      this.#every(name, period, work)
    }
    const start = () => {
      const running = run().finally(() => this.#running.delete(running))
      this.#running.add(running)
    }
    this.#timers.set(name, this.#options.clock.after(period, start))
  }

  async #beat(): Promise<void> {
    const { node, dispatch, clock, log } = this.#options
    const sentAt = clock.now()
    const alive = await node.beat(new Date(sentAt))
    const now = clock.now()
    if (now - this.#lastBeat >= silence) this.#steadySince = now
    this.#lastBeat = now
    if (alive) return dispatch.heard(sentAt)
    log.error({ node: node.id }, 'this node was taken for dead; it goes on as a new one')
    dispatch.abandon()
    dispatch.heard(sentAt)
  }

  async #takeOver(silentFor: number): Promise<void> {
    const { database, dispatch, node, clock, log } = this.#options
    // What it took from the dead would wait until somebody else looks for backlogs.
    if (!dispatch.works) return
    const now = clock.now()
    // While the database was away nobody was heard of: whoever is back first must give the others time to be.
    const steady = now - this.#steadySince >= silence && now - this.#lastBeat < silence
    const buried = steady ? await buryNodes(database, node.id, new Date(now - silentFor), new Date(now)) : 0
    let released = 0
    for (;;) {
      const chunk = await releaseOfDeadNodes(database, takeoverChunk)
      released += chunk
      if (chunk === 0) break
    }
    if (buried > 0) log.info({ nodes: buried, deliveries: released }, 'took over from nodes that are gone')
    // What waited for a node that held its endpoint's lease was perhaps in nobody's hands.
    if (buried > 0) dispatch.forgetServers()
    if (buried > 0 || released > 0) await this.#findBacklogs()
    await forgetNodes(database, new Date(now - hour))
  }

  /** Deliveries that other nodes gave back, or had no room for, are found here at the latest. */
  async #findBacklogs(): Promise<void> {
    const { database, configuration, dispatch, log } = this.#options
    // A node that attempts nothing has no use for the backlogs, nor for everybody's configuration.
    if (!dispatch.works) return
    for (const { endpointId, workspaceId, dueAt } of await allBacklogs(database)) {
      try {
        await configuration.workspace(workspaceId)
      } catch (error) {
        log.error({ err: error, workspace: workspaceId }, 'a workspace could not be loaded; its deliveries wait')
      }
      // Unknown now means that the endpoint is gone, and its deliveries are about to be canceled.
      if (configuration.endpoint(endpointId)) dispatch.wake(endpointId, dueAt.getTime())
    }
  }

  async #makePartitions(): Promise<void> {
    const now = this.#options.clock.now()
    await createPartitions(this.#options.database, new Date(now - day), new Date(now + 3 * day))
  }

  async #dropOld(): Promise<void> {
    const { database, clock, log, retentionDays, alerts } = this.#options
    const now = clock.now()
    const before = new Date(now - retentionDays * day)
    const waiting = await countWaitingBefore(database, before)
    const dropped = await dropPartitions(database, before)
    if (dropped.length > 0) log.info({ partitions: dropped }, `dropped what is older than ${retentionDays} days`)
    // Held for an endpoint that stayed paused or disabled for as long as everything is kept, or replayed when it was old.
    if (waiting > 0) log.warn({ deliveries: waiting }, 'deliveries that still waited were dropped with their day')
    await purgeIdempotencyKeys(database, new Date(now - day))
    await purgePreviousSecrets(database, new Date(now))
    await purgePortalSessions(database, new Date(now))
    await purgeJobs(database, before)
    await alerts.forget(before)
  }

  async #takeSamples(): Promise<void> {
    const { database, clock } = this.#options
    await takeSamples(database, new Date(sampledMinute(clock.now())))
  }

  async #thinSamples(): Promise<void> {
    const { database, clock, retentionDays } = this.#options
    const now = clock.now()
    const [until, before] = [new Date(thinnedUntil(now)), new Date(now - retentionDays * day)]
    for (const remove of [
      () => thinSamples(database, until, sampleChunk),
      () => dropSamples(database, before, sampleChunk),
      () => sumUpHours(database, until, sampleChunk),
    ]) {
      while (!this.#stopping && (await remove()) === sampleChunk) {}
    }
    await dropCounts(database, before)
  }

  async #cancelOrphans(): Promise<void> {
    const { database, clock } = this.#options
    while (!this.#stopping) {
      if ((await cancelOfGoneEndpoints(database, takeoverChunk, new Date(clock.now()))) < takeoverChunk) return
    }
  }
}
