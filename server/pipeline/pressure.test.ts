import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { SettableClock } from '../testing/clock.ts'
import { eventually } from '../testing/eventually.ts'
import { TestRooms } from '../testing/rooms.ts'

/** Never lets the event loop rest; gives what ends that. */
function saturate(t: TestContext): () => void {
  let saturating = true
  const end = (): void => {
    saturating = false
  }
  const turn = (): void => {
    if (saturating) setImmediate(turn)
  }
  turn()
  t.after(end)
  return end
}

test('a saturated process lets more publishes gather, for a moment and whatever the clock says', async (t) => {
  const rooms = await TestRooms.open(t, { clock: new SettableClock() })
  const { dispatch, pressure } = rooms
  pressure.start()
  t.after(() => pressure.stop())
  assert.equal(dispatch.relief(), null)
  const end = saturate(t)
  await eventually(() => pressure.high || null)
  let relieved = false
  void dispatch.relief()?.then(() => {
    relieved = true
  })
  assert.equal(relieved, false)
  await eventually(() => relieved || null)
  end()
  await eventually(() => !pressure.high || null)
})
