import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { type AttemptResponse, type AttemptTimings, keptBodyBytes } from '../domain/attempt.ts'
import { type AttemptFailure, classifyFailure } from './attempt-failure.ts'
import { elapsedMs, type Line, type LineWatcher, type Opening } from './timed-client.ts'

/** What came back: a response, a failure, or both when the response broke off. */
export interface Reply {
  readonly response: AttemptResponse | null
  readonly failure: AttemptFailure | null
  /** As much of the body as was asked for; the response has what is kept of it. */
  readonly body: string
  /** Whoever carried the request is gone, and with them what came of it. */
  readonly interrupted: boolean
  /** null: nothing was measured. */
  readonly timings: AttemptTimings | null
}

class Abandoned extends Error {
  override readonly name = 'Abandoned'
}

/** One request and its bounded response, under one deadline that covers everything from resolving to the last byte. */
export class Exchange implements Dispatcher.DispatchHandler, LineWatcher {
  line: Line | null = null
  readonly #deadline: NodeJS.Timeout
  readonly #signal: AbortSignal | null
  readonly #resolve: (reply: Reply) => void
  readonly #wantedBytes: number
  #controller: Dispatcher.DispatchController | null = null
  #settled = false
  #opening: Opening | null = null
  #sentAt: number | null = null
  #firstByteAt: number | null = null
  #status = 0
  #headers: IncomingHttpHeaders = {}
  #chunks: Buffer[] = []
  #received = 0

  /**
   * @param signal ends the exchange like its deadline does; aborted before, nothing goes onto the wire
   * @param wantedBytes of the body, at least as many as are kept
   */
  constructor(
    timeoutSeconds: number,
    signal: AbortSignal | null,
    resolve: (reply: Reply) => void,
    wantedBytes = keptBodyBytes,
  ) {
    this.#resolve = resolve
    this.#signal = signal
    this.#wantedBytes = wantedBytes
    this.#deadline = setTimeout(() => {
      this.#giveUp({ error: 'timeout', detail: `no complete response within ${timeoutSeconds} s` })
    }, timeoutSeconds * 1000)
    signal?.addEventListener('abort', this.#onAbort)
    if (signal?.aborted) this.#onAbort()
  }

  readonly #onAbort = (): void => this.#giveUp({ error: 'internal', detail: 'broken off by this node' })

  #giveUp(failure: AttemptFailure): void {
    this.#settle(failure)
    this.#controller?.abort(new Abandoned())
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    this.#takeOpening()
    this.#sentAt = performance.now()
    // The deadline passed while the connection was being made: what was given up must not go onto the wire.
    if (this.#settled) controller.abort(new Abandoned())
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#firstByteAt = performance.now()
    this.#status = status
    this.#headers = headers
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#received += chunk.length
    if (this.#received - chunk.length < this.#wantedBytes) this.#chunks.push(chunk)
    if (this.#received <= this.#wantedBytes) return
    this.#settle(null)
    // The rest of a body may be endless. Closing the connection is the only way not to read it.
    controller.abort(new Abandoned())
  }

  onResponseEnd(): void {
    this.#settle(null)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#settle(classifyFailure(error))
  }

  /** It belongs to the first request on the connection, or to the one that waited for it in vain. */
  #takeOpening(): void {
    if (this.line === null) return
    this.#opening = this.line.opening
    this.line.opening = null
  }

  #timings(): AttemptTimings | null {
    if (this.#sentAt === null) this.#takeOpening()
    if (this.#sentAt === null && this.#opening === null) return null
    const opening = this.#opening?.timings() ?? { dnsMs: null, connectMs: null, tlsMs: null }
    return { ...opening, firstByteMs: elapsedMs(this.#sentAt, this.#firstByteAt) }
  }

  #settle(failure: AttemptFailure | null): void {
    if (this.#settled) return
    this.#settled = true
    clearTimeout(this.#deadline)
    this.#signal?.removeEventListener('abort', this.#onAbort)
    const body = Buffer.concat(this.#chunks).subarray(0, this.#wantedBytes)
    const text = readText(body)
    const kept = body.length > keptBodyBytes ? readText(body.subarray(0, keptBodyBytes)) : text
    this.#resolve({
      response: this.#status === 0 ? null : this.#response(kept),
      failure,
      body: text,
      interrupted: false,
      timings: this.#timings(),
    })
  }

  #response(body: string): AttemptResponse {
    return {
      status: this.#status,
      headers: this.#headers as Readonly<Record<string, string | readonly string[]>>,
      body,
      truncated: this.#received > keptBodyBytes,
    }
  }
}

/** Postgres cannot store U+0000; it is shown as the replacement character, like bytes that are not UTF-8. */
function readText(bytes: Buffer): string {
  return bytes.toString('utf8').replaceAll('\0', '\ufffd')
}
