import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'

const secretPrefix = 'whsec_'
/** How many random bytes a secret is made of. */
export const secretBytes = 32

/** The two HMAC keys that one endpoint secret stands for. */
export interface SigningKey {
  /** The whole secret, its prefix included, as UTF-8: the `Atlas-Signature` and `X-Webhook-Signature` schemes. */
  readonly text: KeyObject
  /** The decoded bytes: the Standard Webhooks scheme. */
  readonly bytes: KeyObject
}

/** A new endpoint secret from 32 random bytes; RangeError for any other number of them. */
export function generateSecret(randomBytes: Uint8Array): string {
  if (randomBytes.length !== secretBytes) throw new RangeError(`a secret is made of ${secretBytes} bytes`)
  return secretPrefix + Buffer.from(randomBytes).toString('base64')
}

/**
 * Prepares the keys of a secret, for the caller to keep: it costs several times what a signature does.
 * TypeError, without the secret in its message, unless it is `whsec_` and standard padded base64.
 */
export function signingKey(secret: string): SigningKey {
  const encoded = secret.slice(secretPrefix.length)
  const bytes = Buffer.from(encoded, 'base64')
  // Node.js skips what it cannot decode; a receiver's library would refuse it or, worse, arrive at another key.
  if (!secret.startsWith(secretPrefix) || bytes.length === 0 || bytes.toString('base64') !== encoded) {
    throw new TypeError('an endpoint secret is not whsec_ and padded base64')
  }
  return { text: createSecretKey(secret, 'utf8'), bytes: createSecretKey(bytes) }
}

/**
 * The value of `Atlas-Signature`: `t=…,v1=<hex>` and one more `,v1=<hex>` for each further key, over
 * `<t>.<body>`. `keys` has the newest first; `timestampSeconds` is the time of the attempt in Unix seconds.
 * No space after the comma: Stripe's verifiers, which accept this header, do not trim.
 */
export function atlasSignature(keys: readonly SigningKey[], timestampSeconds: number, body: Buffer): string {
  const signed = `${timestampSeconds}.`
  let value = `t=${timestampSeconds}`
  for (const key of keys) value += `,v1=${createHmac('sha256', key.text).update(signed).update(body).digest('hex')}`
  return value
}

/**
 * The value of `webhook-signature` (Standard Webhooks 1.0): `v1,<base64>` for each key, the newest first, with a space
 * between, over `<id>.<timestamp>.<body>`. `id` and `timestampSeconds` go into `webhook-id` and `webhook-timestamp`.
 */
export function standardWebhooksSignature(
  keys: readonly SigningKey[],
  id: string,
  timestampSeconds: number,
  body: Buffer,
): string {
  const signed = `${id}.${timestampSeconds}.`
  let value = ''
  for (const key of keys) {
    const mac = createHmac('sha256', key.bytes).update(signed).update(body).digest('base64')
    value += value === '' ? `v1,${mac}` : ` v1,${mac}`
  }
  return value
}

/** The value of `X-Webhook-Signature`, which has room for one key: `sha256=<hex>` over the bytes that are sent. */
export function webhookSignature(key: SigningKey, body: Buffer): string {
  return `sha256=${createHmac('sha256', key.text).update(body).digest('hex')}`
}
