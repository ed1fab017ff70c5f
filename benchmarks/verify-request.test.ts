import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { verifyBatch } from './verify-request.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const event = {
  specversion: '1.0',
  id: 'evt_1',
  source: 'https://atlas.example',
  type: 'a',
  time: '2025-01-15T10:30:00Z',
}

function verify(events: unknown, { key = secret, attempt = '1', type = 'application/cloudevents-batch+json' } = {}) {
  const body = Buffer.from(JSON.stringify(events))
  const signature = createHmac('sha256', key).update(body).digest('hex')
  const head = [
    'POST /ce/0000 HTTP/1.1',
    `Content-Type: ${type}`,
    'X-Webhook-Id: ep_1',
    `X-Webhook-Attempt: ${attempt}`,
    `X-Webhook-Signature: sha256=${signature}`,
  ]
  return verifyBatch(Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body, secret)
}

test('a signed batch of CloudEvents is right', () => {
  assert.equal(verify([event, event]), null)
})

test('a batch is wrong by its signature, headers or events, and the fault is named', () => {
  assert.equal(verify([event], { key: 'other' }), 'X-Webhook-Signature')
  assert.equal(verify([event], { type: 'application/json' }), 'Content-Type')
  assert.equal(verify([event], { attempt: '2' }), 'X-Webhook-Attempt')
  assert.equal(verify([]), 'no array of events')
  assert.equal(verify(event), 'no array of events')
  assert.match(verify([event, { ...event, specversion: '0.3' }]) ?? '', /^no CloudEvent: /)
})
