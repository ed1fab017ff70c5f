import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from '../domain/endpoint.ts'
import { FanOut } from './fan-out.ts'

function endpoint(id: string, given: Partial<Endpoint> = {}): Endpoint {
  return {
    ...{ id, workspaceId: 'w', url: 'https://example.com/', description: '', stream: 'events', profile: 'atlas' },
    ...{ types: [], filter: null, tags: [], serialize: false, headers: {}, secret: 's', previousSecrets: [] },
    ...{ timeoutSeconds: 1, retryScheduleSeconds: [], maxPerSecond: null, maxInFlight: 1, batch: null, options: {} },
    ...{ status: 'active', statusReason: null, createdAt: new Date(0), updatedAt: new Date(0) },
    ...given,
  }
}

function plan(endpoints: readonly Endpoint[], type: string, tags: readonly string[] = []): string[] {
  return new FanOut(endpoints).plan({ type, tags }).map(({ id }) => id)
}

test('an event goes to the endpoints whose types it matches', () => {
  const endpoints = [
    endpoint('all'),
    endpoint('exact', { types: ['deal.created'] }),
    endpoint('pattern', { types: ['contact.*', 'deal.*'] }),
    endpoint('other', { types: ['contact.*'] }),
  ]
  assert.deepEqual(plan(endpoints, 'deal.created'), ['all', 'exact', 'pattern'])
  assert.deepEqual(plan(endpoints, 'quote.sent'), ['all'])
  assert.deepEqual(plan([], 'deal.created'), [])
})

test('an endpoint with tags gets the events that have one of them', () => {
  const endpoints = [endpoint('any'), endpoint('eu', { tags: ['eu', 'ch'] }), endpoint('us', { tags: ['us'] })]
  assert.deepEqual(plan(endpoints, 'deal.created', ['ch', 'new']), ['any', 'eu'])
  assert.deepEqual(plan(endpoints, 'deal.created'), ['any'])
})

test('paused endpoints get events, which wait; disabled and deleted ones and those of another stream get none', () => {
  const endpoints = [
    endpoint('paused', { status: 'paused' }),
    endpoint('disabled', { status: 'disabled' }),
    endpoint('deleted', { status: 'deleted' }),
    endpoint('audit', { stream: 'audit' }),
  ]
  assert.deepEqual(plan(endpoints, 'deal.created'), ['paused'])
})

test('what is remembered by type does not leak between types or tags, however many there are', () => {
  const fanOut = new FanOut([endpoint('one', { types: ['a.1'], tags: ['x'] }), endpoint('two', { types: ['a.2'] })])
  for (let number = 0; number < 2_500; number++) {
    const type = `a.${number % 1_250}`
    const expected = { 'a.1': ['one'], 'a.2': ['two'] }[type] ?? []
    assert.deepEqual(
      fanOut.plan({ type, tags: ['x'] }).map(({ id }) => id),
      expected,
    )
  }
  assert.deepEqual(fanOut.plan({ type: 'a.1', tags: [] }), [])
})

test('a type pattern that cannot be read is reported with its endpoint', () => {
  assert.throws(() => new FanOut([endpoint('broken', { types: ['{'] })]), /broken/)
})
