import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../usage-error.ts'
import { type ForwardedRequest, forward } from './forwarder.ts'
import type { ListenNotices } from './listen-notices.ts'
import type { ListenView } from './listen-view.ts'
import { untilListening } from './local-watch.ts'
import { type Hello, TunnelClient, type TunnelPlace, TunnelRefused, TunnelUnreachable } from './tunnel-client.ts'
import { tunnelFailure } from './tunnel-failure.ts'

export interface ListeningOptions {
  readonly place: TunnelPlace
  readonly hello: Hello
  readonly url: URL
  readonly skipVerify: boolean
  readonly view: ListenView
  /** A line of the result. */
  print(line: string): void
  /** What people are told meanwhile. */
  readonly notices: ListenNotices
  /** Ends it in order. */
  readonly signal: AbortSignal
}

const firstPause = 250
const longestPause = 10_000
// While nothing was ever connected, whoever typed the command waits for it.
const firstTries = 5

/** What a code that the server closed with means, where there is no use in coming back. */
const endings: Readonly<Record<number, string>> = {
  1008: 'the server did not understand what was said: is it of another version?',
  1009: 'the server refused an answer that was too long',
  4001: 'the tunnel is connected from elsewhere now',
  4002: 'the tunnel was closed on the server: its endpoint was disabled or deleted',
  4003: 'the API key is no longer valid',
}

/** Forwards what comes through a tunnel, and comes back to it when it breaks off, until it is told to stop. */
export class Listening {
  readonly #options: ListeningOptions
  /** The endpoint of the tunnel, once there is one. */
  #endpoint: string | null = null
  #pause = firstPause
  #tries = 0
  /** Until the local server is back. */
  #watching = false
  #advised = false

  constructor(options: ListeningOptions) {
    this.#options = options
  }

  /** Resolves when it was told to stop. Rejects with a `Failure`, or with a `UsageError` for what the server refuses. */
  async run(): Promise<void> {
    const { signal } = this.#options
    while (!signal.aborted) {
      const wait = await this.#session()
      // With some of it at random, since a server that comes back hears from everybody.
      await sleep(wait * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => {})
    }
  }

  /** One connection from its begin to its end; gives how long to wait before the next. */
  async #session(): Promise<number> {
    const connection = new AbortController()
    try {
      const client = await this.#connect(connection.signal)
      const { signal } = this.#options
      const leave = (): void => void client.leave()
      signal.addEventListener('abort', leave)
      if (signal.aborted) leave()
      const code = await client.closed
      signal.removeEventListener('abort', leave)
      if (signal.aborted) return 0
      const ending = endings[code]
      if (ending !== undefined) throw new Failure(ending)
      this.#options.notices.lost(code === 1012 ? 'the server is stopping' : 'the connection was lost')
      return firstPause
    } catch (error) {
      if (this.#options.signal.aborted) return 0
      return this.#judge(error)
    } finally {
      // What is under way here would be done twice: the server offers it again.
      connection.abort()
    }
  }

  async #connect(signal: AbortSignal): Promise<TunnelClient> {
    const { place, hello, notices, view, url, print } = this.#options
    const resume = this.#endpoint === null ? {} : { resume: this.#endpoint }
    const receive = (connected: TunnelClient, number: number, request: ForwardedRequest): void =>
      void this.#forward(connected, number, request, signal)
    const client = await TunnelClient.connect(place, { ...hello, ...resume }, receive, this.#options.signal)
    if (this.#endpoint === null) {
      const line = view.ready(client.welcome, url.href)
      if (line !== null) print(line)
      notices.ready(client.welcome, url.href)
    } else notices.back()
    this.#endpoint = client.welcome.endpoint
    this.#pause = firstPause
    return client
  }

  async #forward(client: TunnelClient, number: number, request: ForwardedRequest, signal: AbortSignal): Promise<void> {
    const { url, view, print, skipVerify, hello } = this.#options
    const startedAt = performance.now()
    print(view.arrived({ at: new Date(), request, url: url.href }))
    const outcome = await forward(url, request, { skipVerify, signal })
    if (signal.aborted) return
    client.answer(number, outcome)
    const durationMs = performance.now() - startedAt
    print(view.answered({ at: new Date(), request, url: url.href, outcome, durationMs }))
    if (!('error' in outcome)) return
    if (outcome.error === 'tls' && !skipVerify) this.#adviseOnce()
    if (outcome.error === 'refused' && hello.retry) await this.#watch(client, signal)
  }

  #adviseOnce(): void {
    if (!this.#advised) this.#options.notices.say('--skip-verify accepts any certificate')
    this.#advised = true
  }

  /** Has what was refused tried again as soon as somebody listens. */
  async #watch(client: TunnelClient, signal: AbortSignal): Promise<void> {
    if (this.#watching) return
    this.#watching = true
    if (await untilListening(this.#options.url, signal)) client.retry()
    this.#watching = false
  }

  /** How long to wait before the next try; throws where it is of no use. */
  #judge(error: unknown): number {
    const isFirst = this.#endpoint === null
    if (error instanceof TunnelUnreachable && !isFirst) return this.#backOff(0)
    const isPassing = error instanceof TunnelRefused && (error.status === 429 || error.status >= 500)
    if (isPassing && (!isFirst || ++this.#tries < firstTries)) return this.#backOff(error.retryAfterSeconds * 1_000)
    throw tunnelFailure(error, this.#options.place.server)
  }

  #backOff(least: number): number {
    const pause = Math.max(this.#pause, least)
    this.#pause = Math.min(this.#pause * 2, longestPause)
    return pause
  }
}
