import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plain } from '../view/style.ts'
import { jsonView, textView } from './listen-view.ts'

const at = new Date(2026, 0, 5, 7, 8, 9)
const request = {
  method: 'POST',
  headers: { 'Atlas-Event': 'deal.created', 'Atlas-Delivery': 'evt_1', 'Atlas-Attempt': '2' },
  body: '{"id":"evt_1",\n"data":{}}',
  timeoutMs: 10_000,
}
const url = 'http://localhost:3000/'
const response = { status: 200, headers: {}, body: 'ok', truncated: false }
const failure = { error: 'refused', detail: 'line\nof \u001b[2J strangers' } as const

test('people read a line out and a line back', () => {
  const view = textView(plain)
  assert.equal(view.arrived({ at, request, url }), '2026-01-05 07:08:09   --> deal.created [evt_1] attempt 2')
  assert.equal(
    view.answered({ at, request, url, outcome: response, durationMs: 12.6 }),
    '2026-01-05 07:08:09  <--  [200] POST http://localhost:3000/ [evt_1] 13 ms',
  )
  assert.equal(
    view.answered({ at, request, url, outcome: failure, durationMs: 1 }),
    '2026-01-05 07:08:09  <--  [refused] POST http://localhost:3000/ [evt_1] 1 ms: line\\nof \\x1b[2J strangers',
  )
})

test('a status has its colour', () => {
  const view = textView((tone, text) => `<${tone}>${text}`)
  const tones = [204, 302, 404, 500].map((status) => {
    const line = view.answered({ at, request, url, outcome: { ...response, status }, durationMs: 1 })
    return /<(\w+)>\[\d/.exec(line)?.[1]
  })
  assert.deepEqual(tones, ['good', 'warning', 'bad', 'bad'])
})

test('programs read a line of JSON, whatever the body looks like', () => {
  const welcome = {
    endpoint: 'ep_1',
    secret: 'whsec_',
    workspace: { id: 'ws_1', name: 'n', slug: null },
    grace_seconds: 60,
  }
  const lines = [
    jsonView.ready(welcome, url) ?? '',
    jsonView.arrived({ at, request, url }),
    jsonView.arrived({ at, request: { ...request, body: 'not JSON' }, url }),
    jsonView.answered({ at, request, url, outcome: response, durationMs: 12.6 }),
    jsonView.answered({ at, request, url, outcome: failure, durationMs: 12.6 }),
  ]
  for (const line of lines) assert(!line.includes('\n'), line)
  const [, arrived, odd, answered, failed] = lines.map((line) => JSON.parse(line))
  assert.deepEqual(arrived.body, { id: 'evt_1', data: {} })
  assert.equal(odd.body, 'not JSON')
  assert.deepEqual(
    [answered.kind, answered.status, answered.duration_ms, answered.event],
    ['response', 200, 13, 'evt_1'],
  )
  assert.deepEqual([failed.kind, failed.error], ['failure', 'refused'])
})
