import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { test } from 'node:test'
import { CloudEvent, HTTP } from 'cloudevents'
import type { Event } from '../domain/event.ts'
import { fromTypeId } from '../domain/identifier.ts'
import { signingKey, webhookSignature } from '../domain/signature.ts'
import { batchHeaders, composeBatch } from './batch-format.ts'
import { writeCloudEvent } from './cloud-event.ts'
import { cloudevents } from './cloudevents.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const previousSecret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const id = 'evt_01htrkd4qpe3zb4y1mkfa5v5p8'
const endpointId = 'ep_01h455vb4pex5vsknk084sn02q'
const workspaceId = fromTypeId('ws', 'ws_01h455vb4pex5vsknk084sn02q') ?? ''
const data = '{ "id":"deal_01", "value":48000.00,\n "big":12345678901234567890, "note":"Zürich – €" }'
const event: Event = {
  id: fromTypeId('evt', id) ?? '',
  workspaceId,
  stream: 'events',
  type: 'deal.created',
  tags: [],
  created: 1712345678,
  milliseconds: 0,
  data,
}
const endpoint = { id: fromTypeId('ep', endpointId) ?? '', workspaceId, options: {} }
const context = { endpoint, publicUrl: 'https://atlas.example' }
const items = [7, 10, 2_147_483_648].map((sequence) => ({ event, delivery: { sequence } }))

// The published vector: the envelope of an audit entry, byte for byte.
const vector = {
  body: '[{"specversion":"1.0","id":"aud_abc123","source":"https://atlas.example/workspaces/ws_xyz","type":"pro.atmos.workspace.created","time":"2025-01-15T10:30:00.000Z","subject":"ws_target1","datacontenttype":"application/json","data":{"actor":{"id":"usr_actor1","type":"user"},"action":{"category":"workspace","action":"created"},"target":{"type":"workspace","id":"ws_target1"},"description":null,"metadata":{}}}]',
  signature: 'sha256=50eaa1542aa517549b1e897c54237921562e5dfee7e860e15a83346ef8c0de9c',
}

// A receiver's code: the example in the documentation of the product whose destinations this profile serves.
function verifySignature(body: string | Buffer, secret: string, signatureHeader: string): boolean {
  const expected = `sha256=${crypto.createHmac('sha256', secret).update(body).digest('hex')}`
  return crypto.timingSafeEqual(Buffer.from(signatureHeader), Buffer.from(expected))
}

test('the published vector is written and signed to the byte', () => {
  const written = writeCloudEvent(
    {
      id: 'aud_abc123',
      source: 'https://atlas.example/workspaces/ws_xyz',
      type: 'pro.atmos.workspace.created',
      time: '2025-01-15T10:30:00.000Z',
      subject: 'ws_target1',
      datacontenttype: 'application/json',
    },
    '{"actor":{"id":"usr_actor1","type":"user"},"action":{"category":"workspace","action":"created"},"target":{"type":"workspace","id":"ws_target1"},"description":null,"metadata":{}}',
  )
  assert.equal(`[${written}]`, vector.body)
  assert.equal(webhookSignature(signingKey(secret), Buffer.from(vector.body)), vector.signature)
  assert(verifySignature(vector.body, secret, vector.signature))
})

test('the CloudEvents SDK reads the batch, and the code of a receiver verifies it', () => {
  const { body, carried } = composeBatch(cloudevents, items, context)
  assert.equal(carried, 3)
  const headers = batchHeaders(cloudevents, endpoint, 4, [signingKey(secret), signingKey(previousSecret)], body)
  assert.deepEqual(Object.keys(headers), [
    ...['Content-Type', 'X-Webhook-Id', 'X-Webhook-Attempt', 'X-Webhook-Signature', 'X-Webhook-Signature-Previous'],
  ])
  assert.equal(headers['Content-Type'], 'application/cloudevents-batch+json')
  assert.equal(headers['X-Webhook-Id'], endpointId)
  assert.equal(headers['X-Webhook-Attempt'], '4')
  assert(verifySignature(body, secret, headers['X-Webhook-Signature'] ?? ''))
  assert(verifySignature(body, previousSecret, headers['X-Webhook-Signature-Previous'] ?? ''))
  assert(!verifySignature(body, previousSecret, headers['X-Webhook-Signature'] ?? ''))

  const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const read = HTTP.toEvent({ headers: lowerCase, body: body.toString() })
  assert(Array.isArray(read))
  assert.equal(read.length, 3)
  for (const one of read) assert(new CloudEvent(one).validate())
  assert.deepEqual(
    [read[0]?.id, read[0]?.source, read[0]?.type, read[0]?.time, read[0]?.datacontenttype],
    [
      ...[id, 'https://atlas.example/workspaces/ws_01h455vb4pex5vsknk084sn02q', 'deal.created'],
      ...['2024-04-05T19:34:38.000Z', 'application/json'],
    ],
  )
  assert.equal(read[0]?.atlasendpoint, endpointId)
})

test('sequences have their order as texts too', () => {
  const read = JSON.parse(composeBatch(cloudevents, items, context).body.toString()) as { sequence: string }[]
  const sequences = read.map(({ sequence }) => sequence)
  assert.deepEqual(sequences.toSorted(), sequences)
  assert.deepEqual(sequences.map(Number), [7, 10, 2_147_483_648])
})

test('data goes out as the text that it came as', () => {
  const { body } = composeBatch(cloudevents, items.slice(0, 1), context)
  assert(body.toString().endsWith(`"data":${data}}]`))
})

test('without an old secret that is valid there is one signature', () => {
  const headers = batchHeaders(cloudevents, endpoint, 1, [signingKey(secret)], Buffer.from('[]'))
  assert(!('X-Webhook-Signature-Previous' in headers))
})

test('the content type can be set to what a collector wants, and to nothing that is none', () => {
  assert.deepEqual(cloudevents.headers({ content_type: 'application/json' }), { 'Content-Type': 'application/json' })
  const option = cloudevents.options.content_type
  assert(option)
  for (const good of ['application/json', 'application/json; charset=utf-8', 'application/cloudevents-batch+json'])
    assert.equal(option.judge(good), null, good)
  for (const bad of ['json', 'a/b\r\nX: y', 'a/b; c', '', 7, null, `a/${'b'.repeat(200)}`])
    assert.notEqual(option.judge(bad), null, String(bad))
})

for (const [status, outcome, error] of [
  [200, 'success', null],
  [202, 'success', null],
  [302, 'retry', 'redirect'],
  [410, 'retry', 'status'],
  [415, 'give_up', 'status'],
  [429, 'retry', 'status'],
  [500, 'retry', 'status'],
] as const) {
  test(`an answer ${status} means ${outcome} for all events of the batch`, () => {
    const judgement = cloudevents.judge({ status, body: '' }, 3)
    assert('outcome' in judgement)
    assert.deepEqual([judgement.outcome, judgement.error], [outcome, error])
  })
}
