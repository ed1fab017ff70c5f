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

/** success: delivered. retry: try again by schedule. give_up: retrying cannot mend it. */
export type Outcome = 'success' | 'retry' | 'give_up'

export interface AttemptResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** The first 16 KiB, decoded as UTF-8. */
  readonly body: string
  readonly truncated: boolean
}

/** One HTTP request and what came of it. */
export interface Attempt {
  readonly id: string
  readonly number: number
  readonly startedAt: Date
  readonly durationMs: number
  readonly outcome: Outcome
  readonly error: AttemptError | null
  /** The cause in words, for whoever reads the delivery log. */
  readonly errorDetail: string | null
  readonly url: string
  /** As sent; the values of the endpoint's own headers are masked. */
  readonly requestHeaders: Readonly<Record<string, string>>
  readonly response: AttemptResponse | null
}

/** What a status code means for the profiles that send one event per request (RFC 9110 §15). */
export function judgeStatus(status: number): { outcome: Outcome; error: AttemptError | null } {
  if (status >= 200 && status < 300) return { outcome: 'success', error: null }
  return { outcome: 'retry', error: status >= 300 && status < 400 ? 'redirect' : 'status' }
}

/** 410 Gone: the receiver wants no more, so its endpoint is paused (RFC 9110 §15.5.11). */
export const goneStatus = 410
