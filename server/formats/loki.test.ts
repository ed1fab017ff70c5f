import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchContext, batchItem, batchItems, exampleCloudEvent, exampleId, requestWith } from '../testing/batch.ts'
import { lokiServer } from '../testing/collectors/loki.ts'
import { composeBatch } from './batch-format.ts'
import { loki } from './loki.ts'

const line = JSON.stringify(exampleCloudEvent)
const success = { outcome: 'success', error: null, detail: null }

test('an event is a line of the stream of its category, with its id beside it', () => {
  const { body, headers } = requestWith(loki, [batchItem()])
  assert.equal(
    body,
    `{"streams":[{"stream":{"app":"atlas","category":"deal"},"values":[["1712345678000000000",${line},{"event_id":"${exampleId}"}]]}]}`,
  )
  assert.deepEqual(headers, { 'content-type': 'application/json' })
  const options = { org_id: 'tenant-1', labels: { env: 'production' }, structured_metadata: false }
  const changed = requestWith(loki, [batchItem()], options)
  assert.equal(
    changed.body,
    `{"streams":[{"stream":{"app":"atlas","category":"deal","env":"production"},"values":[["1712345678000000000",${line}]]}]}`,
  )
  assert.deepEqual(changed.headers, { 'content-type': 'application/json', 'x-scope-orgid': 'tenant-1' })
})

test('events of many categories and times come as one stream for each, ascending in time', () => {
  const server = lokiServer()
  const { items, ids } = batchItems(90)
  const mixed = items.map(({ event, delivery }, index) => {
    const type = ['deal.created', 'contact.updated', 'ping'][index % 3] ?? ''
    return { delivery, event: { ...event, type, created: event.created + ((index * 37) % 11) } }
  })
  const answer = server.take(requestWith(loki, mixed))
  assert.equal(answer.body, '')
  assert.deepEqual(loki.judge(answer, 90), success)
  assert.deepEqual(new Set(server.lines.map(({ labels }) => labels.category)), new Set(['deal', 'contact', 'ping']))
  assert.deepEqual(server.taken.toSorted(), ids.toSorted())
  for (const { metadata, line } of server.lines) assert.equal(metadata.event_id, JSON.parse(line).id)

  // What is sent again because nobody knows what came of it is kept once.
  assert.equal(server.take(requestWith(loki, mixed)).status, 204)
  assert.equal(server.taken.length, 90)
})

test('the server takes what its vendor documents, and is as strict as the real one', () => {
  const server = lokiServer()
  const push = (body: unknown) => {
    const headers = { 'content-type': 'application/json' }
    return server.take({ path: '/', headers, body: JSON.stringify(body) }).status
  }
  const stream = { foo: 'bar2' }
  assert.equal(push({ streams: [{ stream, values: [['1570818238000000000', 'fizzbuzz']] }] }), 204)
  const metadata = { trace_id: '0242ac120002', user_id: 'superUser123' }
  assert.equal(push({ streams: [{ stream, values: [['1570818238000000001', 'fizzbuzz', metadata]] }] }), 204)
  const later = ['1570818238000000002', 'b']
  assert.equal(push({ streams: [{ stream, values: [later, ['1570818238000000001', 'a']] }] }), 400)
  assert.equal(push({ streams: [{ stream, values: [[1570818238, 'a']] }] }), 400)
})

test('the limit of a body counts the streams in it', () => {
  const { items } = batchItems(50)
  const types = items.map(({ event, delivery }, index) => ({ delivery, event: { ...event, type: `t${index}.x` } }))
  const whole = requestWith(loki, types).body
  const context = batchContext()
  const exact = composeBatch({ ...loki, mostBytes: Buffer.byteLength(whole) }, types, context)
  assert.deepEqual([exact.carried, exact.body.toString()], [50, whole])
  assert.equal(composeBatch({ ...loki, mostBytes: Buffer.byteLength(whole) - 1 }, types, context).carried, 49)
})

test('lines that Loki will never take are given up, with its words; everything else is retried', () => {
  assert.deepEqual(loki.judge({ status: 400, body: 'entry too far behind\n' }, 2), {
    ...{ outcome: 'give_up', error: 'status', detail: 'the endpoint answered 400: entry too far behind ' },
  })
  for (const status of [200, 401, 404, 429, 500, 503]) {
    const judgement = loki.judge({ status, body: '' }, 2)
    assert.equal('outcome' in judgement && judgement.outcome, 'retry', String(status))
  }
})

test('labels are few, of the form that Loki wants, and do not take the place of ours', () => {
  const { labels, org_id: orgId } = loki.options
  const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`l${index}`, 'x']))
  for (const bad of [{ category: 'x' }, { app: 'x' }, { 'a-b': 'x' }, { a: 1 }, { a: '' }, eleven, [], null, 'a']) {
    assert.notEqual(labels?.judge(bad), null, JSON.stringify(bad))
  }
  assert.equal(labels?.judge({ env: 'production', _x: 'ü' }), null)
  for (const bad of ['a/b', 'a\nb', '', 1]) assert.notEqual(orgId?.judge(bad), null, String(bad))
})
