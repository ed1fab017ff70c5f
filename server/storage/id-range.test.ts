import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAttemptIds, deliveryId, uuidFloor } from '../domain/identifier.ts'
import { cutSlice, overlap, rangeOf, sameMillisecond, sameTenBytes } from './id-range.ts'

const holds = ({ from, below }: { from: string; below: string }, id: string) => id >= from && id < below

test('a window is the ids from its beginning up to the nearer of its ends', () => {
  const [noon, one] = [Date.UTC(2026, 0, 15, 12), Date.UTC(2026, 0, 15, 13)]
  const at = (time: number) => `${uuidFloor(time).slice(0, 13)}-7abc-8def-0123456789ab`
  const day = { since: new Date(noon), until: new Date(one), before: null }
  assert.deepEqual(
    [at(noon - 1), at(noon), at(one - 1), at(one)].map((id) => holds(rangeOf(day), id)),
    [...[false, true, true, false]],
  )
  assert.equal(rangeOf({ ...day, before: at(noon + 5) }).below, at(noon + 5))
  assert.equal(rangeOf({ ...day, before: at(one + 5) }).below, uuidFloor(one))
  const everything = rangeOf({ since: null, until: null, before: null })
  assert.ok(holds(everything, uuidFloor(0)) && holds(everything, at(2 ** 48 - 1)))
})

test('the overlap of two ranges holds what both hold', () => {
  const ranges = [
    { from: '1', below: '5' },
    { from: '3', below: '9' },
  ]
  for (const [a, b] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const [first, second] = [ranges[a], ranges[b]]
    assert.deepEqual(first && second && overlap(first, second), { from: '3', below: '5' })
  }
})

test('deliveries lie in the millisecond of their event, attempts with their delivery', () => {
  const event = '019b76da-a800-7fff-bfff-ffffffffffff'
  for (let index = 0; index < 1000; index++) {
    const delivery = deliveryId(event, uuidFloor(index))
    assert.ok(holds(sameMillisecond(event), delivery))
    for (const byte of [0, 0xfe]) {
      const newAttemptId = createAttemptIds((pool) => void pool.fill(byte))
      assert.ok(holds(sameTenBytes(delivery), newAttemptId(delivery)))
    }
  }
})

test('a slice goes on after its last row, or after the last one that was read', async () => {
  const rows = ['c', 'b', 'a'].map((id) => ({ id }))
  const nothingRead = () => Promise.reject(new Error('a full page needs no second question'))
  assert.deepEqual(await cutSlice(rows, 2, nothingRead), { rows: rows.slice(0, 2), next: 'b' })
  assert.deepEqual(await cutSlice(rows, 3, () => Promise.resolve('0')), { rows, next: '0' })
  assert.deepEqual(await cutSlice([], 3, () => Promise.resolve(null)), { rows: [], next: null })
})
