import { processorTime } from './child.ts'
import { microseconds, seconds, sleepPrecisely } from './clock.ts'
import { Connection } from './connection.ts'
import { entryText, eventText, findStamps, stamp } from './payload.ts'
import { percentile } from './percentile.ts'

export interface Load {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
  /** Event types, used in turn. Of audit entries: category and action. */
  readonly types: readonly string[]
  /** They are audit entries that are recorded, instead of events that are published. */
  readonly entries?: boolean
  /** Events of one request; null: a single publish, without the array. */
  readonly batch: number | null
  /** Requests a second at fixed times, whether or not earlier ones were answered; null: the next one on each answer. */
  readonly rate: number | null
  readonly durationSeconds: number
}

export interface LoadReport {
  /** Events answered 202, by type in the order of the load's types. */
  readonly accepted: readonly number[]
  readonly requests: number
  /** Requests answered 503 or 429. */
  readonly refused: number
  /** The first few of all other answers. */
  readonly errors: readonly string[]
  /** Shared clock, microseconds. */
  readonly startedAt: number
  readonly endedAt: number
  /** From sending (with a rate: from when it was due) to the answer, in milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly processorUs: number
}

const pauseAfterRefusalMs = 20
const mostErrors = 5

/** Publishes one load and counts what was accepted. */
export class Publisher {
  readonly #load: Load
  readonly #requests: readonly Buffer[]
  readonly #stamps: readonly (readonly number[])[]
  readonly #accepted: number[]
  readonly #latencies: number[] = []
  readonly #errors: string[] = []
  readonly #idle: Connection[] = []
  /** When requests were due that found no free connection. */
  readonly #due: number[] = []
  readonly #finished = Promise.withResolvers<void>()
  #number = 0
  #sent = 0
  #inFlight = 0
  #refused = 0
  #lost = 0
  #endsAt = 0

  constructor(load: Load) {
    this.#load = load
    this.#requests = load.types.map((type) => requestBytes(load, type))
    this.#stamps = this.#requests.map(findStamps)
    this.#accepted = load.types.map(() => 0)
  }

  async run(): Promise<LoadReport> {
    const { port, connections: count, rate, durationSeconds } = this.#load
    const connections = await Promise.all(
      Array.from({ length: count }, () => Connection.open(port, this.#requests.map(copy), this.#onAnswer)),
    )
    const processorUs = processorTime()
    const startedAt = microseconds()
    this.#endsAt = startedAt + seconds(durationSeconds)
    if (rate === null) for (const connection of connections) this.#send(connection, microseconds())
    else {
      this.#idle.push(...connections)
      this.#pace(startedAt, seconds(1) / rate)
    }
    await this.#finished.promise
    const endedAt = microseconds()
    for (const connection of connections) connection.close()
    this.#latencies.sort((a, b) => a - b)
    return {
      accepted: this.#accepted,
      requests: this.#sent,
      refused: this.#refused,
      errors: this.#errors,
      startedAt,
      endedAt,
      p50: percentile(this.#latencies, 0.5) / 1000,
      p99: percentile(this.#latencies, 0.99) / 1000,
      processorUs: processorTime() - processorUs,
    }
  }

  #pace(startedAt: number, interval: number): void {
    let next = startedAt
    const step = () => {
      sleepPrecisely(Math.min(next, this.#endsAt) - microseconds())
      const now = microseconds()
      for (; next <= now && next < this.#endsAt; next += interval) this.#due.push(next)
      this.#sendDue()
      if (now < this.#endsAt) setImmediate(step)
      else this.#endIfDone()
    }
    step()
  }

  #sendDue(): void {
    while (this.#due.length > 0 && this.#idle.length > 0) {
      const connection = this.#idle.pop() as Connection
      if (!connection.closed) this.#send(connection, this.#due.shift() as number)
    }
  }

  #send(connection: Connection, sentAt: number): void {
    const type = this.#sent++ % this.#requests.length
    const bytes = connection.request(type)
    for (const at of this.#stamps[type] ?? []) stamp(bytes, at, sentAt, this.#number++)
    this.#inFlight++
    connection.send(type, sentAt)
  }

  readonly #onAnswer = (connection: Connection, status: number | null, text: () => string): void => {
    if (status === 503 || status === 429) {
      this.#refused++
      setTimeout(() => this.#release(connection), pauseAfterRefusalMs)
      return
    }
    if (status === 202) {
      this.#accepted[connection.type] = (this.#accepted[connection.type] ?? 0) + (this.#load.batch ?? 1)
      this.#latencies.push(microseconds() - connection.sentAt)
    } else if (this.#errors.length < mostErrors) this.#errors.push(`${status ?? 'connection lost'} ${text()}`)
    if (status === null && ++this.#lost === this.#load.connections) this.#finished.resolve()
    this.#release(status === null ? null : connection)
  }

  #release(connection: Connection | null): void {
    this.#inFlight--
    if (connection !== null && this.#load.rate !== null) {
      this.#idle.push(connection)
      this.#sendDue()
    } else if (connection !== null && microseconds() < this.#endsAt) this.#send(connection, microseconds())
    this.#endIfDone()
  }

  #endIfDone(): void {
    if (this.#inFlight === 0 && this.#due.length === 0 && microseconds() >= this.#endsAt) this.#finished.resolve()
  }
}

function requestBytes(load: Load, type: string): Buffer {
  const event = load.entries ? entryText(type) : eventText(type)
  const list = load.entries ? 'entries' : 'events'
  const body = load.batch === null ? event : `{"${list}":[${Array(load.batch).fill(event).join()}]}`
  const headers = { ...load.headers, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${load.path} HTTP/1.1\r\nHost: 127.0.0.1:${load.port}\r\n${lines.join('')}\r\n${body}`)
}

function copy(bytes: Buffer): Buffer {
  return Buffer.from(bytes)
}
