import { Type } from 'typebox'
import type { Attempt, AttemptError, AttemptTimings, KnownError } from '../domain/attempt.ts'
import { maskUrl } from '../domain/endpoint-url.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import type { StoredAttempt } from '../storage/attempt.ts'
import { choice, nullable, Time } from './schema.ts'

const outcomes = ['success', 'retry', 'give_up'] as const
const errors = [
  ...(['timeout', 'dns', 'refused', 'reset', 'tls', 'blocked_address', 'redirect', 'status'] as const),
  ...(['response_rejected', 'internal'] as const),
] satisfies readonly AttemptError[]
const Headers = Type.Record(Type.String(), Type.Unknown(), {
  description: 'By name; a header that came several times has a list.',
})

const Response = nullable(
  Type.Object(
    {
      status: Type.Integer(),
      headers: Headers,
      body: Type.String({ description: 'The first 16 KiB, read as UTF-8.' }),
      truncated: Type.Boolean({ description: 'There was more of it.' }),
    },
    { title: 'AttemptResponse' },
  ),
  { description: 'null: there was none.' },
)
export const ErrorCode = nullable(choice(errors))
export const LastError = choice<KnownError>(
  [...errors, 'unknown'],
  'What the last attempt failed with. unknown: of dead letters of versions that did not keep it.',
)
export const LastStatus = Type.Integer({ minimum: 100, maximum: 599, description: 'The status of its response.' })
export const ErrorDetail = nullable(Type.String({ description: 'The cause in words.' }))
export const Duration = Type.Integer({ description: 'From looking the host up to the last byte, in milliseconds.' })

const Part = nullable(Type.Integer())
const Timings = nullable(
  Type.Object(
    {
      dns_ms: Part,
      connect_ms: Part,
      tls_ms: Part,
      first_byte_ms: nullable(Type.Integer(), {
        description: 'From when the request was written to the head of the response.',
      }),
    },
    { title: 'AttemptTimings' },
  ),
  {
    description:
      'Where the time went, in milliseconds. A part is null where it was not needed (the first three on a connection that was kept from another attempt, DNS for an address, TLS for http) or did not come to an end. null: nothing was measured, such as through a tunnel.',
  },
)

export const AttemptAnswer = Type.Object(
  {
    id: Type.String({ examples: ['att_01h455vb4pex5vsknk084sn02q'] }),
    number: Type.Integer({
      description: 'Rises with every attempt of the delivery; after a crash one may occur twice.',
    }),
    at: Time,
    duration_ms: Duration,
    timings: Timings,
    outcome: choice(outcomes),
    error: ErrorCode,
    error_detail: ErrorDetail,
    request: Type.Object({
      method: Type.String(),
      url: Type.String({ description: 'Masked like that of the endpoint.' }),
      headers: Headers,
      body: nullable(
        Type.String({
          description:
            'Exactly as it was sent, but for compression; of a batch, what it would be with this delivery alone.',
        }),
      ),
    }),
    response: Response,
    batch: nullable(Type.Object({ deliveries: Type.Integer() }), {
      description:
        'How many deliveries the request carried; outcome and error are those of this delivery. null: alone, since the profile sends no batches.',
    }),
  },
  { title: 'Attempt' },
)

export const TestAnswer = Type.Object(
  {
    ok: Type.Boolean(),
    status: nullable(Type.Integer()),
    duration_ms: Duration,
    timings: Timings,
    error: ErrorCode,
    error_detail: ErrorDetail,
    response: Response,
  },
  { title: 'TestResult' },
)

/** @param body as it was sent: the same for every attempt of a delivery; null: its event is gone */
export function showAttempt(attempt: StoredAttempt, body: string | null) {
  return {
    id: toTypeId(idPrefix.attempt, attempt.id),
    number: attempt.number,
    at: attempt.startedAt.toISOString(),
    duration_ms: attempt.durationMs,
    timings: showTimings(attempt.timings),
    outcome: attempt.outcome,
    error: attempt.error,
    error_detail: attempt.errorDetail,
    request: { method: 'POST', url: maskUrl(attempt.url), headers: attempt.requestHeaders, body },
    response: attempt.response,
    batch: attempt.batchDeliveries === null ? null : { deliveries: attempt.batchDeliveries },
  }
}

export function showTest(attempt: Attempt) {
  return {
    ok: attempt.outcome === 'success',
    status: attempt.response?.status ?? null,
    duration_ms: attempt.durationMs,
    timings: showTimings(attempt.timings),
    error: attempt.error,
    error_detail: attempt.errorDetail,
    response: attempt.response,
  }
}

function showTimings(timings: AttemptTimings | null) {
  if (timings === null) return null
  const { dnsMs, connectMs, tlsMs, firstByteMs } = timings
  return { dns_ms: dnsMs, connect_ms: connectMs, tls_ms: tlsMs, first_byte_ms: firstByteMs }
}
