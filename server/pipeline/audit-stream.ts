import type { BaseLogger } from 'pino'
import { closeAuditStream } from '../storage/audit-span.ts'
import { unstreamed } from '../storage/audit-stream.ts'
import { isRetryable, isUnavailable } from '../storage/failure.ts'
import type { Timer } from './clock.ts'
import { type StreamEntriesOptions, type Streamed, streamEntries } from './stream-entries.ts'

export interface AuditStreamOptions extends StreamEntriesOptions {
  readonly log: BaseLogger
}

/** Workspaces that share a transaction. */
const mostWorkspaces = 50
/** For what other nodes record that do not stream, or recorded before they died. */
const pollMs = 2_000
/** With 100,000 workspaces a look takes a fifth of a second: then the next one waits so many times as long. */
const pollRest = 20
const longestPollMs = 10_000
/** Another node is at it, and may have looked before the last entry was there. */
const busyMs = 100

/**
 * Beside accept: makes events of audit entries, for the endpoints that want them. What is stored and how far a chain has
 * been streamed are one commit: whenever a process dies, and however many nodes do this, each entry is streamed once.
 */
export class AuditStream {
  readonly #options: AuditStreamOptions
  /** Workspaces with entries to stream, in turn. */
  readonly #line = new Set<string>()
  #running: Promise<void> | null = null
  #polling: Promise<void> | null = null
  readonly #timers = new Set<Timer>()
  #stopping = false
  #unstreamed = 0

  constructor(options: AuditStreamOptions) {
    this.#options = options
  }

  /** How many entries of all workspaces waited when this node looked last. */
  get unstreamed(): number {
    return this.#unstreamed
  }

  /** Streams what was recorded while nobody did, and what will be. */
  start(): void {
    const startedAt = performance.now()
    this.#polling = this.#poll().finally(() => {
      const took = performance.now() - startedAt
      this.#after(Math.min(Math.max(pollMs, took * pollRest), longestPollMs), () => this.start())
    })
  }

  /** Entries of this workspace were committed. */
  wake(workspaceId: string): void {
    const known = this.#options.configuration.knownWorkspace(workspaceId)
    if (known?.auditFanOut.isWanted) this.#add([workspaceId])
  }

  /** Begins nothing more, and resolves when what is under way is committed. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const timer of this.#timers) timer.cancel()
    await this.#polling
    await this.#running
  }

  #after(milliseconds: number, work: () => void): void {
    if (this.#stopping) return
    const timer = this.#options.clock.after(milliseconds, () => {
      this.#timers.delete(timer)
      work()
    })
    this.#timers.add(timer)
  }

  #add(workspaceIds: readonly string[]): void {
    for (const workspaceId of workspaceIds) this.#line.add(workspaceId)
    if (this.#stopping || this.#line.size === 0) return
    this.#running ??= this.#run().finally(() => {
      this.#running = null
      // What was added since it found nothing more.
      this.#add([])
    })
  }

  async #poll(): Promise<void> {
    const { database, log } = this.#options
    try {
      const waiting = await unstreamed(database)
      this.#unstreamed = waiting.reduce((sum, { entries }) => sum + entries, 0)
      this.#add(waiting.map(({ workspaceId }) => workspaceId))
    } catch (error) {
      log.warn({ err: error }, 'looking for audit entries to stream failed; trying again')
    }
  }

  async #run(): Promise<void> {
    while (this.#line.size > 0 && !this.#stopping) {
      await this.#options.dispatch.relief()
      const group = [...this.#line].slice(0, mostWorkspaces)
      for (const workspaceId of group) this.#line.delete(workspaceId)
      await this.#stream(group)
    }
  }

  /** What fails here is found again by the next poll. */
  async #stream(group: readonly string[]): Promise<void> {
    const { log } = this.#options
    try {
      await this.#goOn(await streamEntries(this.#options, group))
    } catch (error) {
      if (isUnavailable(error)) log.warn({ err: error }, 'audit entries could not be streamed; trying again')
      // One that cannot be streamed must not keep the others from it.
      else if (group.length > 1) for (const workspaceId of group) await this.#stream([workspaceId])
      else if (isRetryable(error)) this.#add(group)
      else log.error({ err: error, workspace: group[0] }, 'audit entries could not be streamed; trying again')
    }
  }

  async #goOn({ more, stale, busy, unwanted }: Streamed): Promise<void> {
    const { configuration, database } = this.#options
    // Behind all others, for their next turn.
    this.#add(more)
    if (busy.length > 0) this.#after(busyMs, () => this.#add(busy))
    for (const workspaceId of stale) {
      await configuration.reload(workspaceId)
      this.#add([workspaceId])
    }
    for (const workspaceId of unwanted) {
      await database.transaction((transaction) => closeAuditStream(transaction, workspaceId))
    }
  }
}
