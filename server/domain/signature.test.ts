import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import Stripe from 'stripe'
import {
  atlasSignature,
  generateSecret,
  type SigningKey,
  signingKey,
  standardWebhooksSignature,
  webhookSignature,
} from './signature.ts'

interface Vector {
  readonly name: string
  readonly secrets: readonly string[]
  readonly id: string | null
  readonly timestamp: number | null
  readonly body: string
  readonly expected: Readonly<Record<string, string>>
}

const file = new URL('../../sdk/signature-vectors.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: readonly Vector[] }

/** Every header that a vector names, made by our code. */
function signed(vector: Vector): Record<string, string> {
  const keys = vector.secrets.map(signingKey)
  const body = Buffer.from(vector.body)
  const { id, timestamp } = vector
  const made: Record<string, string> = { 'x-webhook-signature': webhookSignature(keys[0] as SigningKey, body) }
  if (timestamp !== null) made['atlas-signature'] = atlasSignature(keys, timestamp, body)
  if (timestamp !== null && id !== null) {
    made['webhook-signature'] = standardWebhooksSignature(keys, id, timestamp, body)
  }
  return Object.fromEntries(Object.keys(vector.expected).map((header) => [header, made[header] ?? 'not made']))
}

test('the file has a vector of every scheme', () => {
  const schemes = new Set(vectors.flatMap((vector) => Object.keys(vector.expected)))
  assert.deepEqual([...schemes].toSorted(), ['atlas-signature', 'webhook-signature', 'x-webhook-signature'])
})

for (const vector of vectors) {
  test(`vector: ${vector.name}`, () => assert.deepEqual(signed(vector), vector.expected))
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
