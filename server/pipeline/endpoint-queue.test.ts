import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import type { Event } from '../domain/event.ts'
import { EndpointQueue } from './endpoint-queue.ts'
import type { Task } from './task.ts'

function taskOf(number: number): Task {
  const event: Event = {
    ...{
      id: `${number}`,
      workspaceId: 'w',
      stream: 'events',
      type: 'a',
      tags: [],
      created: 0,
      milliseconds: 0,
      data: '{}',
    },
  }
  const delivery = {
    ...{ id: `${number}`, eventId: event.id, endpointId: 'e', workspaceId: 'w', type: 'a', sequence: number, owner: 1 },
    ...{ state: 'pending' as const, attemptCount: 0, cycleAttempts: 0, firstAttemptAt: null, nextAttemptAt: null },
    ...{
      scheduledRetryAt: null,
      deadLetteredAt: null,
      deadLetterReason: null,
      createdAt: new Date(0),
      settledAt: null,
    },
  }
  return { event, delivery }
}

test('it behaves like a list that is read from the front, however long it gets', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('push' as const), times: fc.integer({ min: 1, max: 3_000 }) }),
    fc.record({ kind: fc.constant('shift' as const), times: fc.integer({ min: 1, max: 3_000 }) }),
    fc.record({ kind: fc.constant('drain' as const), times: fc.constant(1) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const queue = new EndpointQueue('e')
      const model: number[] = []
      let next = 0
      for (const { kind, times } of steps) {
        for (let time = 0; time < times; time++) {
          if (kind === 'push') {
            queue.push(taskOf(next))
            model.push(next++)
          } else if (kind === 'shift') assert.equal(queue.shift()?.delivery.sequence, model.shift())
          else
            assert.deepEqual(
              queue.drain().map(({ delivery }) => delivery.sequence),
              model.splice(0),
            )
        }
        assert.equal(queue.waiting, model.length)
      }
    }),
    { numRuns: 50 },
  )
})

test('what has left the queue is not kept in memory by it', () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const queue = new EndpointQueue('e')
  const left: WeakRef<Task>[] = []
  const pass = (): void => {
    for (let number = 0; number < 20; number++) queue.push(taskOf(number))
    for (let number = 0; number < 10; number++) left.push(new WeakRef(queue.shift() ?? taskOf(0)))
  }
  pass()
  // A WeakRef holds what it refers to until the turn in which it was made is over.
  return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
    collect()
    assert.deepEqual(
      left.map((reference) => reference.deref()),
      left.map(() => undefined),
    )
    assert.equal(queue.waiting, 10)
  })
})

test('what is put back is the next that is taken', () => {
  const queue = new EndpointQueue('e')
  for (let number = 0; number < 10; number++) queue.push(taskOf(number))
  queue.shift()
  queue.putBack(queue.take(4).slice(1))
  assert.deepEqual(
    queue.take(100).map(({ delivery }) => delivery.sequence),
    [2, 3, 4, 5, 6, 7, 8, 9],
  )
  queue.putBack([taskOf(11)])
  assert.equal(queue.shift()?.delivery.sequence, 11)
})
