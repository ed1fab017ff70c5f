import type { BaseLogger } from 'pino'
import type { WebSocket } from 'ws'
import { Problem } from '../errors.ts'
import type { TunnelChannel, TunnelConnection, TunnelEnd, TunnelRequest } from '../pipeline/tunnel-connection.ts'
import type { Tunnels } from '../pipeline/tunnels.ts'
import { toProblem } from './failure.ts'
import { answerOf, type ClientFrame, FrameError, type Hello, readFrame } from './tunnel-frame.ts'

export interface TunnelSocketOptions {
  readonly tunnels: Pick<Tunnels, 'left' | 'retryNow'>
  readonly log: BaseLogger
  /** Opens what the CLI asks for. Throws a Problem where it may not have it. */
  open(hello: Hello, channel: TunnelChannel): Promise<Opened>
  stillAdmitted(): Promise<boolean>
}

export interface Opened {
  /** What the CLI is told. */
  readonly welcome: Readonly<Record<string, unknown>>
  /** null: it wanted to be told no more. */
  readonly connection: TunnelConnection | null
}

const goodbye = 1000
const violation = 1008
const problem = 4000
const keyGone = 4003
const ends: Readonly<Record<TunnelEnd, readonly [code: number, reason: string]>> = {
  stopping: [1012, 'this node is stopping'],
  replaced: [4001, 'the tunnel is connected elsewhere'],
  closed: [4002, 'the tunnel was closed'],
}

const helloWithinMs = 10_000
const pingEveryMs = 4_000
// Found out before a request that went into the void counts as one that was not answered in time.
const mostUnanswered = 2
const admissionEveryMs = 15_000
// Answers may come too late, when the request has been given up. More of them than this is no accident.
const mostStrayAnswers = 100
const retriesEveryMs = 1_000

/** The server's end of a tunnel's WebSocket. It trusts nothing that comes: whoever has a key may be at the other end. */
export class TunnelSocket implements TunnelChannel {
  readonly #socket: WebSocket
  readonly #options: TunnelSocketOptions
  readonly #timers: NodeJS.Timeout[] = []
  #state: 'silent' | 'opening' | TunnelConnection = 'silent'
  #unanswered = 0
  #strayAnswers = 0
  #retriedAt = Number.NEGATIVE_INFINITY
  /** The code that the socket was closed with. */
  #closed: number | null = null

  constructor(socket: WebSocket, options: TunnelSocketOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('message', (data, isBinary) => this.#received(data as Buffer, isBinary))
    socket.on('pong', () => this.#heard())
    // What is wrong with a frame is followed by the close.
    socket.on('error', () => {})
    socket.on('close', (code) => this.#ended(code))
    this.#timers.push(
      setTimeout(() => this.#state === 'silent' && this.#close(violation, 'no hello'), helloWithinMs),
      setInterval(() => this.#ping(), pingEveryMs),
      setInterval(() => void this.#checkAdmission(), admissionEveryMs),
    )
  }

  send(number: number, { headers, body, timeoutSeconds }: TunnelRequest): void {
    const request = { method: 'POST', headers, body: body.toString(), timeout_ms: timeoutSeconds * 1000 }
    this.#write({ type: 'request', id: number, ...request })
  }

  close(end: TunnelEnd): void {
    this.#close(...ends[end])
  }

  #write(frame: Readonly<Record<string, unknown>>): void {
    this.#socket.send(JSON.stringify(frame))
  }

  #close(code: number, reason: string): void {
    // At once: whoever was told off may take its time to go.
    if (typeof this.#state !== 'string') this.#options.tunnels.left(this.#state, false)
    this.#socket.close(code, reason)
  }

  #received(data: Buffer, isBinary: boolean): void {
    this.#heard()
    try {
      if (isBinary) throw new FrameError('a frame is not text')
      this.#handle(readFrame(data.toString()))
    } catch (error) {
      if (this.#state === 'silent' && error instanceof Problem) this.#refuse(error)
      else if (error instanceof FrameError || error instanceof Problem)
        this.#close(violation, error.message.slice(0, 100))
      else throw error
    }
  }

  #handle(frame: ClientFrame): void {
    const state = this.#state
    if (state === 'silent' && frame.type === 'hello') void this.#open(frame)
    else if (typeof state === 'string' || frame.type === 'hello')
      throw new FrameError('this is not the time for that frame')
    else if (frame.type === 'retry') void this.#retry(state)
    else if (!state.answer(frame.id, answerOf(frame)) && ++this.#strayAnswers > mostStrayAnswers) {
      throw new FrameError('too many answers to nothing')
    }
  }

  async #open(hello: Hello): Promise<void> {
    this.#state = 'opening'
    // What comes meanwhile waits in the network, not here.
    this.#socket.pause()
    try {
      const { welcome, connection } = await this.#options.open(hello, this)
      if (connection) this.#state = connection
      this.#write({ type: 'welcome', ...welcome })
      if (!connection) this.#close(goodbye, '')
      else if (this.#closed !== null) this.#options.tunnels.left(connection, this.#closed === goodbye)
    } catch (error) {
      this.#refuse(toProblem(error, this.#options.log))
    }
    this.#socket.resume()
  }

  async #retry(connection: TunnelConnection): Promise<void> {
    const now = performance.now()
    if (now - this.#retriedAt < retriesEveryMs) return
    this.#retriedAt = now
    await this.#options.tunnels.retryNow(connection).catch((error: unknown) => {
      this.#options.log.warn({ err: error, endpoint: connection.endpointId }, 'retries stay due when they were')
    })
  }

  #refuse(refusal: Problem): void {
    const retryAfter = refusal.retryAfterSeconds
    this.#write({ type: 'problem', problem: refusal, ...(retryAfter !== null && { retry_after_seconds: retryAfter }) })
    this.#close(problem, refusal.code)
  }

  #heard(): void {
    this.#unanswered = 0
  }

  #ping(): void {
    if (this.#unanswered >= mostUnanswered) this.#socket.terminate()
    else this.#socket.ping()
    this.#unanswered++
  }

  async #checkAdmission(): Promise<void> {
    if (!(await this.#options.stillAdmitted())) this.#close(keyGone, 'the API key is no longer valid')
  }

  #ended(code: number): void {
    this.#closed = code
    for (const timer of this.#timers) clearTimeout(timer)
    if (typeof this.#state !== 'string') this.#options.tunnels.left(this.#state, code === goodbye)
  }
}
