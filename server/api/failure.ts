import { randomUUID } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { BaseLogger } from 'pino'
import { Problem, type ProblemCode } from '../errors.ts'
import { isDataError, isUnavailable } from '../storage/failure.ts'

export const problemMediaType = 'application/problem+json'
/** Answers hold secrets and a tenant's data, and are never to be taken for a page. */
export const safetyHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
const databaseRetrySeconds = 1

/** What Fastify and Node.js refuse on their own, by their codes, in the words of our catalogue. */
const refusals: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload_too_large', 'The body is larger than this route accepts.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'Send the body as application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad_request', 'The body is not as long as Content-Length says.'],
  FST_ERR_BAD_URL: ['bad_request', 'The URL has a malformed percent-encoding.'],
  FST_ERR_MAX_PARAM_LENGTH: ['uri_too_long', 'A part of the path is too long.'],
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The headers are larger than 16 KiB.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['payload_too_large', 'The chunk extensions are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in time.'],
}

/**
 * The problem to answer with. What nobody expected is logged under an id, and the caller gets the id and nothing else:
 * messages of inner errors may hold secrets.
 */
export function toProblem(error: unknown, log: BaseLogger): Problem {
  if (error instanceof Problem) return error
  const refusal = refusals[codeOf(error)]
  if (refusal) return new Problem(refusal[0], refusal[1])
  if (isUnavailable(error)) {
    return new Problem('database_unavailable', 'The database cannot be reached; nothing is known to be stored.', {
      retryAfterSeconds: databaseRetrySeconds,
      cause: error,
    })
  }
  if (isDataError(error)) return refusedByPostgres(error)
  const status = statusOf(error)
  if (status >= 400 && status < 500) return new Problem('bad_request', 'The request could not be read.')
  const id = randomUUID()
  log.error({ err: error, id }, 'unexpected error')
  return new Problem('internal', `Unexpected error ${id}; the log of the server has the details under this id.`)
}

/** Class 22: text with a NUL character and the like. Class 23: what this change relied on changed at the same time. */
function refusedByPostgres(error: unknown): Problem {
  return codeOf(error).startsWith('22')
    ? new Problem('validation_failed', 'A value cannot be stored, such as text with a NUL character.', { cause: error })
    : new Problem('conflict', 'Another change came first; look at what there is now and try again.', { cause: error })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function statusOf(error: unknown): number {
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 0
}

function problemHeaders(problem: Problem): Record<string, string> {
  return {
    ...safetyHeaders,
    'content-type': problemMediaType,
    ...(problem.retryAfterSeconds !== null && { 'retry-after': String(problem.retryAfterSeconds) }),
    ...(problem.status === 401 && { 'www-authenticate': 'Bearer' }),
    ...(problem.code === 'shutting_down' && { connection: 'close' }),
  }
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  // Fastify would close the connection while the rest of a large body is on its way, and the reset would take the answer
  // with it. Node.js throws the rest away instead, for as long as a request may take to arrive.
  if (problem.status === 413) reply.removeHeader('connection')
  return reply.code(problem.status).headers(problemHeaders(problem)).send(JSON.stringify(problem))
}

/** For requests that are not HTTP enough to get a reply object: the whole answer as bytes. */
export function rawResponse(error: unknown): string {
  const [code, detail] = refusals[codeOf(error)] ?? ['bad_request', 'The request is not valid HTTP/1.1.']
  const problem = new Problem(code, detail)
  const body = JSON.stringify(problem)
  const headers = { ...problemHeaders(problem), 'content-length': String(Buffer.byteLength(body)), connection: 'close' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${problem.status} ${problem.code}\r\n${lines.join('')}\r\n${body}`
}
