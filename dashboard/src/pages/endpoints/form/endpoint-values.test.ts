import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { parseDurations, showDurations } from './durations.ts'
import { bodyOf, changesOf, newValues, valuesOf, withProfile } from './endpoint-values.ts'

const endpoint = {
  ...{ profile: 'atlas', url: 'https://a.example/?k=••••', description: '', headers: { 'X-Team': '••••' } },
  ...{ types: ['deal.*'], filter: null, tags: ['eu'], serialize: false, batch: null, options: {} },
  ...{ max_per_second: null, max_in_flight: 20, timeout_seconds: 10, retry_schedule_seconds: [10, 90, 172_800] },
} as unknown as Endpoint

test('only what was changed is sent, so masked values never are', () => {
  const values = valuesOf(endpoint)
  assert.deepEqual(changesOf(endpoint, values), {})
  assert.deepEqual(changesOf(endpoint, { ...values, filter: ' deal.value > 1 ', max_per_second: '0.5' }), {
    filter: 'deal.value > 1',
    max_per_second: 0.5,
  })
})

test('what is no number or duration goes as it is, for the API to say so', () => {
  const values = { ...newValues(), max_in_flight: 'many', retry_schedule_seconds: '10s 5m, 2h soon 2d 30' }
  const body = bodyOf(values)
  assert.equal(body.max_in_flight, 'many')
  assert.deepEqual(body.retry_schedule_seconds, [10, 300, 7_200, 'soon', 172_800, 30])
})

test('another profile brings its schedule, unless one was typed', () => {
  const batch = withProfile(newValues(), 'ndjson')
  assert.equal(batch.retry_schedule_seconds, '1m, 4m, 16m, 1h4m, 4h16m')
  const typed = withProfile({ ...newValues(), retry_schedule_seconds: '5s', url: 'https://a.example' }, 'ndjson')
  assert.deepEqual([typed.retry_schedule_seconds, typed.url], ['5s', 'https://a.example'])
})

test('durations are read as they are shown', () => {
  const seconds = [1, 90, 3_600, 3_840, 15_360, 172_800, 604_799]
  assert.deepEqual(parseDurations(showDurations(seconds)), seconds)
  assert.deepEqual(parseDurations('1.5h 5 m -1 10S'), ['1.5h', 5, 'm', '-1', '10S'])
})
