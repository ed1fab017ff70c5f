import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { RequestHeaders } from './signature.ts'
import { BadSignatureError, ExpiredError, MalformedError, VerificationError } from './verification-error.ts'
import { verify, verifyBatch } from './verify.ts'

interface Vector {
  readonly name: string
  readonly scheme: 'atlas' | 'standard' | 'x-webhook'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly body_base64?: string
  readonly secrets: readonly string[]
  readonly now: number
  readonly tolerance: number
  readonly expected: { readonly id?: string; readonly ids?: readonly string[]; readonly error?: string }
}

const file = new URL('../../signature-vectors.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: readonly Vector[] }
const classes = { malformed: MalformedError, bad_signature: BadSignatureError, expired: ExpiredError }

/** What comes of a vector, in the form of `expected`. */
async function outcome(vector: Vector, body: string | Uint8Array | ArrayBuffer, headers: RequestHeaders | string) {
  const { scheme, secrets, now, tolerance } = vector
  try {
    if (scheme !== 'x-webhook') return { id: (await verify(body, headers, secrets, { now, tolerance })).id }
    return { ids: (await verifyBatch(body, headers, secrets, { now, tolerance })).map(({ id }) => id) }
  } catch (error) {
    assert(error instanceof VerificationError, String(error))
    assert(error instanceof classes[error.code])
    return { error: error.code }
  }
}

test('there are vectors', () => assert(vectors.length > 100))

for (const vector of vectors) {
  const { scheme, name, headers, expected } = vector
  test(`vector, ${scheme}: ${name}`, async () => {
    const bytes = Buffer.from(vector.body ?? vector.body_base64 ?? '', vector.body === undefined ? 'base64' : 'utf8')
    assert.deepEqual(await outcome(vector, bytes, headers), expected)
    // An array of its own: those of Buffer are part of a larger one.
    assert.deepEqual(await outcome(vector, new Uint8Array(bytes).buffer, headers), expected, 'ArrayBuffer')
    if (vector.body !== undefined) assert.deepEqual(await outcome(vector, vector.body, headers), expected, 'text')

    const lists = Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, [value]]))
    assert.deepEqual(await outcome(vector, bytes, lists), expected, 'headers as lists')
    const [[only = '', value = ''] = [], another] = Object.entries(headers)
    const own = { atlas: 'atlas-signature', 'x-webhook': 'x-webhook-signature', standard: null }[scheme]
    // By itself, a signature of the other scheme is what it looks like.
    const isForeign = scheme === 'atlas' && value.startsWith('sha256=')
    if (only.toLowerCase() === own && another === undefined && !isForeign) {
      assert.deepEqual(await outcome(vector, bytes, value), expected, 'the signature alone')
    }
    // What is not ASCII cannot come over HTTP.
    if (Object.values(headers).every((text) => /^[ -~]*$/.test(text))) {
      assert.deepEqual(await outcome(vector, bytes, new Headers(headers)), expected, 'Headers')
    }
  })
}

const [genuine] = vectors as [Vector]

test('a narrowed event has the data of its type', async () => {
  const event = await verify(genuine.body ?? '', genuine.headers, genuine.secrets, { now: genuine.now })
  assert.equal(event.type, 'deal.created')
  if (event.type !== 'deal.created') return
  const value: number = event.data.value
  const closing: string | null | undefined = event.data.expected_close_date
  assert.deepEqual([value, closing, event.sequence, event.created], [48000, undefined, 42, 1712345678])
})

test('without a time and a tolerance it is 300 seconds from now', async () => {
  const { body = '', headers, secrets } = genuine
  await assert.rejects(verify(body, headers, secrets), ExpiredError)
  const t = Math.floor(Date.now() / 1000)
  const { createHmac } = await import('node:crypto')
  const at = (time: number) => {
    const signature = createHmac('sha256', secrets[0] ?? '')
      .update(`${time}.${body}`)
      .digest('hex')
    return { 'atlas-signature': `t=${time},v1=${signature}` }
  }
  assert.equal((await verify(body, at(t - 290), secrets)).id, genuine.expected.id)
  assert.equal((await verify(body, at(t + 290), secrets)).id, genuine.expected.id)
  await assert.rejects(verify(body, at(t - 310), secrets), ExpiredError)
  await assert.rejects(verify(body, at(t + 310), secrets), ExpiredError)
})

test('a tolerance or a time that is no number lets nothing pass', async () => {
  const { body = '', headers, secrets, now } = genuine
  await assert.rejects(verify(body, headers, secrets, { now, tolerance: Number.NaN }), ExpiredError)
  await assert.rejects(verify(body, headers, secrets, { now, tolerance: -1 }), ExpiredError)
  await assert.rejects(verify(body, headers, secrets, { now: Number.NaN }), ExpiredError)
})

test('a batch is told from a single event', async () => {
  const batch = vectors.find(({ scheme }) => scheme === 'x-webhook') as Vector
  await assert.rejects(verify(batch.body ?? '', batch.headers, batch.secrets), /verifyBatch/)
})

test('what the caller got wrong is a TypeError, which does not repeat the secret', async () => {
  const { body = '', headers, secrets } = genuine
  const parsed = JSON.parse(body)
  await assert.rejects(verify(parsed, headers, secrets), /TypeError.*parsed it before/)
  await assert.rejects(verify(body, headers, []), /TypeError.*secret/)
  await assert.rejects(verify(body, headers, undefined as unknown as string), /TypeError.*secret/)
  for (const bad of ['', 'secret', 'whsec_', 'whsec_MfKQ9r8GKYqrTwj', 'whsec_MfKQ-9r8', `${secrets[0]}\n`]) {
    await assert.rejects(verify(body, headers, [bad]), (error) => {
      return error instanceof TypeError && (bad.length < 9 || !error.message.includes(bad.slice(6)))
    })
  }
})
