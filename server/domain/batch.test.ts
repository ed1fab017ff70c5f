import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Judgement } from './attempt.ts'
import { judgementOfAll } from './batch.ts'

const success: Judgement = { outcome: 'success', error: null, detail: null }
const busy: Judgement = { outcome: 'retry', error: 'response_rejected', detail: 'busy' }
const bad: Judgement = { outcome: 'give_up', error: 'response_rejected', detail: 'bad' }

test('a batch of which all came to the same came to that', () => {
  for (const judgement of [success, busy, bad])
    assert.deepEqual(judgementOfAll([judgement, { ...judgement }]), judgement)
})

test('a batch of which a part was accepted is a retry as long as anything in it is retried', () => {
  assert.equal(judgementOfAll([success, bad, busy]).outcome, 'retry')
  assert.deepEqual(judgementOfAll([success, bad, success]), {
    outcome: 'give_up',
    error: 'response_rejected',
    detail: '1 of 3 events were not accepted; the first: bad',
  })
})

test('remarks do not make a failure of a success', () => {
  assert.deepEqual(judgementOfAll([success, { ...success, detail: 'stored elsewhere' }]), success)
})
