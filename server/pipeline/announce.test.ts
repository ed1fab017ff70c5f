import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { dueChannel } from '../storage/due.ts'
import { createTestDatabase } from '../testing/database.ts'
import { eventually } from '../testing/eventually.ts'
import { Announce } from './announce.ts'

test('every endpoint is announced, once for whatever came while the last message was on its way', async (t) => {
  const { database } = await createTestDatabase(t)
  const heard: string[] = []
  await database.listen(
    dueChannel,
    (id) => void heard.push(id),
    () => {},
  )
  const announce = new Announce(database, pino({ level: 'silent' }))
  announce.add('first')
  for (let more = 0; more < 100; more++) announce.add(`${more % 3}`)
  await announce.stop()
  await eventually(() => (heard.length >= 4 ? true : null))
  assert.deepEqual(heard, ['first', '0', '1', '2'])
  announce.add('later')
  await announce.stop()
  await eventually(() => (heard.length >= 5 ? true : null))
  assert.deepEqual(heard.slice(4), ['later'])
})

test('what cannot be said is left to upkeep, and the next message goes out all the same', async (t) => {
  const { database } = await createTestDatabase(t)
  const heard: string[] = []
  await database.listen(
    dueChannel,
    (id) => void heard.push(id),
    () => {},
  )
  const announce = new Announce(database, pino({ level: 'silent' }))
  // Longer than a message may be, so that Postgres refuses it.
  announce.add('x'.repeat(9_000))
  await announce.stop()
  announce.add('next')
  await announce.stop()
  await eventually(() => (heard.length > 0 ? true : null))
  assert.deepEqual(heard, ['next'])
})
