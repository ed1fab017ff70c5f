import { AtlasError, ConnectionError, NotFoundError, toApiError } from './api-error.ts'
import type { IdempotentCallOptions } from './call-options.ts'
import { Deadline, sleep } from './deadline.ts'
import { List, type Page } from './list.ts'
import { hasDoneNothing, waitBeforeRetry } from './retry.ts'

export interface AtlasOptions {
  /** Where the API is, such as `https://webhooks.acme.example`. */
  readonly server: string
  /** An API key: that of the operator, or one of a workspace. */
  readonly key: string
  /** The id or the slug of the workspace, for calls that do not name one. */
  readonly workspace?: string | undefined
  /** For one attempt of a call: 60 seconds unless set. */
  readonly timeoutMs?: number | undefined
  /** How often a call is repeated at most, where that is safe: 5 times unless set. */
  readonly retries?: number | undefined
}

/** A call of the API. */
export interface ApiCall {
  readonly method: string
  /** With names in braces. */
  readonly path: string
  /** What goes in place of the names, the workspace excepted. */
  readonly ids?: Readonly<Record<string, string>>
  readonly query?: object
  readonly body?: object
  readonly takesIdempotencyKey?: true
}

interface Prepared {
  readonly url: string
  readonly init: { readonly method: string; readonly headers: Headers; readonly body: string | null }
  /** Doing it twice is the same as doing it once. */
  readonly repeatable: boolean
}

type Read<Result> = (response: Response, deadline: Deadline) => Promise<Result>

/** What the clients of the resources need; in a browser something else than `Transport` may make the calls. */
export type Calls = Pick<Transport, 'json' | 'text' | 'nothing' | 'list' | 'lines'>

/** Makes calls, and repeats those that failed where that may help and does no harm. */
export class Transport {
  readonly #server: string
  readonly #key: string
  readonly #defaults: { readonly workspace: string | undefined; readonly timeoutMs: number; readonly retries: number }

  constructor({ server, key, workspace, timeoutMs = 60_000, retries = 5 }: AtlasOptions) {
    if (!/^https?:\/\/[^?#]+$/i.test(server)) {
      throw new TypeError(`server must be a URL such as https://webhooks.acme.example, not ${JSON.stringify(server)}`)
    }
    if (typeof key !== 'string' || !/^[!-~]+$/.test(key))
      throw new TypeError('key must be an API key, without spaces or line breaks')
    this.#server = server.replace(/\/+$/, '')
    this.#key = key
    this.#defaults = { workspace, timeoutMs, retries }
  }

  async json<Answer>(call: ApiCall, options: IdempotentCallOptions): Promise<Answer> {
    return await this.#repeat(call, options, async (response, deadline) => {
      return parse<Answer>(await whole(response, deadline), response.url)
    })
  }

  async text(call: ApiCall, options: IdempotentCallOptions): Promise<string> {
    return await this.#repeat(call, options, whole)
  }

  async nothing(call: ApiCall, options: IdempotentCallOptions): Promise<void> {
    await this.#repeat(call, options, whole)
  }

  list<Item>(call: ApiCall, options: IdempotentCallOptions): List<Item> {
    return new List((cursor) => {
      const query = { ...call.query, ...(cursor !== undefined && { cursor }) }
      return this.json<Page<Item>>({ ...call, query }, options)
    })
  }

  /** JSON lines as they arrive. A connection that breaks off is a ConnectionError: what has come cannot be taken back. */
  async *lines<Line>(call: ApiCall, options: IdempotentCallOptions): AsyncGenerator<Line, void, undefined> {
    const opened = async (response: Response, deadline: Deadline) => ({ response, deadline })
    const { response, deadline } = await this.#repeat(call, options, opened)
    try {
      let rest = ''
      for await (const text of texts(response, deadline)) {
        const lines = (rest + text).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) if (line !== '') yield parse<Line>(line, response.url)
      }
      if (rest !== '') yield parse<Line>(rest, response.url)
    } finally {
      deadline.end()
    }
  }

  /** @param read ends the deadline once it has read the whole answer */
  async #repeat<Result>(call: ApiCall, options: IdempotentCallOptions, read: Read<Result>): Promise<Result> {
    const prepared = this.#prepare(call, options)
    const { timeoutMs = this.#defaults.timeoutMs, retries = this.#defaults.retries, signal } = options
    let isUncertain = false
    for (let attempt = 0; ; attempt++) {
      const deadline = new Deadline(timeoutMs, signal)
      try {
        return await send(prepared, deadline, read)
      } catch (error) {
        deadline.end()
        // An attempt before this one has done it, and its answer got lost.
        if (isUncertain && call.method === 'DELETE' && error instanceof NotFoundError) return undefined as Result
        isUncertain ||= !hasDoneNothing(error)
        const wait = waitBeforeRetry(error, prepared.repeatable, attempt, Math.random())
        if (wait === null || !(attempt < retries)) throw error
        await sleep(wait, signal)
      }
    }
  }

  #prepare(call: ApiCall, { workspace, idempotencyKey }: IdempotentCallOptions): Prepared {
    const { method, path, ids = {}, query = {}, body, takesIdempotencyKey } = call
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      return segment(name, ids[name] ?? (name === 'workspace' ? (workspace ?? this.#defaults.workspace) : undefined))
    })
    const key = takesIdempotencyKey ? (idempotencyKey ?? crypto.randomUUID()) : null
    const headers = new Headers({ authorization: `Bearer ${this.#key}`, accept: 'application/json' })
    if (body) headers.set('content-type', 'application/json')
    if (key !== null) headers.set('idempotency-key', key)
    return {
      url: this.#server + filled + search(query),
      init: { method, headers, body: body ? JSON.stringify(body) : null },
      repeatable: method !== 'POST' || key !== null,
    }
  }
}

async function send<Result>({ url, init }: Prepared, deadline: Deadline, read: Read<Result>): Promise<Result> {
  const { signal } = deadline
  try {
    // Not followed: the key must not go elsewhere, and a POST must not become a GET.
    const response = await fetch(url, { ...init, signal, redirect: 'manual' })
    if (response.ok) return await read(response, deadline)
    throw toApiError(response, await response.text())
  } catch (error) {
    throw asFailure(error, signal, url)
  }
}

/** What the caller is to see of an error: that of their own signal as it is. */
function asFailure(error: unknown, signal: AbortSignal, url: string): unknown {
  if (error instanceof AtlasError) return error
  if (signal.aborted) return signal.reason
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
  return new ConnectionError(`${new URL(url).origin} did not answer: ${reason}`, { cause: error })
}

async function whole(response: Response, deadline: Deadline): Promise<string> {
  const text = await response.text()
  deadline.end()
  return text
}

async function* texts(response: Response, deadline: Deadline): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let ended = false
  try {
    for (;;) {
      const read = await reader?.read()
      ended = read?.done ?? true
      if (ended || read?.value === undefined) return
      deadline.pause()
      yield read.value
      deadline.restart()
    }
  } catch (error) {
    ended = true
    throw asFailure(error, deadline.signal, response.url)
  } finally {
    // Whoever reads has had enough: the server is not to go on sending.
    if (!ended) await reader?.cancel()
  }
}

function segment(name: string, value: string | undefined): string {
  if (value === undefined) {
    throw new TypeError(
      name === 'workspace' ? 'name a workspace, in the options of the client or of the call' : `${name} is missing`,
    )
  }
  // A URL has no place for these: what they stand for would be another path.
  if (/^\.{0,2}$/.test(value)) throw new TypeError(`${JSON.stringify(value)} is no ${name}`)
  return encodeURIComponent(value)
}

function search(query: object): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) {
      parameters.set(name, value instanceof Date ? value.toISOString() : String(value))
    }
  }
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}

function parse<Answer>(text: string, url: string): Answer {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new NotAtlasError(`the answer of ${url} is not JSON: is this the address of Atlas?`, { cause })
  }
}

/** What answered is something else. */
class NotAtlasError extends AtlasError {
  override readonly name = 'NotAtlasError'
}
