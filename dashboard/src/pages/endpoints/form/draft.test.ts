import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changeBetween, emptyDraft, toRequest } from './draft.ts'

test('what is typed becomes what the API takes, and what is no number stays as it was typed', () => {
  const request = toRequest({
    ...emptyDraft,
    url: 'https://a.example',
    tags: 'eu, us',
    headers: 'X-Team: crm\n\nAuthorization: Bearer a:b',
    retry_schedule_seconds: '10, 60',
    max_in_flight: 'many',
  })
  assert.deepEqual(request.tags, ['eu', 'us'])
  assert.deepEqual(request.headers, { 'X-Team': 'crm', Authorization: 'Bearer a:b' })
  assert.deepEqual(request.retry_schedule_seconds, [10, 60])
  assert.equal(request.max_in_flight, 'many')
  assert.equal('batch' in request, false)
  assert.deepEqual(toRequest({ ...emptyDraft, profile: 'splunk' }).batch, { max_events: 100, window_seconds: 30 })
})

test('a change holds what was changed, and never the profile', () => {
  assert.deepEqual(changeBetween(emptyDraft, emptyDraft), {})
  const changed = { ...emptyDraft, profile: 'splunk', filter: 'a > 1', serialize: true } as const
  const { batch, ...rest } = changeBetween(emptyDraft, changed)
  assert.deepEqual(rest, { filter: 'a > 1', serialize: true })
  assert(batch)
})
