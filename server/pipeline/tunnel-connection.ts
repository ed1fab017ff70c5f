import type { AttemptError, AttemptResponse } from '../domain/attempt.ts'
import type { Reply } from './exchange.ts'

/** A request for the CLI to make. */
export interface TunnelRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly timeoutSeconds: number
}

/** What the CLI says became of it. */
export type TunnelAnswer =
  | { readonly response: AttemptResponse }
  | { readonly error: AttemptError; readonly detail: string }

/**
 * Why this end closes a connection. replaced: the CLI has connected anew. closed: the endpoint is disabled or deleted.
 * stopping: this node ends.
 */
export type TunnelEnd = 'replaced' | 'closed' | 'stopping'

/** What a connection is made of, whatever carries it. */
export interface TunnelChannel {
  /** The answer is told to the connection under the same number. */
  send(number: number, request: TunnelRequest): void
  close(end: TunnelEnd): void
}

interface Waiting {
  settle(reply: Reply): void
}

// On top of the time that the CLI gives the local request: it says itself when that is over.
const transportMs = 5_000

const interruption: Reply = {
  response: null,
  failure: { error: 'reset', detail: 'the tunnel broke off before the answer' },
  body: '',
  interrupted: true,
  timings: null,
}

/** One connection of a CLI, and the requests that are under way on it. */
export class TunnelConnection {
  readonly endpointId: string
  readonly workspaceId: string
  readonly channel: TunnelChannel
  readonly #waiting = new Map<number, Waiting>()
  #lastNumber = 0
  #over = false

  constructor(endpoint: { readonly id: string; readonly workspaceId: string }, channel: TunnelChannel) {
    this.endpointId = endpoint.id
    this.workspaceId = endpoint.workspaceId
    this.channel = channel
  }

  /** Sends a request and resolves with what came of it, whatever that is. */
  exchange(request: TunnelRequest, signal: AbortSignal | null): Promise<Reply> {
    if (this.#over || signal?.aborted) return Promise.resolve(interruption)
    const number = ++this.#lastNumber
    return new Promise((resolve) => {
      const settle = (reply: Reply): void => {
        clearTimeout(deadline)
        signal?.removeEventListener('abort', interrupt)
        this.#waiting.delete(number)
        resolve(reply)
      }
      const interrupt = (): void => settle(interruption)
      const deadline = setTimeout(() => settle(unanswered(request)), request.timeoutSeconds * 1000 + transportMs)
      signal?.addEventListener('abort', interrupt)
      this.#waiting.set(number, { settle })
      this.channel.send(number, request)
    })
  }

  /** The CLI's answer. False: nothing of this number is under way, or not any more. */
  answer(number: number, answer: TunnelAnswer): boolean {
    const waiting = this.#waiting.get(number)
    if (!waiting) return false
    const reply = { body: '', interrupted: false, timings: null }
    if ('response' in answer) waiting.settle({ ...reply, response: answer.response, failure: null })
    else waiting.settle({ ...reply, response: null, failure: answer })
    return true
  }

  /** It carries nothing any more: what is under way has no outcome. */
  interrupt(): void {
    this.#over = true
    for (const { settle } of this.#waiting.values()) settle(interruption)
  }
}

function unanswered({ timeoutSeconds }: TunnelRequest): Reply {
  const detail = `the CLI said nothing within ${timeoutSeconds + transportMs / 1000} s`
  return { response: null, failure: { error: 'timeout', detail }, body: '', interrupted: false, timings: null }
}
