import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchContext, batchItem, exampleCloudEvent, exampleSource } from '../testing/batch.ts'
import { batchFormats } from './batch-formats.ts'
import { type CarriedEvent, carriedEvent } from './carried-event.ts'
import { cloudEventWriter, onOneLine } from './cloud-event.ts'

const entry: CarriedEvent = {
  ...{ id: 'aud_abc123', type: 'pro.atmos.workspace.created', time: Date.parse('2025-01-15T10:30:00.000Z') },
  ...{ subject: 'ws_target1', category: 'workspace', message: 'usr_actor1 created ws_target1', sequence: null },
  data: '{"actor":{"id":"usr_actor1","type":"user"},"metadata":{}}',
}

test('an event of the events stream is what its publisher sent, numbered', () => {
  assert.equal(onOneLine(cloudEventWriter(batchContext())(carriedEvent(batchItem()))), exampleCloudEvent)
})

test('an event with a subject and without a number has the published form', () => {
  assert.equal(
    cloudEventWriter(batchContext())(entry),
    `{"specversion":"1.0","id":"aud_abc123","source":"${exampleSource}","type":"pro.atmos.workspace.created",` +
      `"time":"2025-01-15T10:30:00.000Z","subject":"ws_target1","datacontenttype":"application/json",` +
      `"data":${entry.data}}`,
  )
})

test('no format numbers an event that has no number', () => {
  for (const [profile, format] of Object.entries(batchFormats)) {
    const written = format.writer(batchContext())(entry)
    assert(written.includes('aud_abc123') && !written.includes('sequence'), `${profile}: ${written}`)
  }
})

test('an event whose type has one word is its own category', () => {
  const categories = ['ping', 'deal.stage.changed'].map((type) => carriedEvent(batchItem(1, { type })).category)
  assert.deepEqual(categories, ['ping', 'deal'])
})
