import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { groupDeadLetters } from './group.ts'

function row(id: string, endpoint: string, reason: Delivery['dead_letter_reason']): Delivery {
  return { id, endpoint, dead_letter_reason: reason } as Delivery
}

test('dead letters are grouped by endpoint and reason, the largest group first', () => {
  const rows = [
    row('1', 'ep_a', 'rejected'),
    row('2', 'ep_b', 'retries_exhausted'),
    row('3', 'ep_b', 'retries_exhausted'),
    row('4', 'ep_a', 'retries_exhausted'),
  ]
  const failure = { at: '', error: 'status', error_detail: 'the endpoint answered 500', status: 500 } as const
  const groups = groupDeadLetters(rows, [{ id: 'ep_b', last_failure: failure }])
  assert.deepEqual(
    groups.map(({ endpoint, reason, lastError, rows: inGroup }) => [endpoint, reason, lastError, inGroup.length]),
    [
      ['ep_b', 'retries_exhausted', 'the endpoint answered 500', 2],
      ['ep_a', 'rejected', null, 1],
      ['ep_a', 'retries_exhausted', null, 1],
    ],
  )
})
