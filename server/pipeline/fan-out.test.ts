import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from '../domain/endpoint.ts'
import { FanOut } from './fan-out.ts'

function endpoint(id: string, given: Partial<Endpoint> = {}): Endpoint {
  return {
    ...{ id, workspaceId: 'w', url: 'https://example.com/', description: '', profile: 'atlas' },
    ...{ stream: 'events', auditSpan: null },
    ...{ types: [], filter: null, tags: [], serialize: false, headers: {}, secret: 's', previousSecrets: [] },
    ...{ timeoutSeconds: 1, retryScheduleSeconds: [], maxPerSecond: null, maxInFlight: 1, batch: null, options: {} },
    tunnel: null,
    ...{ status: 'active', statusReason: null, createdAt: new Date(0), updatedAt: new Date(0) },
    ...given,
  }
}

function event(type: string, tags: readonly string[] = [], data = '{}') {
  const id = '01920000-0000-7000-8000-000000000000'
  return { id, stream: 'events' as const, type, tags, created: 0, milliseconds: 0, data }
}

function plan(endpoints: readonly Endpoint[], type: string, tags: readonly string[] = [], data = '{}'): string[] {
  return new FanOut(endpoints, 'events').plan(event(type, tags, data)).map(({ id }) => id)
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

test('listeners of a type are the endpoints of the stream whose types take it, whatever else they ask for', () => {
  const fanOut = new FanOut(
    [
      endpoint('all'),
      endpoint('some', { types: ['deal.*'], tags: ['eu'], filter: 'deal.value > 1' }),
      endpoint('disabled', { types: ['deal.{created,updated}'], status: 'disabled' }),
      endpoint('other', { types: ['contact.*'] }),
      endpoint('audit', { stream: 'audit' }),
    ],
    'events',
  )
  const listeners = (type: string) => fanOut.listeners(type).map(({ id }) => id)
  assert.deepEqual(listeners('deal.created'), ['all', 'some', 'disabled'])
  assert.deepEqual(listeners('deal.deleted'), ['all', 'some'])
})

test('what is remembered by type does not leak between types or tags, however many there are', () => {
  const fanOut = new FanOut(
    [endpoint('one', { types: ['a.1'], tags: ['x'] }), endpoint('two', { types: ['a.2'] })],
    'events',
  )
  for (let number = 0; number < 2_500; number++) {
    const type = `a.${number % 1_250}`
    const expected = { 'a.1': ['one'], 'a.2': ['two'] }[type] ?? []
    assert.deepEqual(
      fanOut.plan(event(type, ['x'])).map(({ id }) => id),
      expected,
    )
  }
  assert.deepEqual(fanOut.plan(event('a.1')), [])
})

test('a type pattern that cannot be read is reported with its endpoint', () => {
  assert.throws(() => new FanOut([endpoint('broken', { types: ['{'] })], 'events'), /broken/)
})

test('an endpoint with a filter gets the events for which it is true, and a filter that does not apply gets none', () => {
  const endpoints = [
    endpoint('all'),
    endpoint('large', { filter: 'deal.value > 10000' }),
    endpoint('other', { filter: 'contact.name == "x"' }),
    endpoint('tagged', { filter: 'data.value > 10000', tags: ['eu'] }),
    endpoint('typed', { filter: 'type == "deal.created"', types: ['contact.*'] }),
  ]
  assert.deepEqual(plan(endpoints, 'deal.created', [], '{"value": 48000.5}'), ['all', 'large'])
  assert.deepEqual(plan(endpoints, 'deal.created', ['eu'], '{"value": 48000}'), ['all', 'large', 'tagged'])
  assert.deepEqual(plan(endpoints, 'deal.created', ['eu'], '{"value": 5}'), ['all'])
  assert.deepEqual(plan(endpoints, 'deal.created', ['eu'], '{}'), ['all'])
  assert.deepEqual(plan(endpoints, 'contact.created', [], '{"name": "x"}'), ['all', 'other'])
})

test('data is parsed only for an endpoint with a filter that the type reaches, and not where it was parsed before', () => {
  const fanOut = new FanOut(
    [endpoint('all'), endpoint('large', { types: ['deal.*'], filter: 'deal.value > 1' })],
    'events',
  )
  const unreadable = 'not JSON'
  assert.equal(fanOut.plan(event('contact.created', [], unreadable)).length, 1)
  assert.equal(fanOut.plan(event('deal.created', [], unreadable), { value: 2 }).length, 2)
  assert.throws(() => fanOut.plan(event('deal.created', [], unreadable)), SyntaxError)
})

test('a stored filter that does not compile matches nothing and does not fail the publish', () => {
  assert.deepEqual(plan([endpoint('all'), endpoint('broken', { filter: 'deal.value >' })], 'deal.created'), ['all'])
})

test('a new version of the configuration keeps, changes and drops filters as its endpoints say', () => {
  const ids = (fanOut: FanOut) => fanOut.plan(event('deal.created', [], '{"value": 5}')).map(({ id }) => id)
  const first = new FanOut(
    [endpoint('a', { filter: 'deal.value > 4' }), endpoint('b', { filter: 'deal.value > 9' })],
    'events',
  )
  assert.deepEqual(ids(first), ['a'])
  const second = new FanOut(
    [endpoint('a', { filter: 'deal.value > 9' }), endpoint('b', { filter: 'deal.value > 4' })],
    'events',
    first,
  )
  assert.deepEqual(ids(second), ['b'])
  assert.deepEqual(ids(new FanOut([endpoint('a'), endpoint('b', { filter: 'deal.value > 9' })], 'events', second)), [
    'a',
  ])
})

test('1,000 endpoints with filters cost an event less than 2 ms of processor time', () => {
  const filters = [
    (number: number) => `deal.value > ${number} && deal.stage == "qualified"`,
    (number: number) => `contact.name == "name ${number}"`,
    (number: number) =>
      `has(deal.owner) && deal.owner.name.startsWith("A") && deal.lines.exists(l, l.price > ${number})`,
    (number: number) => `deal.stage in ["won", "lost ${number}"] || "vip" in tags`,
    (number: number) => `deal.owner.email.matches("^[a-z]+${number}@acme\\\\.example$")`,
  ]
  const endpoints = Array.from({ length: 1_000 }, (_, number) =>
    endpoint(`${number}`, { filter: (filters[number % filters.length] as (number: number) => string)(number) }),
  )
  const fanOut = new FanOut(endpoints, 'events')
  const data = {
    ...{ id: 'deal_01', value: 500.5, stage: 'qualified', owner: { name: 'Ada Byron', email: 'ada4@acme.example' } },
    ...{ lines: [{ price: 5 }, { price: 250 }, { price: 129.9 }], note: 'lorem ipsum '.repeat(60) },
  }
  const text = JSON.stringify(data)
  const events = 200
  const run = () => {
    let matched = 0
    for (let number = 0; number < events; number++) matched += fanOut.plan(event('deal.updated', ['eu'], text)).length
    return matched / events
  }
  assert.equal(run(), 101 + 50 + 1)
  const before = process.threadCpuUsage()
  run()
  const { user, system } = process.threadCpuUsage(before)
  const each = (user + system) / 1000 / events
  assert(each < 2, `${each} ms`)
})
