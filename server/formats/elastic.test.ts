import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../domain/event.ts'
import { fromTypeId } from '../domain/identifier.ts'
import { batchItems, requestWith } from '../testing/batch.ts'
import { elasticServer } from '../testing/collectors/elastic.ts'
import { composeBatch } from './batch-format.ts'
import { elastic } from './elastic.ts'

const id = 'evt_01htrkd4qpe3zb4y1mkfa5v5p8'
const workspaceId = '018ee5b7-0000-7000-8000-000000000000'
const data = '{\n  "value": 48000.00,\r\n  "note": "Zürich\\n€"\n}'
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
const context = { endpoint: { id: workspaceId, workspaceId, options: {} }, publicUrl: 'https://atlas.example' }

/** The answer of a bulk request, as Elasticsearch gives it. */
function bulk(...items: readonly (number | [number, string])[]): string {
  const results = items.map((item) => {
    const [status, reason] = typeof item === 'number' ? [item, null] : item
    return { create: { _index: 'atlas', _id: 'x', status, ...(reason !== null && { error: { type: 'x', reason } }) } }
  })
  return JSON.stringify({ took: 3, errors: items.some((item) => item !== 201), items: results })
}

test('each event is two lines, and the body ends with a line break', () => {
  const items = [1, 2].map((sequence) => ({ event, delivery: { sequence } }))
  const { body, carried } = composeBatch(elastic, items, context)
  assert.equal(carried, 2)
  const lines = body.toString().split('\n')
  assert.equal(lines.length, 5)
  assert.equal(lines[4], '')
  assert.deepEqual(JSON.parse(lines[0] ?? ''), { create: { _id: id } })
  const document = JSON.parse(lines[3] ?? '')
  assert.equal(document['@timestamp'], '2024-04-05T19:34:38.000Z')
  assert.deepEqual([document.id, document.type, Number(document.sequence)], [id, 'deal.created', 2])
  assert.deepEqual(document.data, JSON.parse(data))
  assert(lines[1]?.includes('"value": 48000.00,'))
})

test('documents are judged one by one: there already is a success, busy is retried, anything else is given up', () => {
  const body = bulk(201, 409, 429, [400, 'failed to parse \u0000 [value]'], 503, 200, 403)
  const judgements = elastic.judge({ status: 200, body }, 7)
  assert(Array.isArray(judgements))
  assert.deepEqual(
    judgements.map(({ outcome }) => outcome),
    ['success', 'success', 'retry', 'give_up', 'retry', 'success', 'give_up'],
  )
  assert.deepEqual(
    [judgements[3]?.error, judgements[3]?.detail],
    ['response_rejected', 'the document was answered 400: failed to parse   [value]'],
  )
})

for (const [what, status, body] of [
  ['no JSON', 200, '<html>'],
  ['JSON of something else', 200, '{"items":null}'],
  ['too few results', 200, bulk(201)],
  ['too many results', 200, bulk(201, 201, 201)],
  ['another status of success', 204, ''],
] as const) {
  test(`an answer that cannot be that of a bulk request is retried: ${what}`, () => {
    const judgement = elastic.judge({ status, body }, 2)
    assert('outcome' in judgement)
    assert.deepEqual([judgement.outcome, judgement.error], ['retry', 'response_rejected'])
  })
}

test('a result without a status is retried by itself', () => {
  const judgements = elastic.judge({ status: 200, body: '{"items":[{"create":{"status":201}},{"index":7}]}' }, 2)
  assert(Array.isArray(judgements))
  assert.deepEqual(
    judgements.map(({ outcome }) => outcome),
    ['success', 'retry'],
  )
})

for (const status of [401, 404, 429, 503]) {
  test(`a request that is answered ${status} as a whole is retried as a whole`, () => {
    const judgement = elastic.judge({ status, body: bulk(201) }, 1)
    assert('outcome' in judgement)
    assert.deepEqual([judgement.outcome, judgement.error], ['retry', 'status'])
  })
}

test('a server creates each document once, and says of each what came of it', () => {
  const { items, ids } = batchItems(4)
  let busy = true
  const server = elasticServer({ refuse: ({ id }) => (busy && id === ids[1] ? 429 : id === ids[2] ? 400 : null) })
  const push = () => {
    const answer = server.take({ ...requestWith(elastic, items), path: '/atlas-events/_bulk?pipeline=atlas' })
    const judged = elastic.judge(answer, 4)
    assert(Array.isArray(judged), answer.body)
    return judged.map(({ outcome }) => outcome)
  }
  assert.deepEqual(push(), ['success', 'retry', 'give_up', 'success'])
  busy = false
  assert.deepEqual(push(), ['success', 'success', 'give_up', 'success'])
  assert.deepEqual(server.taken, [ids[0], ids[3], ids[1]])
  assert.equal(server.documents.get(ids[3] ?? '')?.sequence, '0000000000000004')
})

test('the server takes what its vendor documents, and is as strict as the real one', () => {
  const server = elasticServer()
  const headers = { 'content-type': 'application/x-ndjson' }
  const bulk = (body: string, path = '/test/_bulk') => server.take({ path, headers, body })
  const documented = '{ "create":{ } }\n{ "@timestamp": "2099-03-08T11:04:05.000Z", "message": "Logging in" }\n'
  const withId = documented.replace('{ }', '{ "_id" : "3" }')
  assert.equal(bulk(withId).status, 200)
  assert.equal(bulk(withId.trimEnd()).status, 400)
  assert.equal(bulk(withId, '/_bulk').status, 400)
})
