import type { CloudEvent } from './event.ts'
import { encode, hmac, isSame, keyOf, secretList } from './hmac.ts'
import { type RequestHeaders, readSignature, type Signed } from './signature.ts'
import { BadSignatureError, ExpiredError, MalformedError } from './verification-error.ts'
import type { WebhookEvent } from './webhook-event.ts'

/** A body as it came, before anything has parsed it. */
export type RawBody = string | Uint8Array | ArrayBuffer

export interface VerifyOptions {
  /** How many seconds the time of the signature may be from now, before or after: 300 unless set. */
  readonly tolerance?: number | undefined
  /** The time now, in Unix seconds: that of the machine unless set. */
  readonly now?: number | undefined
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The event of a request, if one of the secrets signed it: else a VerificationError (MalformedError, BadSignatureError,
 * ExpiredError).
 *
 * @param body as it came: parsed and printed again it would be another one
 * @param headers of the request, or the value of `Atlas-Signature` or `X-Webhook-Signature`
 * @param secrets of the endpoint: several while they change
 */
export async function verify(
  body: RawBody,
  headers: RequestHeaders | string,
  secrets: string | readonly string[],
  options: VerifyOptions = {},
): Promise<WebhookEvent> {
  const event = parse(await verified(body, headers, secrets, options))
  if (Array.isArray(event)) throw new MalformedError('the body is a batch: verifyBatch() reads those')
  if (!isIdentified(event) || !isObject(event.data)) throw new MalformedError('the body is no event')
  return event as unknown as WebhookEvent
}

/** The events of a request that carries a batch of CloudEvents, as a list or one a line; else as `verify`. */
export async function verifyBatch<Data = unknown>(
  body: RawBody,
  headers: RequestHeaders | string,
  secrets: string | readonly string[],
  options: VerifyOptions = {},
): Promise<CloudEvent<Data>[]> {
  const text = await verified(body, headers, secrets, options)
  const events = text.startsWith('[') ? parse(text) : text.split('\n').filter(Boolean).map(parse)
  if (!Array.isArray(events) || events.length === 0) throw new MalformedError('the body is no batch')
  if (!events.every(isIdentified)) throw new MalformedError('the batch holds what is no event')
  return events as unknown as CloudEvent<Data>[]
}

/** The body as text, when one of the secrets signed it and not too long ago. */
async function verified(
  body: RawBody,
  headers: RequestHeaders | string,
  secrets: string | readonly string[],
  { tolerance = 300, now = Math.floor(Date.now() / 1000) }: VerifyOptions,
): Promise<string> {
  const bytes = bytesOf(body)
  const signed = readSignature(headers)
  if (!(await isGenuine(bytes, signed, secrets))) {
    throw new BadSignatureError('none of the secrets signed this body')
  }
  // Put so that what is no number passes nothing.
  if (signed.time !== null && !(Math.abs(now - signed.time) <= tolerance)) {
    throw new ExpiredError(`the signature is of ${signed.time} and now is ${now}: more than ${tolerance} seconds apart`)
  }
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new MalformedError('the body is not UTF-8', { cause })
  }
}

async function isGenuine(body: Uint8Array, signed: Signed, secrets: string | readonly string[]): Promise<boolean> {
  const prefix = encoder.encode(signed.prefix)
  const message = new Uint8Array(prefix.length + body.length)
  message.set(prefix)
  message.set(body, prefix.length)
  const keys = secretList(secrets).map((secret) => keyOf(secret, signed.key))
  const expected = await Promise.all(keys.map(async (key) => encode(await hmac(key, message), signed.encoding)))
  let genuine = false
  // All of them, so that the time does not tell which secret it was.
  for (const one of expected) for (const given of signed.signatures) if (isSame(one, given)) genuine = true
  return genuine
}

function bytesOf(body: RawBody): Uint8Array {
  if (typeof body === 'string') return encoder.encode(body)
  // Not instanceof: test runners and workers have classes of their own.
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
  if (Object.prototype.toString.call(body) === '[object ArrayBuffer]') return new Uint8Array(body)
  throw new TypeError('verifying needs the body as it came, as text or bytes: something has parsed it before')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new MalformedError('the body is not JSON', { cause })
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isIdentified(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && typeof value.id === 'string' && typeof value.type === 'string'
}
