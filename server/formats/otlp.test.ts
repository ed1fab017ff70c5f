import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JsonLogsSerializer } from '@opentelemetry/otlp-transformer'
import { batchItem, batchItems, exampleCloudEvent, exampleId, exampleSource, requestWith } from '../testing/batch.ts'
import { otlpCollector } from '../testing/collectors/otlp.ts'
import { otlp } from './otlp.ts'

const success = { outcome: 'success', error: null, detail: null }
const headers = { 'content-type': 'application/json' }

// From the examples of opentelemetry-proto.
const documented = {
  resourceLogs: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'my.service' } }] },
      scopeLogs: [
        {
          scope: {
            ...{ name: 'my.library', version: '1.0.0' },
            attributes: [{ key: 'my.scope.attribute', value: { stringValue: 'some scope attribute' } }],
          },
          logRecords: [
            {
              ...{ timeUnixNano: '1544712660300000000', observedTimeUnixNano: '1544712660300000000' },
              ...{ severityNumber: 10, severityText: 'Information', traceId: '5B8EFFF798038103D269B633813FC60C' },
              ...{ spanId: 'EEE19B7EC3C1B174', body: { stringValue: 'Example log record' } },
              attributes: [
                { key: 'string.attribute', value: { stringValue: 'some string' } },
                { key: 'boolean.attribute', value: { boolValue: true } },
                { key: 'int.attribute', value: { intValue: '10' } },
                { key: 'double.attribute', value: { doubleValue: 637.704 } },
                { key: 'array.attribute', value: { arrayValue: { values: [{ stringValue: 'many' }] } } },
              ],
            },
          ],
        },
      ],
    },
  ],
}

test('a record has its time, its severity, the CloudEvent, and the attributes of the conventions', () => {
  const { body, headers } = requestWith(otlp, [batchItem()])
  assert.equal(
    body,
    '{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"atlas"}}]},' +
      '"scopeLogs":[{"scope":{"name":"atlas-webhooks"},"logRecords":[{"timeUnixNano":"1712345678000000000",' +
      `"severityNumber":9,"severityText":"INFO","body":{"stringValue":${JSON.stringify(exampleCloudEvent)}},` +
      `"attributes":[{"key":"cloudevents.event_id","value":{"stringValue":"${exampleId}"}},` +
      `{"key":"cloudevents.event_source","value":{"stringValue":"${exampleSource}"}},` +
      '{"key":"cloudevents.event_type","value":{"stringValue":"deal.created"}},' +
      '{"key":"atlas.sequence","value":{"intValue":"42"}}]}]}]}]}',
  )
  assert.equal(headers['content-type'], 'application/json')
})

test('it is what the exporter of OpenTelemetry makes of the same records', () => {
  const { items } = batchItems(3)
  const ours = JSON.parse(requestWith(otlp, items, { service_name: 'crm', resource_attributes: { 'a.b': 'c' } }).body)
  const resource = { attributes: { 'service.name': 'crm', 'a.b': 'c' } }
  const instrumentationScope = { name: 'atlas-webhooks' }
  const records = ours.resourceLogs[0].scopeLogs[0].logRecords.map((record: OurRecord) => ({
    ...{ resource, instrumentationScope, hrTime: [1712345678, 0], hrTimeObserved: [1712345678, 0] },
    ...{ severityNumber: 9, severityText: 'INFO', body: record.body.stringValue, droppedAttributesCount: 0 },
    attributes: Object.fromEntries(
      record.attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]),
    ),
  }))
  const text = new TextDecoder().decode(JsonLogsSerializer.serializeRequest(records))
  const theirs = JSON.parse(text, (name, value) => {
    // We leave out what receivers set or take for 0, and write 64-bit numbers as texts, as the protocol has it.
    if (['observedTimeUnixNano', 'droppedAttributesCount', 'flags'].includes(name)) return undefined
    return name === 'intValue' ? String(value) : value
  })
  assert.deepEqual(ours, theirs)
})

interface OurRecord {
  readonly body: { readonly stringValue: string }
  readonly attributes: { readonly key: string; readonly value: { stringValue?: string; intValue?: string } }[]
}

test('the collector takes what the protocol documents, and 200 events, in their order', () => {
  const collector = otlpCollector()
  assert.equal(collector.take({ path: '/', headers, body: JSON.stringify(documented) }).status, 200)
  const unknown = JSON.stringify(documented).replace('severityText', 'severity_text')
  assert.equal(collector.take({ path: '/', headers, body: unknown }).status, 400)
  const { items, ids } = batchItems(200)
  const answer = collector.take(requestWith(otlp, items))
  assert.deepEqual(otlp.judge(answer, 200), success)
  assert.deepEqual(collector.taken.slice(1), ids)
})

test('records that were rejected are told and not sent again; all of them are dead letters', () => {
  const { items, ids } = batchItems(3)
  const some = otlpCollector({ rejects: (id) => id === ids[1] })
  assert.deepEqual(otlp.judge(some.take(requestWith(otlp, items)), 3), {
    ...{ outcome: 'success', error: null, detail: 'the collector rejected 1 of 3 records: too old' },
  })
  const all = otlpCollector({ rejects: () => true })
  assert.deepEqual(otlp.judge(all.take(requestWith(otlp, items)), 3), {
    ...{ outcome: 'give_up', error: 'response_rejected' },
    detail: 'the collector rejected 3 of 3 records: too old',
  })
})

test('a success may have any body, and a warning is told', () => {
  const judge = (body: string) => otlp.judge({ status: 200, body }, 2)
  for (const body of [
    '',
    '{}',
    'null',
    '<html>',
    '{"partialSuccess":{}}',
    '{"partialSuccess":{"rejectedLogRecords":0}}',
  ])
    assert.deepEqual(judge(body), success, body)
  assert.deepEqual(judge('{"partialSuccess":{"errorMessage":"slow\\u0000 down"}}'), {
    ...{ ...success, detail: 'the collector warns: slow  down' },
  })
  assert.deepEqual(judge('{"partialSuccess":{"rejectedLogRecords":1}}'), {
    ...{ ...success, detail: 'the collector rejected 1 of 2 records' },
  })
})

for (const [outcome, statuses] of [
  ['retry', [202, 302, 410, 429, 502, 503, 504]],
  ['give_up', [400, 401, 403, 404, 408, 413, 500, 501]],
] as const) {
  test(`the answers ${statuses} mean ${outcome}`, () => {
    for (const status of statuses) {
      const judgement = otlp.judge({ status, body: '' }, 2)
      assert.equal('outcome' in judgement && judgement.outcome, outcome, String(status))
    }
  })
}
