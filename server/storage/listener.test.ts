import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import test from 'node:test'
import { createTestDatabase } from '../testing/database.ts'

const notify = { name: 'notify', text: 'select pg_notify($1, $2)' }
const terminateListener = {
  name: 'terminate-listener',
  text: `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and query ilike 'listen%'`,
}

test('notifications arrive, also after the connection was lost again and again', async (t) => {
  const { database } = await createTestDatabase(t)
  const heard = new EventEmitter()
  const subscription = await database.listen(
    'Some channel',
    (payload) => heard.emit('payload', payload),
    () => heard.emit('reconnect'),
  )
  for (let round = 1; round <= 3; round++) {
    const payload = once(heard, 'payload')
    await database.execute(notify, ['Some channel', `hello ${round}`])
    assert.deepEqual(await payload, [`hello ${round}`])
    const reconnected = once(heard, 'reconnect')
    assert.equal(await database.execute(terminateListener), 1)
    await reconnected
  }
  await subscription.stop()
  assert.equal(await database.execute(terminateListener), 0)
})

test('closing the database ends the listening', async (t) => {
  const { database } = await createTestDatabase(t)
  const other = await createTestDatabase(t)
  await database.listen(
    'channel',
    () => {},
    () => assert.fail('it must not come back'),
  )
  await database.close()
  const [row] = await other.database.query<{ count: number }>({
    name: 'listening',
    text: `select count(*) as count from pg_stat_activity where query ilike 'listen%'`,
  })
  assert.equal(row?.count, 0)
})
