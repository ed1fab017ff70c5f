/** Why an attempt was not a success: a closed list, part of the API. */
export type AttemptError =
  | 'timeout'
  | 'dns'
  | 'refused'
  | 'reset'
  | 'tls'
  | 'blocked_address'
  | 'redirect'
  | 'status'
  | 'response_rejected'
  | 'internal'

/** What a dead letter failed with. unknown: a version gave it up that did not keep this beside it. */
export type KnownError = AttemptError | 'unknown'

/** success: delivered. retry: try again by schedule. give_up: retrying cannot mend it. */
export type Outcome = 'success' | 'retry' | 'give_up'

/** What came of an attempt, for one of the deliveries that it carried or for all of them. */
export interface Judgement {
  readonly outcome: Outcome
  readonly error: AttemptError | null
  /** The cause in words, for whoever reads the delivery log. */
  readonly detail: string | null
}

/** How much of a response is kept. */
export const keptBodyBytes = 16 * 1024

export interface AttemptResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** The first 16 KiB, decoded as UTF-8. */
  readonly body: string
  readonly truncated: boolean
}

/**
 * Where the time of an attempt went, in milliseconds. A part is null where it did not come to an end, and where there was
 * none: addresses need no DNS, http no TLS, and a connection that was kept from another attempt none of the first three.
 */
export interface AttemptTimings {
  readonly dnsMs: number | null
  readonly connectMs: number | null
  readonly tlsMs: number | null
  /** From when the request was written to the head of the response. */
  readonly firstByteMs: number | null
}

/** What the last attempt of a delivery came to, as it is kept beside the delivery. */
export interface LastAttempt {
  readonly at: Date
  readonly durationMs: number
  /** Of the response; null: there was none. */
  readonly status: number | null
  /** null: it was a success. */
  readonly error: AttemptError | null
}

/** One HTTP request and what came of it. */
export interface Attempt {
  readonly id: string
  readonly number: number
  readonly startedAt: Date
  readonly durationMs: number
  /** null: nothing was measured, such as of what travels through a tunnel. */
  readonly timings: AttemptTimings | null
  readonly outcome: Outcome
  readonly error: AttemptError | null
  /** The cause in words, for whoever reads the delivery log. */
  readonly errorDetail: string | null
  /** With its tokens masked. */
  readonly url: string
  /** As sent; the values of the endpoint's own headers are masked. */
  readonly requestHeaders: Readonly<Record<string, string>>
  readonly response: AttemptResponse | null
}

/** What a status code means where a profile has no rules of its own (RFC 9110 §15). */
export function judgeStatus(status: number): Judgement {
  if (status >= 200 && status < 300) return { outcome: 'success', error: null, detail: null }
  const error = status >= 300 && status < 400 ? 'redirect' : 'status'
  return { outcome: 'retry', error, detail: `the endpoint answered ${status}` }
}

/** 410 Gone: the receiver wants no more, so its endpoint is paused (RFC 9110 §15.5.11). */
export const goneStatus = 410
