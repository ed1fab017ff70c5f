/** What is wrong in a request, and where. */
export interface Fault {
  /** Such as `events.3.type`. */
  readonly path: string
  readonly message: string
}

/** A call that has come to nothing: what all errors of the client have in common. */
export abstract class AtlasError extends Error {}

/** The server refused the call, or failed. The subclasses are for what programs have to tell apart. */
export class ApiError extends AtlasError {
  override readonly name: string = 'ApiError'
  readonly status: number
  /** Stable, see the page about errors; `unknown` where what answered was not Atlas, such as a proxy. */
  readonly code: string
  /** What was wrong, for people. */
  readonly detail: string
  /** Every fault of a request that is not valid. */
  readonly errors: readonly Fault[]
  /** How long the server asks to be left alone. */
  readonly retryAfterMs: number | null

  constructor(answer: {
    status: number
    code: string
    detail: string
    errors: readonly Fault[]
    retryAfterMs: number | null
  }) {
    const faults = answer.errors.map(({ path, message }) => ` ${path} ${message}.`).join('')
    super(`${answer.status} ${answer.code}: ${answer.detail}${faults}`)
    this.status = answer.status
    this.code = answer.code
    this.detail = answer.detail
    this.errors = answer.errors
    this.retryAfterMs = answer.retryAfterMs
  }
}

/** 401: the key is missing, unknown, expired or revoked. */
export class UnauthorizedError extends ApiError {
  override readonly name = 'UnauthorizedError'
}

/** 403: the key may not do this. */
export class ForbiddenError extends ApiError {
  override readonly name = 'ForbiddenError'
}

/** 404: there is no such thing, or it belongs to another workspace. */
export class NotFoundError extends ApiError {
  override readonly name = 'NotFoundError'
}

/** 409: it conflicts with what exists. */
export class ConflictError extends ApiError {
  override readonly name = 'ConflictError'
}

/** 422: `errors` says what is not valid. */
export class ValidationError extends ApiError {
  override readonly name = 'ValidationError'
}

/** 429: too many requests. */
export class RateLimitError extends ApiError {
  override readonly name = 'RateLimitError'
}

/** 502, 503, 504: nobody can answer at the moment. */
export class UnavailableError extends ApiError {
  override readonly name = 'UnavailableError'
}

/** No answer came, or not all of it. Whether the server did what it was asked to is not known. */
export class ConnectionError extends AtlasError {
  override readonly name: string = 'ConnectionError'
}

/** No answer came in time. */
export class TimeoutError extends ConnectionError {
  override readonly name = 'TimeoutError'
}

const classes: Readonly<Record<number, typeof ApiError>> = {
  ...{ 401: UnauthorizedError, 403: ForbiddenError, 404: NotFoundError, 409: ConflictError, 422: ValidationError },
  ...{ 429: RateLimitError, 502: UnavailableError, 503: UnavailableError, 504: UnavailableError },
}

/** The error that an answer stands for. */
export function toApiError(response: Response, text: string): ApiError {
  const { status, headers } = response
  const { code, detail, errors } = readProblem(text)
  const Class = classes[status] ?? ApiError
  return new Class({
    status,
    code: code ?? 'unknown',
    detail: detail ?? describe(response, text),
    errors: errors ?? [],
    retryAfterMs: readRetryAfter(headers.get('retry-after')),
  })
}

function describe({ headers, statusText }: Response, text: string): string {
  const location = headers.get('location')
  if (location !== null) return `It redirects to ${location}: use that as the server.`
  return `${statusText} ${text.slice(0, 200)}`.trim() || 'There is no word of what was wrong.'
}

function readProblem(text: string): { code?: string; detail?: string; errors?: Fault[] } {
  try {
    const problem = JSON.parse(text)
    return typeof problem?.code === 'string' && typeof problem.detail === 'string' ? problem : {}
  } catch {
    // Something between us and Atlas has answered.
    return {}
  }
}

function readRetryAfter(header: string | null): number | null {
  if (header === null) return null
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000
  return Number.isNaN(seconds) ? null : Math.max(0, seconds * 1000)
}
