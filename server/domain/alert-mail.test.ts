import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from './alert.ts'
import { type AlertFacts, renderAlertMail } from './alert-mail.ts'
import { toTypeId, uuidFloor } from './identifier.ts'

const at = (text: string) => new Date(`2026-01-15T${text}Z`)
const open: Alert = {
  ...{ id: uuidFloor(1), workspaceId: uuidFloor(2), endpointId: uuidFloor(3), state: 'open', reason: 'paused' },
  ...{ openedAt: at('10:00:00'), endedAt: null, timesOpened: 1, deadLettered: 1_234 },
  failures: [
    { at: at('10:00:00.123'), error: 'status', detail: 'the endpoint answered 500', status: 500 },
    { at: at('09:00:00'), error: 'timeout', detail: null, status: null },
  ],
}
const facts: AlertFacts = {
  alert: open,
  kind: 'opened',
  endpoint: {
    ...{ url: 'https://hooks.acme.example/atlas?token=verysecretvalue', description: 'CRM sync' },
    ...{ status: 'paused', lastSuccessAt: at('08:00:00') },
  },
  workspace: { name: 'Acme' },
  waiting: { count: 10_000, more: true },
  told: null,
  link: 'https://atlas.example/v1/x',
}
const recovered: Alert = { ...open, state: 'recovered', endedAt: at('11:00:00') }

test('the mail says which endpoint, since when, why, how many wait and were given up, and where to look', () => {
  const { subject, text, html } = renderAlertMail(facts)
  assert.equal(subject, 'Endpoint paused: CRM sync')
  for (const content of [text, html]) {
    for (const said of [
      ...['CRM sync', 'https://hooks.acme.example/atlas?token=••••', toTypeId('ep', open.endpointId), 'Acme', '1,234'],
      ...['2026-01-15 10:00:00 UTC', '2026-01-15 08:00:00 UTC', 'more than 10,000', 'https://atlas.example/v1/x'],
      ...['10:00:00 UTC: the endpoint answered 500 (status)', '09:00:00 UTC: no answer (timeout)', 'paused'],
    ]) {
      assert(content.includes(said), said)
    }
    assert(!content.includes('verysecretvalue'))
  }
})

test('the heading tells what has happened since the mail before', () => {
  const subjectOf = (given: Partial<AlertFacts>) => renderAlertMail({ ...facts, ...given }).subject
  const told = { at: at('10:00:10'), deadLettered: 1_200 }
  assert.equal(subjectOf({ alert: { ...open, reason: 'gone' } }), 'Endpoint paused: CRM sync')
  assert.equal(subjectOf({ alert: { ...open, reason: 'dead_letters' } }), 'Deliveries given up: CRM sync')
  assert.equal(subjectOf({ kind: 'digest', told }), 'Endpoint still in trouble: CRM sync')
  assert.equal(subjectOf({ kind: 'digest', told, alert: recovered }), 'Endpoint was in trouble again: CRM sync')
  assert.equal(subjectOf({ kind: 'recovered', told, alert: recovered }), 'Endpoint recovered: CRM sync')
  const digest = renderAlertMail({ ...facts, kind: 'digest', told, alert: { ...open, timesOpened: 3 } }).text
  assert.match(digest, /1,234, 34 of them since the mail of 2026-01-15 10:00:10 UTC/)
  assert.match(digest, /in trouble 3 times/)
  assert.match(
    renderAlertMail({ ...facts, kind: 'recovered', told, alert: recovered }).text,
    /Recovered: +2026-01-15 11:00/,
  )
})

test('an endpoint without a description is called by its host', () => {
  const { subject } = renderAlertMail({ ...facts, endpoint: { ...facts.endpoint, description: '' } })
  assert.equal(subject, 'Endpoint paused: hooks.acme.example')
})

test('what strangers wrote can be neither HTML nor a line of its own', () => {
  const nasty = `<img src=x onerror="alert('1')">&amp;\r\nBcc: evil@example.com\u2028\u202Etxt.exe\0\uD800${'x'.repeat(1_000)}`
  const { subject, text, html } = renderAlertMail({
    ...facts,
    alert: { ...open, failures: [{ at: at('10:00:00'), error: 'tls', detail: nasty, status: null }] },
    endpoint: { ...facts.endpoint, description: nasty },
    workspace: { name: nasty },
    link: 'https://atlas.example/"><script>',
  })
  assert(subject.length < 200)
  assert(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u.test(subject), subject)
  assert(subject.endsWith('…'))
  assert.doesNotMatch(text, /^Bcc:/m)
  assert.doesNotMatch(text, /[\u2028\u202E\0]/)
  assert.doesNotMatch(html, /<img|<script|onerror="/)
  assert.match(html, /&lt;img src=x onerror=&quot;alert\(&#39;1&#39;\)&quot;&gt;&amp;amp; Bcc: evil@example\.com/)
  // Every tag is one of ours.
  const tags = new Set([...html.matchAll(/<\/?([a-z0-9!]+)/gi)].map(([, tag = '']) => tag.toLowerCase()))
  const ours = '!doctype html head meta title body div h1 h2 p table tr td ul li a'.split(' ')
  assert.deepEqual(
    [...tags].filter((tag) => !ours.includes(tag)),
    [],
  )
})
