import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { openDatabase } from '../storage/database.ts'
import { createTestDatabase } from '../testing/database.ts'
import { DatabaseProxy } from '../testing/database-proxy.ts'
import { eventually } from '../testing/eventually.ts'
import { TestRooms } from '../testing/rooms.ts'
import { storedDeliveries } from '../testing/seed.ts'

const waitingForLock = {
  name: 'waiting-for-lock',
  text: `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
}

test('what a claim took whose answer was lost is attempted first, also when it took it after the connection was gone', async (t) => {
  let close = async (): Promise<void> => {}
  t.after(() => close())
  const direct = await createTestDatabase(t)
  const proxy = await DatabaseProxy.start(t, direct.url)
  const database = openDatabase(proxy.url, { max: 5, log: pino({ level: 'silent' }) })
  const rooms = await TestRooms.open(t, { database: { database } })
  close = async () => {
    await rooms.close()
    await database.close()
  }
  const endpoint = await rooms.seed.endpoint({ serialize: true })
  await rooms.publish()
  await rooms.finish(await rooms.untilAttempts(1))
  // Few, since Postgres notices that nobody is there as soon as it sends the first block of an answer.
  const ids = await rooms.seed.accepted(endpoint, 8)
  await direct.database.transaction(async (transaction) => {
    await transaction.execute({ name: 'lock', text: 'select from deliveries where id = $1 for update' }, [ids[3]])
    rooms.dispatch.wake(endpoint.id, Date.now())
    await eventually(async () => ((await direct.database.query(waitingForLock)).length > 0 ? true : null))
    await rooms.seed.accepted(endpoint, 20)
    proxy.cut()
    // The node tries again while the claim of before still waits: behind it, or it would pass what that one takes.
    await eventually(async () => ((await direct.database.query(waitingForLock)).length > 1 ? true : null))
  })
  for (let ended = 1; ended <= 28; ended++) {
    await rooms.untilAttempts(ended + 1)
    await rooms.finish(rooms.attempts.slice(ended, ended + 1))
  }
  assert.deepEqual(
    rooms.attempts.map(({ task }) => task.delivery.sequence),
    Array.from({ length: 29 }, (_, index) => index + 1),
  )
})

test('an endpoint that other nodes still have in hand is served when they have finished', async (t) => {
  const rooms = await TestRooms.open(t)
  const endpoint = await rooms.seed.endpoint({ serialize: true })
  await rooms.seed.accepted(endpoint, 3)
  const other = 1_000
  await rooms.database.execute(
    {
      name: 'other-node',
      text: 'insert into nodes (id, started_at, heartbeat_at) overriding system value values ($1, now(), now())',
    },
    [other],
  )
  await rooms.database.execute({ name: 'take', text: 'update deliveries set owner = $1 where sequence = 2' }, [other])
  rooms.dispatch.wake(endpoint.id, Date.now())
  await eventually(() => (rooms.looks > 1 ? true : null))
  assert.equal(rooms.attempts.length, 0)
  await rooms.database.execute({ name: 'give', text: `update deliveries set owner = 0 where owner = $1` }, [other])
  for (let ended = 0; ended < 3; ended++) await rooms.finish((await rooms.untilAttempts(ended + 1)).slice(ended))
  assert.deepEqual(
    rooms.attempts.map(({ task }) => task.delivery.sequence),
    [1, 2, 3],
  )
  assert((await storedDeliveries(rooms.database)).every(({ state }) => state === 'delivered'))
})
