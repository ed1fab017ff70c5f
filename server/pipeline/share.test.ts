import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Endpoint } from '../domain/endpoint.ts'
import { EndpointQueue } from './endpoint-queue.ts'
import { shareOf } from './share.ts'
import type { Task } from './task.ts'

function endpointOf(given: Partial<Endpoint> = {}): Endpoint {
  const at = new Date(0)
  return {
    ...{ id: 'e', workspaceId: 'w', url: '', description: '', profile: 'atlas', secret: '' },
    ...{ stream: 'events', auditSpan: null, tunnel: null },
    ...{ types: [], filter: null, tags: [], serialize: false, headers: {}, previousSecrets: [], options: {} },
    ...{ timeoutSeconds: 1, retryScheduleSeconds: [60], maxPerSecond: null, maxInFlight: 20, batch: null },
    ...{ status: 'active', statusReason: null, createdAt: at, updatedAt: at },
    ...given,
  }
}

function queueWith(waiting: number, { struggling = false, failures = 0 } = {}): EndpointQueue {
  const queue = new EndpointQueue('e')
  for (let task = 0; task < waiting; task++) queue.push({} as Task)
  queue.struggling = struggling
  for (let failed = 0; failed < failures; failed++) queue.concurrency.ended(queue.concurrency.start(), false, 20)
  return queue
}

test('of an endpoint that nobody knows one delivery is asked for, to learn of its workspace', () => {
  assert.equal(shareOf(queueWith(0), undefined), 1)
  assert.equal(shareOf(queueWith(1), undefined), 0)
})

test('an endpoint that takes its deliveries gets several times what it has in flight, before it runs dry', () => {
  assert.equal(shareOf(queueWith(0), endpointOf()), 80)
  assert.equal(shareOf(queueWith(39), endpointOf()), 41)
  assert.equal(shareOf(queueWith(40), endpointOf()), 0)
})

test('an endpoint that fails gets as much as it may have in flight', () => {
  assert.equal(shareOf(queueWith(0, { struggling: true, failures: 2 }), endpointOf()), 5)
  assert.equal(shareOf(queueWith(5, { struggling: true, failures: 2 }), endpointOf()), 0)
})

test('a serialized endpoint has a short line in memory', () => {
  const endpoint = endpointOf({ serialize: true })
  assert.equal(shareOf(queueWith(0), endpoint), 50)
  assert.equal(shareOf(queueWith(9), endpoint), 41)
  assert.equal(shareOf(queueWith(10), endpoint), 0)
})

test('a slow endpoint gets no more than it is sent in two seconds, and at least one', () => {
  assert.equal(shareOf(queueWith(0), endpointOf({ maxPerSecond: 3 })), 6)
  assert.equal(shareOf(queueWith(6), endpointOf({ maxPerSecond: 3 })), 0)
  assert.equal(shareOf(queueWith(0), endpointOf({ maxPerSecond: 0.01 })), 1)
  assert.equal(shareOf(queueWith(0), endpointOf({ maxPerSecond: 1_000 })), 80)
})

test('of an endpoint that gets batches as many are asked for as it may have in flight, unless two wait', () => {
  const endpoint = endpointOf({ batch: { maxEvents: 10, windowSeconds: 1 }, maxInFlight: 3 })
  assert.equal(shareOf(queueWith(0), endpoint), 3)
  assert.equal(shareOf(queueWith(19), endpoint), 3)
  assert.equal(shareOf(queueWith(20), endpoint), 0)
})

test('whatever the endpoint, with nothing in memory something is asked for, and never a negative number', () => {
  const endpoint = fc.record({
    serialize: fc.boolean(),
    maxPerSecond: fc.oneof(fc.constant(null), fc.double({ min: 0.01, max: 10_000, noNaN: true })),
    maxInFlight: fc.integer({ min: 1, max: 1_000 }),
    batch: fc.oneof(fc.constant(null), fc.constant({ maxEvents: 100, windowSeconds: 30 })),
  })
  const queue = fc.record({ struggling: fc.boolean(), failures: fc.integer({ min: 0, max: 6 }) })
  fc.assert(
    fc.property(endpoint, queue, fc.integer({ min: 0, max: 300 }), (given, state, waiting) => {
      assert(shareOf(queueWith(0, state), endpointOf(given)) > 0)
      const share = shareOf(queueWith(waiting, state), endpointOf(given))
      assert(share >= 0 && Number.isInteger(share))
    }),
  )
})

test('of an endpoint that gets batches at a rate as many are asked for as leave within two seconds', () => {
  const endpoint = endpointOf({ batch: { maxEvents: 100, windowSeconds: 30 }, maxPerSecond: 2 })
  assert.equal(shareOf(queueWith(0), endpoint), 4)
})
