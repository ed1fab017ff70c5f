export {
  ApiError,
  AtlasError,
  ConflictError,
  ConnectionError,
  type Fault,
  ForbiddenError,
  NotFoundError,
  RateLimitError,
  TimeoutError,
  UnauthorizedError,
  UnavailableError,
  ValidationError,
} from './api-error.ts'
export type { CallOptions, IdempotentCallOptions } from './call-options.ts'
export { Atlas } from './client.ts'
export type { AuditData, CloudEvent, EventOf } from './event.ts'
// As a whole, so that people can add event types of their own.
export * from './generated/event-types.ts'
export type * from './generated/schemas.ts'
export type { List, Page } from './list.ts'
export type { ReceiveOptions, Receiver } from './receive.ts'
export { type SequenceGap, SequenceGuard, type SequenceState, type SequenceVerdict } from './sequence-guard.ts'
export type { RequestHeaders } from './signature.ts'
export type { AtlasOptions } from './transport.ts'
export {
  BadSignatureError,
  ExpiredError,
  MalformedError,
  VerificationError,
  type VerificationErrorCode,
} from './verification-error.ts'
export type { RawBody, VerifyOptions } from './verify.ts'
export type { WebhookEvent } from './webhook-event.ts'
export { webhooks } from './webhooks.ts'
