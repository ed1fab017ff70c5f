import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettableClock } from './clock.ts'

test('timers fire in the order of their time, at their time, and those that they set fire too', () => {
  const clock = new SettableClock(1_000)
  const fired: [string, number][] = []
  const note = (name: string) => () => fired.push([name, clock.now()])
  clock.after(300, note('late'))
  clock.after(100, () => {
    note('early')()
    clock.after(100, note('nested'))
  })
  clock.after(150, note('canceled')).cancel()
  clock.advance(250)
  assert.deepEqual(fired, [
    ['early', 1_100],
    ['nested', 1_200],
  ])
  assert.equal(clock.now(), 1_250)
  clock.advanceTo(1_300)
  assert.deepEqual(fired.at(-1), ['late', 1_300])
})
