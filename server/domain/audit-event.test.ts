import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { auditEntryId } from './audit.ts'
import { auditEvent, exampleAuditEvent, isAuditType, readAuditHead, type StreamedEntry } from './audit-event.ts'
import { canonicalJson } from './canonical-json.ts'

const workspaceId = '018f0000-0000-7000-8000-000000000001'
const prefix = 'pro.atmos'
const at = new Date('2025-01-15T10:30:00.123Z')

function entry(given: Partial<StreamedEntry> = {}): StreamedEntry {
  return {
    ...{ workspaceId, sequence: 7, id: auditEntryId(workspaceId, 7, at), occurredAt: at, metadata: '{}' },
    ...{ category: 'workspace', action: 'created', description: '' },
    actor: { type: 'user', id: 'usr_actor1', name: null, ip: null },
    target: { type: 'workspace', id: 'ws_target1', name: null },
    ...given,
  }
}

test('an entry is an event of its own stream, with its id and the time at which it occurred', () => {
  const event = auditEvent(entry(), prefix)
  assert.deepEqual(event, {
    ...{ id: entry().id, workspaceId, stream: 'audit', type: 'pro.atmos.workspace.created', tags: [] },
    ...{ created: 1_736_937_000, milliseconds: 123 },
    data: '{"actor":{"id":"usr_actor1","type":"user"},"action":{"category":"workspace","action":"created"},"target":{"type":"workspace","id":"ws_target1"},"description":null,"metadata":{}}',
  })
})

test('names, the address and the description are there when they are known', () => {
  const { data } = auditEvent(
    entry({
      actor: { type: 'user', id: 'u', name: 'Zoë', ip: '192.0.2.1' },
      target: { type: 'stack', id: 's', name: 'prod' },
      description: 'Zoë said "hi".',
    }),
    prefix,
  )
  assert.equal(
    data,
    '{"actor":{"id":"u","type":"user","name":"Zoë","ip":"192.0.2.1"},"action":{"category":"workspace","action":"created"},"target":{"type":"stack","id":"s","name":"prod"},"description":"Zoë said \\"hi\\".","metadata":{}}',
  )
})

test('a time before 1970 is told by whole seconds and milliseconds too', () => {
  const { created, milliseconds } = auditEvent(entry({ occurredAt: new Date(-1) }), prefix)
  assert.deepEqual([created, milliseconds], [-1, 999])
})

test('its tags are the texts in metadata.tags', () => {
  const tags = (metadata: object) => auditEvent(entry({ metadata: canonicalJson(metadata) }), prefix).tags
  assert.deepEqual(tags({ tags: ['eu', 'vip', 'eu', 7, '', 'x'.repeat(65), 'a\nb', null] }), ['eu', 'vip'])
  assert.deepEqual(tags({ tags: 'eu' }), [])
  assert.deepEqual(tags({ more: { tags: ['eu'] } }), [])
  assert.equal(tags({ tags: Array.from({ length: 30 }, (_, number) => `t${number}`) }).length, 20)
})

test('property: whatever an entry holds, its data is what was said, and its beginning is read without the rest', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 })
  const tricky = fc.oneof(text, fc.constantFrom(',"metadata":', '"},"metadata":{', '\\",\\"metadata\\":', '}'))
  const name = fc.option(tricky)
  const arbitrary = fc.record({
    actor: fc.record({ type: tricky, id: tricky, name, ip: name }),
    target: fc.record({ type: tricky, id: tricky, name }),
    description: tricky,
    metadata: fc.dictionary(tricky, fc.jsonValue({ noUnicodeString: true })).map(canonicalJson),
  })
  fc.assert(
    fc.property(arbitrary, (given) => {
      const { data } = auditEvent(entry(given), prefix)
      const { metadata, ...head } = JSON.parse(data)
      assert.deepEqual(metadata, JSON.parse(given.metadata))
      assert.deepEqual(readAuditHead(data), head)
      assert.deepEqual([head.actor.id, head.target.id], [given.actor.id, given.target.id])
      assert.equal(head.description ?? '', given.description)
      assert.equal(head.actor.name ?? null, given.actor.name)
    }),
    { numRuns: 500 },
  )
})

test('a type is one of the audit stream when a category and an action follow the prefix', () => {
  for (const good of ['pro.atmos.webhook.tested', 'pro.atmos.a_1.b']) assert(isAuditType(good, prefix), good)
  for (const bad of [
    'webhook.tested',
    'pro.atmos.webhook',
    'pro.atmos.a.b.c',
    'pro.atmosa.b',
    'pro.atmos.A.b',
    'a.pro.atmos.a.b',
  ])
    assert(!isAuditType(bad, prefix), bad)
})

test('an example has the type that was asked for', () => {
  const event = exampleAuditEvent('018f0000-0000-7000-8000-000000000002', entry(), 'io.acme.lock.created', at.getTime())
  assert.equal(event.type, 'io.acme.lock.created')
  assert.deepEqual(readAuditHead(event.data).action, { category: 'lock', action: 'created' })
  assert.match(event.data, /This is a test entry/)
})
