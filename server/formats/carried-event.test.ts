import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CloudEvent, HTTP } from 'cloudevents'
import type { AuditActor, AuditTarget } from '../domain/audit.ts'
import { auditEntryId } from '../domain/audit.ts'
import { auditEvent } from '../domain/audit-event.ts'
import { toTypeId } from '../domain/identifier.ts'
import { signingKey, webhookSignature } from '../domain/signature.ts'
import { batchContext, batchItem, exampleSource } from '../testing/batch.ts'
import { renderBody, renderRequest } from './atlas.ts'
import { composeBatch } from './batch-format.ts'
import { batchFormats } from './batch-formats.ts'
import { carriedEvent } from './carried-event.ts'
import { cloudevents } from './cloudevents.ts'

const workspaceId = '018f0000-0000-7000-8000-000000000001'
const occurredAt = new Date('2025-01-15T10:30:00.000Z')
const id = auditEntryId(workspaceId, 1, occurredAt)
const shownId = toTypeId('aud', id)
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

interface Given {
  readonly actor?: AuditActor
  readonly target?: AuditTarget
  readonly description?: string
  readonly occurredAt?: Date
}

/** The entry of the published vector, or one like it. */
function auditItem(given: Given = {}, sequence = 3) {
  const entry = {
    ...{ workspaceId, sequence: 1, id, category: 'workspace', action: 'created', metadata: '{}', occurredAt },
    actor: { type: 'user', id: 'usr_actor1', name: null, ip: null },
    target: { type: 'workspace', id: 'ws_target1', name: null },
    description: '',
    ...given,
  }
  return { event: auditEvent(entry, 'pro.atmos'), delivery: { sequence } }
}

test('an audit entry makes the published vector, to the byte, and its signature', () => {
  const { body } = composeBatch(cloudevents, [auditItem()], batchContext())
  // The vector has ids that nobody can have.
  const text = body
    .toString()
    .replace(shownId, 'aud_abc123')
    .replace(exampleSource, 'https://atlas.example/workspaces/ws_xyz')
  assert.equal(
    text,
    '[{"specversion":"1.0","id":"aud_abc123","source":"https://atlas.example/workspaces/ws_xyz","type":"pro.atmos.workspace.created","time":"2025-01-15T10:30:00.000Z","subject":"ws_target1","datacontenttype":"application/json","data":{"actor":{"id":"usr_actor1","type":"user"},"action":{"category":"workspace","action":"created"},"target":{"type":"workspace","id":"ws_target1"},"description":null,"metadata":{}}}]',
  )
  assert.equal(
    webhookSignature(signingKey(secret), Buffer.from(text)),
    'sha256=50eaa1542aa517549b1e897c54237921562e5dfee7e860e15a83346ef8c0de9c',
  )
})

test('the CloudEvents SDK reads a batch of entries', () => {
  const { body } = composeBatch(cloudevents, [auditItem(), auditItem()], batchContext())
  const read = HTTP.toEvent({
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: body.toString(),
  })
  assert(Array.isArray(read) && read.length === 2)
  for (const one of read) assert(new CloudEvent(one).validate())
  assert.deepEqual([read[0]?.id, read[0]?.subject, read[0]?.sequence], [shownId, 'ws_target1', undefined])
})

test('the time of an entry is told in milliseconds', () => {
  const { time } = carriedEvent(auditItem({ occurredAt: new Date('2025-01-15T10:30:00.123Z') }))
  assert.equal(new Date(time).toISOString(), '2025-01-15T10:30:00.123Z')
  assert.equal(carriedEvent(batchItem()).time, 1_712_345_678_000)
})

test('people are shown the description, and without one who did what to what', () => {
  const message = (given: Given) => carriedEvent(auditItem(given)).message
  assert.equal(message({ description: 'The workspace was created.' }), 'The workspace was created.')
  assert.equal(message({}), 'usr_actor1: workspace.created ws_target1')
  const named = {
    actor: { type: 'user', id: 'usr_actor1', name: 'Jane Doe', ip: null },
    target: { type: 'workspace', id: 'ws_target1', name: 'Acme' },
  }
  assert.equal(message(named), 'Jane Doe: workspace.created Acme')
  assert.equal(carriedEvent(auditItem()).category, 'workspace')
})

test('the profile atlas has the same data, whole seconds and the id of the entry', () => {
  const { event } = auditItem({ occurredAt: new Date('2025-01-15T10:30:00.999Z') })
  assert.equal(
    renderBody(event, 9),
    `{"id":"${shownId}","type":"pro.atmos.workspace.created","created":1736937000,"api_version":"2026-01-15","sequence":9,"data":${event.data}}`,
  )
  const { headers } = renderRequest(event, { sequence: 9, attemptNumber: 1 }, [signingKey(secret)], 1_736_937_001)
  assert.deepEqual([headers['Atlas-Delivery'], headers['webhook-id']], [shownId, shownId])
})

test('every format takes an entry, also one whose time nobody has set', () => {
  const never = auditItem({ occurredAt: new Date('0001-01-01T00:00:00Z') })
  for (const [profile, format] of Object.entries(batchFormats)) {
    const { body } = composeBatch(format, [never, auditItem()], batchContext())
    const text = body.toString()
    assert(text.includes(shownId), profile)
    assert(!/"-\d{10,}"|"time":-/.test(text), `${profile}: ${text}`)
  }
})
