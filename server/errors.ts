/**
 * Every error that the API can answer with: a stable code, its HTTP status and a title. The codes are part of the
 * contract; the detail says what was wrong, where, and what to do.
 */
export const catalogue = {
  bad_request: { status: 400, title: 'The request could not be read' },
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  unauthorized: { status: 401, title: 'A valid API key is needed' },
  forbidden: { status: 403, title: 'The API key may not do this' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'The resource does not support this method' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  conflict: { status: 409, title: 'The request conflicts with what exists' },
  idempotency_conflict: { status: 409, title: 'The idempotency key was used with another body' },
  event_exists: { status: 409, title: 'An event with this id exists' },
  payload_too_large: { status: 413, title: 'The payload is too large' },
  uri_too_long: { status: 414, title: 'The URL is too long' },
  unsupported_media_type: { status: 415, title: 'The body must be application/json' },
  validation_failed: { status: 422, title: 'The request is not valid' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  upgrade_required: { status: 426, title: 'The route is a WebSocket' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  database_unavailable: { status: 503, title: 'The database is not reachable at the moment' },
  shutting_down: { status: 503, title: 'This node is shutting down' },
  no_tunnels_here: { status: 503, title: 'This node has no tunnels' },
  overloaded: { status: 503, title: 'This node has more to do than it can take on' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof catalogue

export interface Fault {
  /** JSON Pointer-like path into the request, such as `events.3.type`. */
  readonly path: string
  readonly message: string
}

/** An expected failure, answered as RFC 9457 problem details. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly errors: readonly Fault[]
  readonly retryAfterSeconds: number | null

  constructor(
    code: ProblemCode,
    detail: string,
    more: { errors?: readonly Fault[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.errors = more.errors ?? []
    this.retryAfterSeconds = more.retryAfterSeconds ?? null
  }

  get status(): number {
    return catalogue[this.code].status
  }

  toJSON(): Record<string, unknown> {
    const { status, title } = catalogue[this.code]
    return {
      type: `urn:atlas-webhooks:error:${this.code}`,
      title,
      status,
      code: this.code,
      detail: this.message,
      ...(this.errors.length > 0 && { errors: this.errors }),
    }
  }
}
