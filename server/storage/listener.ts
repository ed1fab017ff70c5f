import pg from 'pg'
import type { BaseLogger } from 'pino'

const RECONNECT_FIRST_MS = 50
const RECONNECT_MOST_MS = 5_000
// A connection that died without a word, as in a failover, is noticed by the ping that stays unanswered.
const PING_EVERY_MS = 30_000
const PING_TIMEOUT_MS = 5_000

export interface Subscriber {
  readonly channel: string
  readonly onNotify: (payload: string) => void
  /** Runs after every start but the first: notifications may have been missed in between. */
  readonly onReconnect: () => void
}

/** A `LISTEN` on a connection of its own that comes back for ever, until it is stopped. */
export class Listener {
  readonly #config: pg.ClientConfig
  readonly #subscriber: Subscriber
  readonly #log: BaseLogger
  #client: pg.Client | null = null
  #timer: NodeJS.Timeout | null = null
  #delayMs = RECONNECT_FIRST_MS
  #listenedBefore = false
  #stopped = false
  #onFirstStart = (): void => {}

  constructor(config: pg.ClientConfig, subscriber: Subscriber, log: BaseLogger) {
    this.#config = { ...config, query_timeout: PING_TIMEOUT_MS }
    this.#subscriber = subscriber
    this.#log = log
  }

  /** Resolves when it listens for the first time, however long that takes, or when it is stopped before. */
  async start(): Promise<void> {
    const started = new Promise<void>((resolve) => {
      this.#onFirstStart = resolve
    })
    void this.#connect()
    await started
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    const client = this.#client
    this.#client = null
    this.#onFirstStart()
    await client?.end().catch(() => {})
  }

  async #connect(): Promise<void> {
    const client = new pg.Client(this.#config)
    this.#client = client
    client.on('error', () => this.#reconnectAfter(client))
    client.on('end', () => this.#reconnectAfter(client))
    client.on('notification', (message) => this.#subscriber.onNotify(message.payload ?? ''))
    try {
      await client.connect()
      await client.query(`listen ${pg.escapeIdentifier(this.#subscriber.channel)}`)
    } catch {
      this.#reconnectAfter(client)
      return
    }
    if (this.#client !== client) return
    this.#delayMs = RECONNECT_FIRST_MS
    this.#pingLater(client)
    if (this.#listenedBefore) this.#subscriber.onReconnect()
    this.#listenedBefore = true
    this.#onFirstStart()
  }

  #pingLater(client: pg.Client): void {
    this.#timer = setTimeout(() => {
      client.query('select 1').then(
        () => this.#client === client && this.#pingLater(client),
        () => this.#reconnectAfter(client),
      )
    }, PING_EVERY_MS)
    this.#timer.unref()
  }

  // A failing connection reports itself up to three times (error, end, rejection): only the first one counts.
  #reconnectAfter(client: pg.Client): void {
    if (this.#client !== client || this.#stopped) return
    this.#client = null
    client.end().catch(() => {})
    if (this.#timer) clearTimeout(this.#timer)
    this.#log.warn(
      { channel: this.#subscriber.channel, delayMs: this.#delayMs },
      'database listener lost, reconnecting',
    )
    this.#timer = setTimeout(() => void this.#connect(), this.#delayMs)
    this.#delayMs = Math.min(this.#delayMs * 2, RECONNECT_MOST_MS)
  }
}
