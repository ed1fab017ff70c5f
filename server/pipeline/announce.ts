import type { BaseLogger } from 'pino'
import type { Database } from '../storage/database.ts'
import { announceDue } from '../storage/due.ts'

/** Tells the other nodes which endpoints have something to do. While one message is on its way, the next one gathers. */
export class Announce {
  readonly #database: Database
  readonly #log: BaseLogger
  #endpointIds = new Set<string>()
  #running: Promise<void> | null = null

  constructor(database: Database, log: BaseLogger) {
    this.#database = database
    this.#log = log
  }

  add(endpointId: string): void {
    this.#endpointIds.add(endpointId)
    this.#start()
  }

  /** Resolves when everything is said. */
  async stop(): Promise<void> {
    while (this.#running !== null) await this.#running
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = null
      // What was added between the last look and this moment has started nothing.
      if (this.#endpointIds.size > 0) this.#start()
    })
  }

  async #run(): Promise<void> {
    while (this.#endpointIds.size > 0) {
      const endpointIds = [...this.#endpointIds]
      this.#endpointIds = new Set()
      try {
        await announceDue(this.#database, endpointIds)
      } catch (error) {
        this.#log.warn({ err: error }, 'due deliveries could not be announced; upkeep will find them')
      }
    }
  }
}
