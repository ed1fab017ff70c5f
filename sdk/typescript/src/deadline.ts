import { TimeoutError } from './api-error.ts'

/** A time limit that begins anew with every sign of life, and the caller's own signal, as one signal. */
export class Deadline {
  readonly #controller = new AbortController()
  readonly #timeoutMs: number
  readonly #caller: AbortSignal | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(timeoutMs: number, caller: AbortSignal | undefined) {
    // Timers hold no more than this.
    this.#timeoutMs = Math.min(timeoutMs, 2 ** 31 - 1)
    this.#caller = caller
    caller?.addEventListener('abort', this.#onAbort)
    if (caller?.aborted) this.#onAbort()
    this.restart()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  restart(): void {
    this.pause()
    const error = new TimeoutError(`no answer within ${this.#timeoutMs} ms`)
    this.#timer = setTimeout(() => this.#controller.abort(error), this.#timeoutMs)
  }

  /** Until it is restarted: while whoever reads is busy, the server is not late. */
  pause(): void {
    clearTimeout(this.#timer)
  }

  /** Whoever made it ends it, or the timer keeps the process alive. */
  end(): void {
    this.pause()
    this.#caller?.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = (): void => this.#controller.abort(this.#caller?.reason)
}

/** Waits, unless the signal ends it. */
export function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted) abort()
  })
}
