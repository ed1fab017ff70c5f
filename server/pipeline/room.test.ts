import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Room } from './room.ts'

/** Lets queues ask for room, one byte at a time and in turn, until none gets any more; gives what each holds. */
function fill(room: Room, queues: number): number[] {
  const held = Array.from({ length: queues }, () => 0)
  for (let admitted = true; admitted; ) {
    admitted = false
    for (const [queue, bytes] of held.entries()) {
      if (!room.admits(bytes)) continue
      room.take(1)
      held[queue] = bytes + 1
      admitted = true
    }
  }
  return held
}

test('one queue alone gets a third of everything, and there is room for the next', () => {
  const room = new Room(300)
  assert.deepEqual(fill(room, 1), [100])
  assert.equal(room.used, 100)
  assert(room.admits(0))
})

test('queues that ask alike get alike, and what is given back is there for others', () => {
  const room = new Room(1_000)
  const [first = 0, second = 0] = fill(room, 2)
  assert(Math.abs(first - second) <= 1)
  assert(!room.admits(first))
  room.giveBack(first)
  assert.equal(room.used, second)
  assert(room.admits(second))
})

test('however many queues there are, a newcomer still finds room and the whole is never overdrawn', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 5_000 }), fc.integer({ min: 1, max: 60 }), (capacity, queues) => {
      const room = new Room(capacity)
      fill(room, queues)
      assert(room.used < capacity)
      assert(room.admits(0))
    }),
  )
})
