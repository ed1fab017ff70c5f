import { Agent } from 'undici'
import { type Attempt, type AttemptResponse, goneStatus, judgeStatus, type Outcome } from '../domain/attempt.ts'
import type { Delivery } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { maskHeaders, reflectionMask } from '../domain/endpoint-header.ts'
import type { Event } from '../domain/event.ts'
import { parseRetryAfter } from '../domain/retry-schedule.ts'
import { validSecrets } from '../domain/secret-rotation.ts'
import { type SigningKey, signingKey } from '../domain/signature.ts'
import type { TargetPolicy } from '../domain/target.ts'
import { renderRequest } from '../formats/atlas.ts'
import type { Clock } from './clock.ts'
import { Exchange, type Reply } from './exchange.ts'
import { createTargetConnector } from './target-connector.ts'

export interface AttemptResult {
  readonly attempt: Attempt
  readonly endedAt: Date
  readonly retryAfterSeconds: number | null
  /** The receiver answered 410: it wants no more. */
  readonly gone: boolean
}

export interface DeliverOptions {
  readonly policy: TargetPolicy
  readonly clock: Clock
  readonly userAgent: string
  /** An id for an attempt of this delivery. */
  newAttemptId(deliveryId: string): string
}

/** What an attempt needs of its endpoint, worked out once per version of it. */
interface Target {
  readonly origin: string
  readonly path: string
  readonly key: SigningKey
  readonly previousKeys: readonly { readonly key: SigningKey; readonly expiresAt: Date }[]
  readonly mask: ((text: string) => string) | null
}

/** Room three: turns a delivery into one HTTP request and its response into an outcome. It knows no database. */
export class Deliver {
  readonly #options: DeliverOptions
  readonly #agent: Agent
  readonly #targets = new WeakMap<Endpoint, Target>()

  constructor(options: DeliverOptions) {
    this.#options = options
    this.#agent = new Agent({
      connect: createTargetConnector(options.policy),
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: 16 * 1024,
      // The exchange has one deadline for everything; undici's own would restart with every chunk.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  /** @param signal ends the attempt when it aborts; null: nothing but its deadline does */
  async attempt(
    endpoint: Endpoint,
    delivery: Delivery,
    event: Event,
    signal: AbortSignal | null = null,
  ): Promise<AttemptResult> {
    const startedAt = this.#options.clock.now()
    const target = this.#target(endpoint)
    const number = delivery.attemptCount + 1
    const keys = signingKeys(target, startedAt)
    const request = renderRequest(
      event,
      { sequence: delivery.sequence, attemptNumber: number },
      keys,
      Math.floor(startedAt / 1000),
    )
    const headers: Record<string, string> = { 'User-Agent': this.#options.userAgent, ...request.headers }
    const reply = await this.#exchange(endpoint, target, { ...endpoint.headers, ...headers }, request.body, signal)
    const endedAt = this.#options.clock.now()
    const { outcome, error, detail } = judge(reply)
    return {
      attempt: {
        id: this.#options.newAttemptId(delivery.id),
        number,
        startedAt: new Date(startedAt),
        durationMs: Math.max(0, Math.round(endedAt - startedAt)),
        outcome,
        error,
        errorDetail: detail,
        url: endpoint.url,
        requestHeaders: { ...headers, ...maskHeaders(endpoint.headers) },
        response: target.mask ? masked(reply.response, target.mask) : reply.response,
      },
      endedAt: new Date(endedAt),
      retryAfterSeconds: retryAfter(reply, endedAt),
      gone: reply.response?.status === goneStatus,
    }
  }

  /** Closes idle connections and breaks off what is left. */
  async stop(): Promise<void> {
    await this.#agent.destroy()
  }

  #exchange(
    endpoint: Endpoint,
    { origin, path }: Target,
    headers: Record<string, string>,
    body: Buffer,
    signal: AbortSignal | null,
  ): Promise<Reply> {
    const { promise, resolve } = Promise.withResolvers<Reply>()
    const exchange = new Exchange(endpoint.timeoutSeconds, signal, resolve)
    this.#agent.dispatch({ origin, path, method: 'POST', headers, body }, exchange)
    return promise
  }

  #target(endpoint: Endpoint): Target {
    const known = this.#targets.get(endpoint)
    if (known) return known
    const { origin, pathname, search } = new URL(endpoint.url)
    const target = {
      origin,
      path: pathname + search,
      key: signingKey(endpoint.secret),
      previousKeys: endpoint.previousSecrets.map(({ secret, expiresAt }) => ({ key: signingKey(secret), expiresAt })),
      mask: reflectionMask(endpoint.headers),
    }
    this.#targets.set(endpoint, target)
    return target
  }
}

function masked(response: AttemptResponse | null, mask: (text: string) => string): AttemptResponse | null {
  if (!response) return null
  const headers = Object.entries(response.headers).map(([name, value]) => {
    return [name, typeof value === 'string' ? mask(value) : value.map(mask)]
  })
  return { ...response, headers: Object.fromEntries(headers), body: mask(response.body) }
}

/** Judged at each attempt: the endpoint may have been in memory since before a secret expired. */
function signingKeys({ key, previousKeys }: Target, now: number): readonly SigningKey[] {
  return [key, ...validSecrets(previousKeys, now).map((previous) => previous.key)]
}

function judge({ response, failure }: Reply): Pick<Attempt, 'outcome' | 'error'> & { detail: string | null } {
  if (failure) return { outcome: 'retry' satisfies Outcome, error: failure.error, detail: failure.detail }
  if (!response) return { outcome: 'retry', error: 'internal', detail: 'neither a response nor a failure' }
  const { outcome, error } = judgeStatus(response.status)
  return { outcome, error, detail: error === null ? null : `the endpoint answered ${response.status}` }
}

/** Only these two statuses give `Retry-After` the meaning of a wish to be left alone (RFC 9110 §10.2.3, RFC 6585 §4). */
function retryAfter({ response }: Reply, now: number): number | null {
  if (response?.status !== 429 && response?.status !== 503) return null
  const header = response.headers['retry-after']
  return parseRetryAfter(typeof header === 'string' ? header : undefined, now)
}
