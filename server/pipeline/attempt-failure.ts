import { AssertionError } from 'node:assert/strict'
import { errors } from 'undici'
import type { AttemptError } from '../domain/attempt.ts'
import { BlockedTarget, ResolveFailed } from './target-connector.ts'
import { TlsFailed } from './tls-failure.ts'

export interface AttemptFailure {
  readonly error: AttemptError
  /** For whoever reads the delivery log. */
  readonly detail: string
}

const refusedCodes = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'EADDRNOTAVAIL', 'EACCES'])
const resetCodes = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ENOTCONN'])

/** What an error on the way to a target means, in the terms of the delivery log. */
export function classifyFailure(error: Error): AttemptFailure {
  const detail = error.message
  if (error instanceof BlockedTarget) return { error: 'blocked_address', detail }
  if (error instanceof ResolveFailed) return { error: 'dns', detail }
  if (error instanceof TlsFailed) return { error: 'tls', detail }
  if (error instanceof errors.ConnectTimeoutError) return { error: 'timeout', detail }
  if (error instanceof errors.HeadersOverflowError) return { error: 'response_rejected', detail: 'headers over 16 KiB' }
  if (error instanceof errors.HTTPParserError) return { error: 'response_rejected', detail: `not HTTP: ${detail}` }
  if (error instanceof errors.ResponseContentLengthMismatchError)
    return { error: 'response_rejected', detail: 'not HTTP: contradictory or impossible Content-Length' }
  // undici's parser asserts what it takes for granted, such as that a status has a value of 100 at least.
  if (error instanceof AssertionError) return { error: 'response_rejected', detail: 'not HTTP' }
  if (error instanceof errors.SocketError) return { error: 'reset', detail: 'the connection was closed' }
  // Several addresses were tried: the first one's failure stands for all.
  const cause = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  if (refusedCodes.has(code)) return { error: 'refused', detail: cause.message }
  if (resetCodes.has(code)) return { error: 'reset', detail: cause.message }
  if (code === 'ETIMEDOUT') return { error: 'timeout', detail: cause.message }
  return { error: 'internal', detail: cause.message }
}
