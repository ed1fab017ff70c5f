import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'
import type { Event } from '../domain/event.ts'
import { fromTypeId } from '../domain/identifier.ts'
import { signingKey } from '../domain/signature.ts'
import { renderBody, renderRequest } from './atlas.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const previousSecret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const id = 'evt_01htrkd4qpe3zb4y1mkfa5v5p8'
const timestamp = 1712345678
const event: Event = {
  id: fromTypeId('evt', id) ?? '',
  workspaceId: '018ee5b7-0000-7000-8000-000000000000',
  stream: 'events',
  type: 'deal.created',
  tags: ['eu'],
  created: timestamp,
  milliseconds: 0,
  data: '{"id":"deal_01","value":48000,"stage":"qualified","note":"Zürich – €"}',
}
const body =
  '{"id":"evt_01htrkd4qpe3zb4y1mkfa5v5p8","type":"deal.created","created":1712345678,"api_version":"2026-01-15",' +
  '"sequence":42,"data":{"id":"deal_01","value":48000,"stage":"qualified","note":"Zürich – €"}}'
const signature = '30e14715c0c28aab216e1bd88cd506048fc12d87521989d48ab8c8d4804a049d'
const previousSignature = '38f06ea8a6f2fc0552509c9dc71122ab6508502a8d13595e4270e651778390dc'

test('the request is the published vector, byte for byte and header for header', () => {
  const request = renderRequest(event, { sequence: 42, attemptNumber: 3 }, [signingKey(secret)], timestamp)
  assert.equal(request.body.toString(), body)
  assert.deepEqual(request.headers, {
    'Content-Type': 'application/json',
    'Atlas-Event': 'deal.created',
    'Atlas-Delivery': id,
    'Atlas-Attempt': '3',
    'Atlas-Sequence': '42',
    'Atlas-Signature': `t=1712345678,v1=${signature}`,
    'webhook-id': id,
    'webhook-timestamp': '1712345678',
    'webhook-signature': 'v1,ZumTcRgW7cSwrqv6BteiSfoRVFBCxiDQoVhqip380aU=',
  })
})

test('after a rotation both signatures are sent, the new one first', () => {
  const keys = [signingKey(secret), signingKey(previousSecret)]
  const { headers } = renderRequest(event, { sequence: 42, attemptNumber: 1 }, keys, timestamp)
  assert.equal(headers['Atlas-Signature'], `t=1712345678,v1=${signature},v1=${previousSignature}`)
  assert.equal(
    headers['webhook-signature'],
    'v1,ZumTcRgW7cSwrqv6BteiSfoRVFBCxiDQoVhqip380aU= v1,2pFxQowjQQHXyfE6PhrsccNL6cRcxIFQx0SciDv4Kw8=',
  )
})

test('libraries of others accept the request with either secret, and refuse it with a third', () => {
  const now = Math.floor(Date.now() / 1000)
  const keys = [signingKey(secret), signingKey(previousSecret)]
  const { headers, body } = renderRequest(event, { sequence: 1, attemptNumber: 1 }, keys, now)
  const text = body.toString()
  for (const known of [secret, previousSecret]) {
    assert.equal(Stripe.webhooks.constructEvent(text, headers['Atlas-Signature'] ?? '', known).id, id)
    assert.deepEqual(new Webhook(known).verify(text, headers), JSON.parse(text))
  }
  const stranger = `whsec_${Buffer.alloc(24, 1).toString('base64')}`
  assert.throws(() => Stripe.webhooks.constructEvent(text, headers['Atlas-Signature'] ?? '', stranger))
  assert.throws(() => new Webhook(stranger).verify(text, headers))
})

test('data goes out as the text that it came as', () => {
  const data = '{ "a":1.0, "a":1e400, "__proto__":{}, "s":"\\u0000\\/" }'
  assert(renderBody({ ...event, data }, 1).endsWith(`,"data":${data}}`))
})
