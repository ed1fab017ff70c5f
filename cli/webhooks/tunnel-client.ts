import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import type { ForwardedRequest, LocalOutcome } from './forwarder.ts'

const protocol = 'atlas-tunnel.v1'

export interface TunnelPlace {
  readonly server: string
  readonly key: string
  /** Its id or slug. */
  readonly workspace: string
}

/** What the server is told first. */
export interface Hello {
  readonly client: string
  readonly name: string
  readonly forward_to: string
  readonly types: readonly string[]
  readonly filter: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly retry: boolean
  readonly latest: boolean
  /** The endpoint of the connection that was lost. */
  readonly resume?: string
  readonly secret_only?: boolean
}

/** What it answers. */
export interface Welcome {
  readonly endpoint: string
  readonly secret: string
  readonly workspace: { readonly id: string; readonly name: string; readonly slug: string | null }
  readonly grace_seconds: number
}

/** The server's refusal, as its API words it. */
export class TunnelRefused extends Error {
  override readonly name = 'TunnelRefused'
  readonly status: number
  readonly code: string
  readonly errors: readonly { readonly path: string; readonly message: string }[]
  readonly retryAfterSeconds: number

  constructor(status: number, problem: Partial<ProblemDetails>, retryAfterSeconds: number) {
    super(problem.detail ?? `the server answered ${status}`)
    this.status = status
    this.code = problem.code ?? 'unknown'
    this.errors = problem.errors ?? []
    this.retryAfterSeconds = retryAfterSeconds
  }
}

interface ProblemDetails {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly errors: readonly { readonly path: string; readonly message: string }[]
}

/** Nobody answered, or something that is not the server. */
export class TunnelUnreachable extends Error {
  override readonly name = 'TunnelUnreachable'
}

type Frame =
  | ({ readonly type: 'welcome' } & Welcome)
  | { readonly type: 'problem'; readonly problem: ProblemDetails; readonly retry_after_seconds?: number }
  | {
      readonly type: 'request'
      readonly id: number
      readonly method: string
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
      readonly timeout_ms: number
    }

const handshakeTimeout = 10_000
// The server pings every four seconds.
const longestSilence = 13_000
const closeWithin = 1_000
const mostProblemBytes = 65_536
const goodbye = 1000

/** One connection to the server, from its welcome to its end. */
export class TunnelClient {
  readonly welcome: Welcome
  /** With the code that the connection was closed with. */
  readonly closed: Promise<number>
  readonly #socket: WebSocket

  private constructor(socket: WebSocket, welcome: Welcome, closed: Promise<number>) {
    this.#socket = socket
    this.welcome = welcome
    this.closed = closed
  }

  /**
   * Connects and says hello. Rejects with `TunnelRefused` or `TunnelUnreachable`.
   *
   * @param receive is called with each request, and answers it with `answer` under the same number
   * @param signal gives up what is not connected yet
   */
  static async connect(
    { server, key, workspace }: TunnelPlace,
    hello: Hello,
    receive: (client: TunnelClient, number: number, request: ForwardedRequest) => void,
    signal?: AbortSignal,
  ): Promise<TunnelClient> {
    const url = `${server}/v1/workspaces/${encodeURIComponent(workspace)}/tunnel`
    const headers = { authorization: `Bearer ${key}` }
    const socket = new WebSocket(url, protocol, { headers, handshakeTimeout, perMessageDeflate: false })
    const { promise, resolve, reject } = Promise.withResolvers<TunnelClient>()
    const closed = new Promise<number>((resolveClosed) => socket.once('close', resolveClosed))
    let client: TunnelClient | null = null
    socket.on('error', (error) => reject(new TunnelUnreachable(describe(error))))
    socket.on('unexpected-response', (_request, response) => {
      readProblem(response)
        .then(reject, (error: Error) => reject(new TunnelUnreachable(describe(error))))
        .finally(() => socket.terminate())
    })
    socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', ...hello })))
    socket.on('message', (data) => {
      const frame = readFrame(String(data))
      if (frame === null) socket.terminate()
      else if (frame.type === 'request' && client) receive(client, frame.id, requestOf(frame))
      else if (frame.type === 'problem') reject(refusalOf(frame))
      else if (frame.type === 'welcome') {
        client = new TunnelClient(socket, frame, closed)
        resolve(client)
      }
    })
    void closed.then((code) => reject(new TunnelUnreachable(`the connection was closed at once (${code})`)))
    watchSilence(socket)
    const giveUp = (): void => socket.terminate()
    signal?.addEventListener('abort', giveUp)
    return await promise.finally(() => signal?.removeEventListener('abort', giveUp))
  }

  answer(number: number, outcome: LocalOutcome): void {
    const type = 'status' in outcome ? 'response' : 'failure'
    // One that has closed meanwhile takes nothing; then the server offers the request again.
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ type, id: number, ...outcome }))
  }

  /** The local server is back: what waits to be tried again need not wait. */
  retry(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ type: 'retry' }))
  }

  /** Says goodbye, and waits a moment for the answer. */
  async leave(): Promise<void> {
    this.#socket.close(goodbye)
    const timer = setTimeout(() => this.#socket.terminate(), closeWithin)
    await this.closed
    clearTimeout(timer)
  }
}

/** A connection that leads nowhere any more, such as after the machine was asleep, says nothing. */
function watchSilence(socket: WebSocket): void {
  let timer: NodeJS.Timeout | undefined
  const heard = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => socket.terminate(), longestSilence)
  }
  for (const sign of ['open', 'ping', 'message']) socket.on(sign, heard)
  socket.once('close', () => clearTimeout(timer))
}

/** null: whatever this is, it is not the server. */
function readFrame(text: string): Frame | null {
  try {
    return JSON.parse(text) as Frame
  } catch {
    return null
  }
}

function requestOf({ method, headers, body, timeout_ms: timeoutMs }: Frame & { type: 'request' }): ForwardedRequest {
  return { method, headers, body, timeoutMs }
}

function refusalOf({ problem, retry_after_seconds: retryAfter = 0 }: Frame & { type: 'problem' }): TunnelRefused {
  return new TunnelRefused(problem.status, problem, retryAfter)
}

async function readProblem(response: IncomingMessage): Promise<TunnelRefused> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk
    if (text.length > mostProblemBytes) break
  }
  const retryAfter = Number(response.headers['retry-after'] ?? 0)
  return new TunnelRefused(response.statusCode ?? 0, parse(text), Number.isFinite(retryAfter) ? retryAfter : 0)
}

function parse(text: string): Partial<ProblemDetails> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function describe(error: Error): string {
  const cause = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error
  return cause.message
}
