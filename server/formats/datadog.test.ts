import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchItem, batchItems, exampleId, requestWith } from '../testing/batch.ts'
import { datadogIntake } from '../testing/collectors/datadog.ts'
import { datadog } from './datadog.ts'

const own =
  `"message":"deal.created","event_id":"${exampleId}","event_type":"deal.created",` +
  `"event_time":"2024-04-05T19:34:38.000Z","sequence":"0000000000000042","data":${batchItem().event.data}}`

test('a log has the attributes that Datadog reserves, and the event', () => {
  const { body, headers } = requestWith(datadog, [batchItem()])
  assert.equal(body, `[{"ddsource":"atlas","hostname":"atlas.example","service":"atlas","status":"info",${own}]`)
  assert.equal(headers['content-type'], 'application/json')
  const options = { ddsource: 'crm', ddtags: 'env:production,team:crm', hostname: 'eu-1', service: 'deals' }
  assert.equal(
    requestWith(datadog, [batchItem()], options).body,
    `[{"ddsource":"crm","ddtags":"env:production,team:crm","hostname":"eu-1","service":"deals","status":"info",${own}]`,
  )
})

test('the intake takes what its vendor documents, and 1,000 events, in their order', () => {
  const intake = datadogIntake()
  const headers = { 'content-type': 'application/json', 'dd-api-key': intake.key }
  const documented =
    '[{"ddsource":"nginx","ddtags":"env:staging,version:5.1","hostname":"i-012345678",' +
    '"message":"2019-11-19T14:37:58,995 INFO [process.name][20081] Hello World","service":"payment"}]'
  assert.equal(intake.take({ path: '/', headers, body: documented }).status, 202)
  const { items, ids } = batchItems(1_000)
  const answer = intake.take({ ...requestWith(datadog, items), headers })
  assert.deepEqual(datadog.judge(answer, 1_000), { outcome: 'success', error: null, detail: null })
  assert.deepEqual(intake.taken.slice(1), ids)
})

test('what people get wrong is told by the intake', () => {
  const intake = datadogIntake()
  const request = requestWith(datadog, [batchItem()])
  const statuses = [{}, { 'dd-api-key': 'x' }].map((more) => {
    return intake.take({ ...request, headers: { ...request.headers, ...more } }).status
  })
  assert.deepEqual(statuses, [401, 403])
})

for (const [outcome, statuses] of [
  ['success', [202]],
  ['retry', [200, 302, 408, 410, 429, 500, 503]],
  ['give_up', [400, 401, 403, 404, 413, 415]],
] as const) {
  test(`the answers ${statuses} mean ${outcome}`, () => {
    for (const status of statuses) {
      const judgement = datadog.judge({ status, body: '' }, 2)
      assert.equal('outcome' in judgement && judgement.outcome, outcome, String(status))
    }
  })
}
