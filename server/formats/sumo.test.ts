import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchItem, batchItems, exampleCloudEvent, requestWith } from '../testing/batch.ts'
import { lineCollector } from '../testing/collectors/lines.ts'
import { sumo } from './sumo.ts'

test('each event is a line, and options are headers', () => {
  const { body, headers } = requestWith(sumo, [batchItem(), batchItem()])
  assert.equal(body, `${exampleCloudEvent}\n${exampleCloudEvent}\n`)
  assert.deepEqual(headers, { 'content-type': 'application/x-ndjson' })
  assert.deepEqual(sumo.headers({ category: 'prod/atlas', name: 'deals', host: 'eu-1', gzip: true }), {
    ...{ 'Content-Type': 'application/x-ndjson', 'X-Sumo-Category': 'prod/atlas', 'X-Sumo-Name': 'deals' },
    'X-Sumo-Host': 'eu-1',
  })
})

test('a collector reads the lines, in their order', () => {
  const collector = lineCollector()
  const { items, ids } = batchItems(300)
  const answer = collector.take(requestWith(sumo, items))
  assert.deepEqual(sumo.judge(answer, 300), { outcome: 'success', error: null, detail: null })
  assert.deepEqual(collector.taken, ids)
})

test('an option that no header can carry is refused', () => {
  for (const bad of ['a\r\nb', ' a', 'a ', 'ü', '', 7, null, 'x'.repeat(201)]) {
    assert.notEqual(sumo.options.category?.judge(bad), null, String(bad))
  }
  assert.equal(sumo.options.category?.judge('prod/atlas events'), null)
})

test('nothing but 200 is a success, and everything else is retried', () => {
  for (const status of [200, 202, 301, 400, 401, 404, 429, 503]) {
    const judgement = sumo.judge({ status, body: '' }, 2)
    assert.equal('outcome' in judgement && judgement.outcome, status === 200 ? 'success' : 'retry', String(status))
  }
})
