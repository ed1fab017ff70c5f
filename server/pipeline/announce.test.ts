import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { Database } from '../storage/database.ts'
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

/** Calls back that many microtasks after a statement was answered. */
class WatchedDatabase extends Database {
  after = { microtasks: 0, callback: (): void => {} }

  override async execute(...statement: Parameters<Database['execute']>): Promise<number> {
    const touched = await super.execute(...statement)
    const { microtasks, callback } = this.after
    const count = (left: number): void => (left > 0 ? queueMicrotask(() => count(left - 1)) : callback())
    count(microtasks)
    return touched
  }
}

test('what is announced at the very moment at which the last message is over goes out too', async (t) => {
  const { database, url } = await createTestDatabase(t)
  const watched = new WatchedDatabase(url, { max: 1, log: pino({ level: 'silent' }) })
  const heard: string[] = []
  await database.listen(
    dueChannel,
    (id) => void heard.push(id),
    () => {},
  )
  const moments = Array.from({ length: 12 }, (_, microtasks) => microtasks)
  for (const microtasks of moments) {
    const announce = new Announce(watched, pino({ level: 'silent' }))
    const added = Promise.withResolvers<void>()
    watched.after = {
      microtasks,
      callback: () => {
        watched.after.callback = () => {}
        announce.add(`second ${microtasks}`)
        added.resolve()
      },
    }
    announce.add('first')
    await added.promise
    await announce.stop()
  }
  await watched.close()
  await eventually(() => (heard.length >= moments.length * 2 ? true : null), { describe: () => `heard: ${heard}` })
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
