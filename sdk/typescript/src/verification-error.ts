/** Why a request is not to be trusted. */
export type VerificationErrorCode = 'malformed' | 'bad_signature' | 'expired'

/** A request that is not to be trusted. What the three kinds have in common; `code` tells them apart too. */
export abstract class VerificationError extends Error {
  abstract readonly code: VerificationErrorCode
}

/** The headers are not those of a signed request, or the body that was signed is no event. */
export class MalformedError extends VerificationError {
  override readonly name = 'MalformedError'
  readonly code = 'malformed'
}

/** None of the secrets signed this body. */
export class BadSignatureError extends VerificationError {
  override readonly name = 'BadSignatureError'
  readonly code = 'bad_signature'
}

/** The signature is genuine, but its time is further from now than the tolerance, before or after. */
export class ExpiredError extends VerificationError {
  override readonly name = 'ExpiredError'
  readonly code = 'expired'
}
