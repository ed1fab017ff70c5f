import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchItem, batchItems, exampleCloudEvent, requestWith } from '../testing/batch.ts'
import { lineCollector } from '../testing/collectors/lines.ts'
import { ndjson } from './ndjson.ts'

test('each event is a line, whatever line breaks its data has', () => {
  const { body, headers } = requestWith(ndjson, [batchItem(), batchItem()])
  assert.equal(body, `${exampleCloudEvent}\n${exampleCloudEvent}\n`)
  assert.deepEqual(headers, { 'content-type': 'application/x-ndjson' })
  const options = { content_type: 'application/json' }
  assert.deepEqual(requestWith(ndjson, [batchItem()], options).headers, { 'content-type': 'application/json' })
})

test('a collector reads the lines, in their order', () => {
  const collector = lineCollector()
  const { items, ids } = batchItems(300)
  assert.equal(collector.take(requestWith(ndjson, items)).status, 200)
  assert.deepEqual(collector.taken, ids)
})

test('any 2xx is a success, and everything else is retried', () => {
  for (const status of [200, 201, 204, 301, 400, 415, 500]) {
    const judgement = ndjson.judge({ status, body: '' }, 2)
    assert.equal('outcome' in judgement && judgement.outcome, status < 300 ? 'success' : 'retry', String(status))
  }
})
