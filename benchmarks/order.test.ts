import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Order } from './order.ts'

function report(arrivals: readonly number[]) {
  const order = new Order()
  for (const sequence of arrivals) {
    order.arrived(sequence)
    order.answered()
  }
  return order.report()
}

test('sequences from 1 without a gap are in order, and a repetition of the last one is no fault', () => {
  assert.deepEqual(report([1, 2, 2, 3]), { inOrder: 3, repeated: 1, outOfOrder: 0, atOnce: 0 })
})

test('a gap, a step back and a wrong beginning are each out of order', () => {
  assert.equal(report([1, 3]).outOfOrder, 1)
  assert.equal(report([1, 2, 3, 1]).outOfOrder, 1)
  assert.equal(report([2]).outOfOrder, 1)
})

test('a request that comes before the answer to another one is counted', () => {
  const order = new Order()
  order.arrived(1)
  order.arrived(2)
  order.answered()
  order.answered()
  order.arrived(3)
  assert.deepEqual(order.report(), { inOrder: 3, repeated: 0, outOfOrder: 0, atOnce: 1 })
})
