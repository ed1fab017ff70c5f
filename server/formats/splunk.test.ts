import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchItem, batchItems, exampleCloudEvent, requestWith } from '../testing/batch.ts'
import { splunkCollector } from '../testing/collectors/splunk.ts'
import type { BatchItem } from './carried-event.ts'
import { onOneLine } from './cloud-event.ts'
import { splunk } from './splunk.ts'

function send(collector: ReturnType<typeof splunkCollector>, items: readonly BatchItem[], options = {}) {
  const request = requestWith(splunk, items, options)
  return collector.take({ ...request, headers: { ...request.headers, authorization: collector.token } })
}

function outcomes(answer: { status: number; body: string }, items: number): string[] {
  const judged = splunk.judge(answer, items)
  return ('outcome' in judged ? Array.from({ length: items }, () => judged) : judged).map(({ outcome }) => outcome)
}

test('envelopes stand one behind the other, with nothing between them', () => {
  const { body, headers } = requestWith(splunk, [batchItem(), batchItem(42, { created: 1_700_000_000 })])
  const event = exampleCloudEvent
  const later = event.replace('2024-04-05T19:34:38.000Z', '2023-11-14T22:13:20.000Z')
  assert.equal(
    onOneLine(body),
    `{"time":1712345678.000,"source":"atlas","sourcetype":"_json","event":${event}}` +
      `{"time":1700000000.000,"source":"atlas","sourcetype":"_json","event":${later}}`,
  )
  assert.equal(headers['content-type'], 'application/json')
})

test('options become members that Splunk knows, and no others', () => {
  const collector = splunkCollector({ indexes: ['audit'] })
  const options = { source: 'crm', sourcetype: 'atlas:event', host: 'eu-1', index: 'audit' }
  const answer = send(collector, batchItems(3).items, options)
  assert.deepEqual(outcomes(answer, 3), ['success', 'success', 'success'])
  assert.deepEqual(collector.metadata[2], options)
})

test('the collector takes what its vendor documents, and 500 events, in their order', () => {
  const collector = splunkCollector()
  const headers = { authorization: collector.token }
  const documented = '{"event":"event 1","time":1447828325}\n\n{"event":"event 2","time":1447828326}'
  assert.equal(collector.take({ path: '/', headers, body: documented }).status, 200)
  const { items, ids } = batchItems(500)
  const answer = send(collector, items)
  assert.deepEqual(answer, { status: 200, body: '{"text":"Success","code":0}' })
  assert.deepEqual(splunk.judge(answer, 500), { outcome: 'success', error: null, detail: null })
  assert.deepEqual(collector.taken.slice(2), ids)
})

test('of a batch with an event at fault everything else is indexed once, and that one is given up', () => {
  const collector = splunkCollector({ blankTypes: ['bad.one'] })
  const { items, ids } = batchItems(7)
  const bad = [2, 5]
  let waiting = items.map(({ event, delivery }, index) => {
    return { delivery, event: bad.includes(index) ? { ...event, type: 'bad.one' } : event }
  })
  const rounds: string[][] = []
  while (waiting.length > 0) {
    const came = outcomes(send(collector, waiting), waiting.length)
    rounds.push(came)
    waiting = waiting.filter((_, index) => came[index] === 'retry')
    assert(rounds.length < 10)
  }
  assert.deepEqual(
    collector.taken,
    ids.filter((_, index) => !bad.includes(index)),
  )
  assert.deepEqual(rounds.slice(0, 2), [
    ['success', 'success', 'retry', 'retry', 'retry', 'retry', 'retry'],
    ['give_up', 'retry', 'retry', 'retry', 'retry'],
  ])
  assert.equal(rounds.flat().filter((outcome) => outcome === 'give_up').length, 2)
})

const answer = (code: number, more = {}) => JSON.stringify({ text: 'words\u0000', code, ...more })

for (const code of [6, 12, 13, 15]) {
  test(`code ${code} says that what came before was indexed`, () => {
    const body = answer(code, { 'invalid-event-number': 1 })
    assert.deepEqual(outcomes({ status: 400, body }, 3), ['success', 'retry', 'retry'])
    // A number that cannot be, or none, says nothing.
    for (const number of [3, -1, 0.5, '1', null]) {
      const body = answer(code, { 'invalid-event-number': number })
      assert.deepEqual(outcomes({ status: 400, body }, 3), ['retry', 'retry', 'retry'], String(number))
    }
  })
}

for (const [what, status, body, error, detail] of [
  ['busy', 503, answer(9), 'status', 'Splunk answered 503 with code 9: words '],
  ['wrong token', 403, answer(4), 'status', 'Splunk answered 403 with code 4: words '],
  ['wrong index', 400, answer(7, { 'invalid-event-number': 1 }), 'status', 'Splunk answered 400 with code 7: words '],
  ['200 with another code', 200, answer(8), 'response_rejected', 'Splunk answered 200 with code 8: words '],
  ['a proxy', 200, '<html>', 'response_rejected', "the answer is not that of Splunk's HTTP Event Collector"],
  ['another success', 201, '', 'response_rejected', 'the endpoint answered 201, not 200'],
  ['a proxy that fails', 502, '<html>', 'status', 'the endpoint answered 502'],
] as const) {
  test(`all of it is retried: ${what}`, () => {
    assert.deepEqual(splunk.judge({ status, body }, 2), { outcome: 'retry', error, detail })
  })
}

test('an index has the name of an index', () => {
  assert.equal(splunk.options.index?.judge('main_2-x'), null)
  for (const bad of ['Main', '-x', '', 7, 'a b']) assert.notEqual(splunk.options.index?.judge(bad), null, String(bad))
})
