import { Agent, type Client, Pool } from 'undici'
import {
  type Attempt,
  type AttemptResponse,
  goneStatus,
  type Judgement,
  judgeStatus,
  keptBodyBytes,
} from '../domain/attempt.ts'
import { judgementOfAll } from '../domain/batch.ts'
import type { Delivery } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { maskHeaders, reflectionMask } from '../domain/endpoint-header.ts'
import { maskUrl } from '../domain/endpoint-url.ts'
import type { Event } from '../domain/event.ts'
import { isBatchProfile } from '../domain/profile.ts'
import { parseRetryAfter } from '../domain/retry-schedule.ts'
import { validSecrets } from '../domain/secret-rotation.ts'
import { type SigningKey, signingKey } from '../domain/signature.ts'
import type { TargetPolicy } from '../domain/target.ts'
import { type RenderedRequest, renderRequest } from '../formats/atlas.ts'
import { batchHeaders, composeBatch } from '../formats/batch-format.ts'
import { batchFormats } from '../formats/batch-formats.ts'
import { encode } from '../formats/compression.ts'
import type { Clock } from './clock.ts'
import { Exchange, type Reply } from './exchange.ts'
import { createTargetConnector } from './target-connector.ts'
import type { Task } from './task.ts'
import { TimedClient } from './timed-client.ts'
import type { Tunnels } from './tunnels.ts'

export interface AttemptResult {
  readonly attempt: Attempt
  readonly endedAt: Date
  readonly retryAfterSeconds: number | null
  /** The receiver answered 410: it wants no more. */
  readonly gone: boolean
  /** Whoever carried the request is gone: what came of it is not known. */
  readonly interrupted: boolean
}

/** What came of an attempt that carried a batch. */
export interface BatchResult extends AttemptResult {
  /** One for each delivery that was carried: these are the first of those that were given, the others were not sent. */
  readonly outcomes: readonly Judgement[]
}

export interface DeliverOptions {
  readonly policy: TargetPolicy
  readonly clock: Clock
  readonly userAgent: string
  /** An id for an attempt of this delivery. */
  newAttemptId(deliveryId: string): string
  /** An id for an attempt of a batch, whose deliveries may be of several days: with the time of now. */
  newBatchAttemptId(): string
  /** Where people reach this service, without a slash at the end. */
  publicUrl(): string
  readonly tunnels: Pick<Tunnels, 'exchange'>
}

/** A request that was answered, or failed. */
interface Sent {
  readonly startedAt: number
  readonly endedAt: number
  readonly headers: Readonly<Record<string, string>>
  readonly reply: Reply
}

/** A request but for where it goes to. */
interface OutgoingRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly timeoutSeconds: number
}

/** What an attempt needs of its endpoint, worked out once per version of it. */
interface Target {
  /** As people may see it. */
  readonly shownUrl: string
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
    const connect = createTargetConnector(options.policy)
    this.#agent = new Agent({
      factory(origin, pooled: Pool.Options) {
        return new Pool(origin, {
          ...pooled,
          factory: (to, single: Client.Options) => new TimedClient(to, single, connect),
        })
      },
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
    const request = renderRequest(
      event,
      { sequence: delivery.sequence, attemptNumber: number },
      signingKeys(target, startedAt),
      Math.floor(startedAt / 1000),
    )
    const sent = await this.#send(endpoint, target, startedAt, request, keptBodyBytes, signal)
    const judgement = judge(sent.reply, ({ status }) => judgeStatus(status))
    return result(endpoint, target, { id: this.#options.newAttemptId(delivery.id), number }, sent, judgement)
  }

  /**
   * One request with as many of these deliveries as the limits of the endpoint's format allow, from the first on.
   *
   * @param tasks at least one, all of this endpoint, whose profile is one that sends batches
   * @param signal ends the attempt when it aborts; null: nothing but its deadline does
   * @param composed is called before anything is sent, with how many deliveries the request carries
   */
  async attemptBatch(
    endpoint: Endpoint,
    tasks: readonly Task[],
    signal: AbortSignal | null = null,
    composed: (carried: number) => void = () => {},
  ): Promise<BatchResult> {
    if (!isBatchProfile(endpoint.profile)) throw new TypeError(`the profile ${endpoint.profile} sends no batches`)
    const format = batchFormats[endpoint.profile]
    const id = this.#options.newBatchAttemptId()
    const startedAt = this.#options.clock.now()
    const target = this.#target(endpoint)
    const { body: text, carried } = composeBatch(format, tasks, { endpoint, publicUrl: this.#options.publicUrl() })
    composed(carried)
    const body = await encode(endpoint.options, text)
    const number = tasks.slice(0, carried).reduce((most, task) => Math.max(most, task.delivery.attemptCount), 0) + 1
    const headers = batchHeaders(format, endpoint, number, signingKeys(target, startedAt), body)
    const sent = await this.#send(endpoint, target, startedAt, { headers, body }, format.judgedBytes, signal)
    const judged = judge(sent.reply, ({ status }) => format.judge({ status, body: sent.reply.body }, carried))
    const judgements = 'outcome' in judged ? Array.from({ length: carried }, () => judged) : judged
    const { mask } = target
    const outcomes = mask ? judgements.map((judgement) => maskedJudgement(judgement, mask)) : judgements
    return { ...result(endpoint, target, { id, number }, sent, judgementOfAll(outcomes)), outcomes }
  }

  /** Closes idle connections and breaks off what is left. */
  async stop(): Promise<void> {
    await this.#agent.destroy()
  }

  async #send(
    endpoint: Endpoint,
    target: Target,
    startedAt: number,
    { headers: rendered, body }: RenderedRequest,
    wantedBytes: number,
    signal: AbortSignal | null,
  ): Promise<Sent> {
    const own: Record<string, string> = { 'User-Agent': this.#options.userAgent, ...rendered }
    const request = { headers: { ...endpoint.headers, ...own }, body, timeoutSeconds: endpoint.timeoutSeconds }
    const reply =
      endpoint.tunnel === null
        ? await this.#overHttp(target, request, wantedBytes, signal)
        : await this.#options.tunnels.exchange(endpoint, request, signal)
    return { startedAt, endedAt: this.#options.clock.now(), headers: own, reply }
  }

  #overHttp(
    { origin, path }: Target,
    { headers, body, timeoutSeconds }: OutgoingRequest,
    wantedBytes: number,
    signal: AbortSignal | null,
  ): Promise<Reply> {
    const { promise, resolve } = Promise.withResolvers<Reply>()
    const exchange = new Exchange(timeoutSeconds, signal, resolve, wantedBytes)
    this.#agent.dispatch({ origin, path, method: 'POST', headers, body }, exchange)
    return promise
  }

  #target(endpoint: Endpoint): Target {
    const known = this.#targets.get(endpoint)
    if (known) return known
    const { origin, pathname, search } = new URL(endpoint.url)
    const target = {
      shownUrl: maskUrl(endpoint.url),
      origin,
      path: pathname + search,
      key: signingKey(endpoint.secret),
      previousKeys: endpoint.previousSecrets.map(({ secret, expiresAt }) => ({ key: signingKey(secret), expiresAt })),
      mask: reflectionMask(endpoint),
    }
    this.#targets.set(endpoint, target)
    return target
  }
}

function result(
  endpoint: Endpoint,
  target: Target,
  { id, number }: Pick<Attempt, 'id' | 'number'>,
  { startedAt, endedAt, headers, reply }: Sent,
  { outcome, error, detail }: Judgement,
): AttemptResult {
  return {
    attempt: {
      id,
      number,
      startedAt: new Date(startedAt),
      durationMs: Math.max(0, Math.round(endedAt - startedAt)),
      timings: reply.timings,
      outcome,
      error,
      errorDetail: detail,
      url: target.shownUrl,
      requestHeaders: { ...headers, ...maskHeaders(endpoint.headers) },
      response: target.mask ? masked(reply.response, target.mask) : reply.response,
    },
    endedAt: new Date(endedAt),
    retryAfterSeconds: retryAfter(reply, endedAt),
    gone: reply.response?.status === goneStatus,
    interrupted: reply.interrupted,
  }
}

function masked(response: AttemptResponse | null, mask: (text: string) => string): AttemptResponse | null {
  if (!response) return null
  const headers = Object.entries(response.headers).map(([name, value]) => {
    return [name, typeof value === 'string' ? mask(value) : value.map(mask)]
  })
  return { ...response, headers: Object.fromEntries(headers), body: mask(response.body) }
}

function maskedJudgement(judgement: Judgement, mask: (text: string) => string): Judgement {
  return judgement.detail === null ? judgement : { ...judgement, detail: mask(judgement.detail) }
}

/** Judged at each attempt: the endpoint may have been in memory since before a secret expired. */
function signingKeys({ key, previousKeys }: Target, now: number): readonly SigningKey[] {
  return [key, ...validSecrets(previousKeys, now).map((previous) => previous.key)]
}

function judge<Judged>(
  { response, failure }: Reply,
  judgeResponse: (response: AttemptResponse) => Judged,
): Judged | Judgement {
  if (failure) return { outcome: 'retry', error: failure.error, detail: failure.detail }
  if (!response) return { outcome: 'retry', error: 'internal', detail: 'neither a response nor a failure' }
  return judgeResponse(response)
}

/** Only these two statuses give `Retry-After` the meaning of a wish to be left alone (RFC 9110 §10.2.3, RFC 6585 §4). */
function retryAfter({ response }: Reply, now: number): number | null {
  if (response?.status !== 429 && response?.status !== 503) return null
  const header = response.headers['retry-after']
  return parseRetryAfter(typeof header === 'string' ? header : undefined, now)
}
