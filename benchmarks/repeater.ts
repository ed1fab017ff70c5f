import { microseconds, seconds } from './clock.ts'
import { Connection } from './connection.ts'
import { percentile } from './percentile.ts'

export interface PreparedRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
}

/** Requests that are sent in turn, over and over. */
export interface Repetition {
  readonly port: number
  readonly headers: Readonly<Record<string, string>>
  readonly requests: readonly PreparedRequest[]
  /** Each with one request in flight. */
  readonly connections: number
  readonly durationSeconds: number
}

export interface RepetitionReport {
  /** How many were answered with 2xx. */
  readonly answered: number
  /** The first few of all other answers. */
  readonly errors: readonly string[]
  readonly tookSeconds: number
  /** From sending to the answer, in milliseconds. */
  readonly p50: number
  readonly p99: number
}

const mostErrors = 5

/** Sends the requests for that long, the next one on each answer. Each is sent once at least. */
export async function repeat(repetition: Repetition): Promise<RepetitionReport> {
  const { port, requests, connections: count, durationSeconds } = repetition
  const bytes = requests.map((request) => requestBytes(repetition, request))
  const latencies: number[] = []
  const errors: string[] = []
  const finished = Promise.withResolvers<void>()
  let [sent, inFlight] = [0, 0]
  const startedAt = microseconds()
  const endsAt = startedAt + seconds(durationSeconds)
  const send = (connection: Connection): void => {
    inFlight++
    connection.send(sent++ % requests.length, microseconds())
  }
  const onAnswer = (connection: Connection, status: number | null, text: () => string): void => {
    const now = microseconds()
    inFlight--
    if (status !== null && status < 300) latencies.push(now - connection.sentAt)
    else if (errors.length < mostErrors) errors.push(`${status ?? 'connection lost'} ${text()}`)
    if (status !== null && (now < endsAt || sent < requests.length)) send(connection)
    else if (inFlight === 0) finished.resolve()
  }
  const connections = await Promise.all(Array.from({ length: count }, () => Connection.open(port, bytes, onAnswer)))
  for (const connection of connections) send(connection)
  await finished.promise
  const tookSeconds = (microseconds() - startedAt) / seconds(1)
  for (const connection of connections) connection.close()
  latencies.sort((a, b) => a - b)
  const [p50, p99] = [percentile(latencies, 0.5) / 1000, percentile(latencies, 0.99) / 1000]
  return { answered: latencies.length, errors, tookSeconds, p50, p99 }
}

function requestBytes({ port, headers }: Repetition, { method, path, body }: PreparedRequest): Buffer {
  const all = {
    ...headers,
    ...(body !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${lines.join('')}\r\n${body ?? ''}`)
}
