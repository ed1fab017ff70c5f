import type { Socket } from 'node:net'
import { type buildConnector, Client, type Dispatcher } from 'undici'
import type { AttemptTimings } from '../domain/attempt.ts'

/** How far a connection that is being made has come, by the monotonic clock in milliseconds; null: not so far. */
export class Opening {
  readonly #startedAt = performance.now()
  #resolvedAt: number | null = null
  #connectedAt: number | null = null
  #securedAt: number | null = null

  follow(socket: Socket): void {
    // Of a name with several addresses this comes once for each, and the first one is when the name was resolved.
    socket.once('lookup', () => {
      this.#resolvedAt = performance.now()
    })
    socket.once('connect', () => {
      this.#connectedAt = performance.now()
    })
    socket.once('secureConnect', () => {
      this.#securedAt = performance.now()
    })
  }

  timings(): Omit<AttemptTimings, 'firstByteMs'> {
    return {
      dnsMs: elapsedMs(this.#startedAt, this.#resolvedAt),
      connectMs: elapsedMs(this.#resolvedAt ?? this.#startedAt, this.#connectedAt),
      tlsMs: elapsedMs(this.#connectedAt, this.#securedAt),
    }
  }
}

/** Whole milliseconds; null where one of the two has not come. */
export function elapsedMs(from: number | null, until: number | null): number | null {
  return from === null || until === null ? null : Math.round(until - from)
}

/** What a request learns of the connection that it travels on. */
export interface Line {
  /** How the connection was made, for the first request that travels on it; null: that one was another. */
  opening: Opening | null
}

/** A handler of a request that wants to know of its connection. */
export interface LineWatcher {
  line: Line | null
}

export type TimedConnector = (
  options: buildConnector.Options,
  callback: buildConnector.Callback,
  opening?: Opening,
) => void

/** One connection to an origin, which tells requests what making it took. */
export class TimedClient extends Client {
  readonly #line: Line

  constructor(origin: URL, options: Client.Options, connect: TimedConnector) {
    const line: Line = { opening: null }
    super(origin, {
      ...options,
      connect(given: buildConnector.Options, callback: buildConnector.Callback) {
        line.opening = new Opening()
        connect(given, callback, line.opening)
      },
    })
    this.#line = line
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler & LineWatcher): boolean {
    handler.line = this.#line
    return super.dispatch(options, handler)
  }
}
