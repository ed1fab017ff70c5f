import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import Stripe from 'stripe'
import { atlasSignature, generateSecret, signingKey, standardWebhooksSignature, webhookSignature } from './signature.ts'

/** What `sdk/README.md` says that a vector is. */
interface Vector {
  readonly name: string
  readonly scheme: 'atlas' | 'standard' | 'x-webhook'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly body_base64?: string
  readonly secrets: readonly string[]
  readonly signed_by?: readonly string[]
  readonly expected: { readonly id?: string; readonly ids?: readonly string[]; readonly error?: string }
}

const file = new URL('../../sdk/signature-vectors.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: readonly Vector[] }

function bodyOf({ body, body_base64 }: Vector): Buffer {
  return body === undefined ? Buffer.from(body_base64 ?? '', 'base64') : Buffer.from(body)
}

/** The headers that our code signs a vector's body with, at the time and under the id that its headers name. */
function signed(vector: Vector, secrets: readonly string[]): Record<string, string> {
  const { scheme } = vector
  const headers = lowerCase(vector.headers)
  const keys = secrets.map(signingKey)
  const body = bodyOf(vector)
  if (scheme === 'atlas') {
    const time = Number(/^t=([0-9]+),/.exec(headers['atlas-signature'] ?? '')?.[1])
    return { 'atlas-signature': atlasSignature(keys, time, body) }
  }
  if (scheme === 'standard') {
    const { 'webhook-id': id = '', 'webhook-timestamp': time = '' } = headers
    const signature = standardWebhooksSignature(keys, id, Number(time), body)
    return { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature }
  }
  const [signature = '', previous] = keys.map((key) => webhookSignature(key, body))
  return { 'x-webhook-signature': signature, ...(previous && { 'x-webhook-signature-previous': previous }) }
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** The single signatures in the header of the vector's scheme. */
function signatures(scheme: Vector['scheme'], headers: Readonly<Record<string, string>>): readonly string[] {
  if (scheme === 'atlas') return (headers['atlas-signature'] ?? '').split(',').filter((part) => part.startsWith('v1='))
  if (scheme === 'standard') return (headers['webhook-signature'] ?? '').split(' ')
  return [headers['x-webhook-signature'] ?? '', headers['x-webhook-signature-previous'] ?? ''].filter(Boolean)
}

test('the file has vectors of every scheme that are genuine, forged, malformed, and expired where there is a time', () => {
  const kinds = new Set(vectors.map(({ scheme, expected }) => `${scheme} ${expected.error ?? 'genuine'}`))
  const errors = ['bad_signature', 'expired', 'genuine', 'malformed']
  const schemes = ['atlas', 'standard', 'x-webhook'].flatMap((scheme) => errors.map((error) => `${scheme} ${error}`))
  assert.deepEqual(
    [...kinds].toSorted(),
    schemes.filter((kind) => kind !== 'x-webhook expired'),
  )
})

for (const vector of vectors) {
  const { name, scheme, headers, secrets, signed_by, expected } = vector
  test(`vector, ${scheme}: ${name}`, () => {
    const given = lowerCase(headers)
    if (signed_by) assert.deepEqual(signed(vector, signed_by), given, 'what we send')
    if (expected.error === 'malformed') return
    const ours = secrets.flatMap((secret) => signatures(scheme, signed(vector, [secret])))
    const isGenuine = signatures(scheme, given).some((signature) => ours.includes(signature))
    assert.equal(
      isGenuine,
      expected.error !== 'bad_signature',
      'a signature that we make with a secret of the receiver',
    )
  })
}

const now = () => Math.floor(Date.now() / 1000)
const secret = generateSecret(randomBytes(32))
const previous = generateSecret(randomBytes(32))
const body = Buffer.from('{"id":"evt_1","type":"deal.created","data":{"note":"Zürich – €"}}')
const altered = Buffer.from(body.toString().replace('€', '$'))

test('the Stripe library accepts our header with the new secret and with the previous one, and no other body', () => {
  const header = atlasSignature([signingKey(secret), signingKey(previous)], now(), body)
  const { webhooks, errors } = Stripe
  for (const accepted of [secret, previous]) {
    assert.equal(webhooks?.constructEvent(body, header, accepted).type, 'deal.created')
    assert.throws(() => webhooks?.constructEvent(altered, header, accepted), errors.StripeSignatureVerificationError)
  }
  const stranger = generateSecret(randomBytes(32))
  assert.throws(() => webhooks?.constructEvent(body, header, stranger), errors.StripeSignatureVerificationError)
})

test('the standardwebhooks library accepts our headers with both secrets, and no other body or id', () => {
  const timestamp = now()
  const keys = [signingKey(secret), signingKey(previous)]
  const headers = {
    'webhook-id': 'evt_1',
    'webhook-timestamp': `${timestamp}`,
    'webhook-signature': standardWebhooksSignature(keys, 'evt_1', timestamp, body),
  }
  for (const accepted of [secret, previous]) {
    const webhook = new Webhook(accepted)
    assert.deepEqual(webhook.verify(body, headers), JSON.parse(body.toString()))
    assert.throws(() => webhook.verify(altered, headers), WebhookVerificationError)
    assert.throws(() => webhook.verify(body, { ...headers, 'webhook-id': 'evt_2' }), WebhookVerificationError)
  }
})

test('a secret is whsec_ and the padded base64 of 32 bytes', () => {
  assert.match(generateSecret(randomBytes(32)), /^whsec_[A-Za-z0-9+/]{43}=$/)
  assert.equal(generateSecret(new Uint8Array(32)), `whsec_${'A'.repeat(43)}=`)
  assert.throws(() => generateSecret(randomBytes(31)), RangeError)
})

test('a malformed secret is refused, and the error does not repeat it', () => {
  for (const bad of [
    '',
    'whsec_',
    'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'whsec_MfKQ9r8GKYqrTwj',
    'whsec_MfK-_r8G',
    'whsec_AAB=',
  ]) {
    assert.throws(
      () => signingKey(bad),
      (error) => error instanceof TypeError && (bad.length < 7 || !error.message.includes(bad.slice(6))),
      bad,
    )
  }
})
