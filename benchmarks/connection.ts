import { connect, type Socket } from 'node:net'
import { MessageReader, readNumber } from './http-framing.ts'

/** status: null when the connection was lost; text: the body or the cause. */
export type OnAnswer = (connection: Connection, status: number | null, text: () => string) => void

/** One kept-alive connection with one request in flight, and the requests prepared for it. */
export class Connection {
  /** Which of the prepared requests is in flight, and since when (shared clock). */
  type = 0
  sentAt = 0
  /** A server closes connections on which nothing comes for a while, with a 408 that nobody asked for. */
  closed = false
  readonly #requests: readonly Buffer[]
  readonly #socket: Socket
  #waiting = false

  static open(port: number, requests: readonly Buffer[], onAnswer: OnAnswer): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const connection = new Connection(port, requests, onAnswer)
      connection.#socket.on('connect', () => resolve(connection))
      connection.#socket.on('error', reject)
    })
  }

  private constructor(port: number, requests: readonly Buffer[], onAnswer: OnAnswer) {
    this.#requests = requests
    const reader = new MessageReader((bytes, start, bodyStart, end) => {
      if (!this.#waiting) return
      this.#waiting = false
      const status = readNumber(bytes, start + 'HTTP/1.1 '.length)
      onAnswer(this, status, () => bytes.toString('utf8', bodyStart, end))
    })
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      // Reads into one buffer, past the stream's machinery, which costs more than all the rest of a request.
      onread: {
        buffer: Buffer.alloc(65_536),
        callback: (length, buffer) => {
          reader.push((buffer as Buffer).subarray(0, length))
          return true
        },
      },
    })
    let cause = 'closed by the server'
    this.#socket.on('error', (error) => {
      cause = error.message
    })
    this.#socket.on('close', () => {
      this.closed = true
      if (this.#waiting) onAnswer(this, null, () => cause)
    })
  }

  /** The prepared request of a type: no other connection uses these bytes, and none is in flight. */
  request(type: number): Buffer {
    return this.#requests[type] as Buffer
  }

  send(type: number, sentAt: number): void {
    this.type = type
    this.sentAt = sentAt
    this.#waiting = true
    this.#socket.write(this.request(type))
  }

  close(): void {
    this.#waiting = false
    this.#socket.destroy()
  }
}
