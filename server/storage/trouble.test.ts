import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { AlertReason } from '../domain/alert.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { createTestDatabase } from '../testing/database.ts'
import { newId, Seed } from '../testing/seed.ts'
import { forgetAlerts, listAlerts, openAlertsOf } from './alert.ts'
import { deleteEndpoint } from './endpoint.ts'
import { endAlerts, findDeadLetters, markNoticed, openAlerts } from './trouble.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000)
const hour = 3_600
const deadLetter = {
  name: 'dead-letter',
  text: `
update endpoint_health set dead_lettered = dead_lettered + $2,
  failures = jsonb_build_array(jsonb_build_object('at', $3::text, 'error', 'status', 'detail', 'it failed', 'status', 500))
where endpoint_id = $1`,
}
const success = { name: 'success', text: 'update endpoint_health set last_success_at = $2 where endpoint_id = $1' }

async function open(t: TestContext) {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const { workspaceId } = seed
  const trouble = (endpoint: Endpoint, deadLettered: number | null, reason: AlertReason = 'dead_letters') => ({
    ...{ alertId: newId(), endpointId: endpoint.id, reason, deadLettered },
  })
  return {
    ...{ database, seed, trouble },
    dies: (endpoint: Endpoint, count: number, seconds: number) =>
      database.execute(deadLetter, [endpoint.id, count, at(seconds).toISOString()]),
    end: async (seconds: number) => (await endAlerts(database, at(seconds), null, 100)).ended,
    succeeds: (endpoint: Endpoint, seconds: number) => database.execute(success, [endpoint.id, at(seconds)]),
    /** As upkeep does it; with `crash` it dies before the last step. */
    async notice(seconds: number, { crash = false } = {}) {
      const found = await findDeadLetters(database, 100)
      const troubles = found.map((one) => ({ ...one, alertId: newId(), reason: 'dead_letters' as const }))
      const opened = await openAlerts(database, troubles, at(seconds))
      if (!crash) await markNoticed(database, found)
      return opened.map(({ endpointId }) => endpointId)
    },
    alerts: async (endpoint: Endpoint) => {
      const page = { workspaceId, endpointId: endpoint.id, state: null, before: null, limit: 100 }
      const rows = await listAlerts(database, page)
      return rows.map((row) => [row.state, row.reason, row.deadLettered, row.timesOpened])
    },
    list: (given = {}) =>
      listAlerts(database, { workspaceId, endpointId: null, state: null, before: null, limit: 100, ...given }),
  }
}

test('dead letters open an alert once, further ones are added, and those of others are their own', async (t) => {
  const { database, seed, dies, notice, alerts, list } = await open(t)
  const [failing, other] = [await seed.endpoint(), await seed.endpoint()]
  await seed.endpoint()
  await dies(failing, 2, 10)
  await dies(other, 1, 11)
  assert.deepEqual((await notice(15)).sort(), [failing.id, other.id].sort())
  assert.deepEqual(await findDeadLetters(database, 9), [])
  await dies(failing, 3, 20)
  assert.deepEqual(await notice(25), [])
  assert.deepEqual(await alerts(failing), [['open', 'dead_letters', 5, 1]])
  assert.deepEqual(await alerts(other), [['open', 'dead_letters', 1, 1]])
  const [newest] = await list({ endpointId: failing.id })
  assert.deepEqual([newest?.openedAt, newest?.failures[0]?.at], [at(10), at(20)])
})

test('nothing is counted twice when a node dies in the middle, nor when many look at the same time', async (t) => {
  const { seed, dies, notice, alerts } = await open(t)
  const [failing, other] = [await seed.endpoint(), await seed.endpoint()]
  await dies(failing, 2, 10)
  assert.deepEqual(await notice(15, { crash: true }), [failing.id])
  assert.deepEqual(await notice(16), [])
  assert.deepEqual(await alerts(failing), [['open', 'dead_letters', 2, 1]])
  for (let round = 1; round <= 5; round++) {
    await dies(failing, 7, 20 + round)
    await dies(other, 1, 20 + round)
    const opened = await Promise.all(Array.from({ length: 5 }, () => notice(30 + round)))
    assert.deepEqual(opened.flat(), round === 1 ? [other.id] : [])
  }
  assert.deepEqual(await alerts(failing), [['open', 'dead_letters', 37, 1]])
  assert.deepEqual(await alerts(other), [['open', 'dead_letters', 5, 1]])
})

test('a node that died before it noticed opens no second alert when the first one has ended', async (t) => {
  const { seed, dies, succeeds, notice, alerts, end } = await open(t)
  const failing = await seed.endpoint()
  await dies(failing, 2, 10)
  await notice(15, { crash: true })
  await succeeds(failing, 20)
  assert.equal((await end(21)).length, 1)
  assert.deepEqual(await notice(22, { crash: true }), [])
  assert.deepEqual(await notice(2 * hour), [])
  assert.deepEqual(await alerts(failing), [['recovered', 'dead_letters', 2, 1]])
})

test('the dead letters of a tunnel open none', async (t) => {
  const { database, seed, dies, notice, alerts } = await open(t)
  const tunnel = await seed.endpoint({ tunnel: 'hash' })
  await dies(tunnel, 1, 10)
  assert.deepEqual(await notice(15), [])
  assert.deepEqual(await alerts(tunnel), [])
  assert.deepEqual(await findDeadLetters(database, 9), [], 'nor are they looked at again')
})

test('a pause opens an alert too, or says more about the one that is open', async (t) => {
  const { database, seed, trouble, dies, notice, alerts } = await open(t)
  const [first, second] = [await seed.endpoint(), await seed.endpoint()]
  assert.equal((await openAlerts(database, [trouble(first, null, 'gone')], at(10))).length, 1)
  await dies(first, 1, 9)
  await dies(second, 4, 9)
  await notice(12)
  assert.deepEqual(await alerts(first), [['open', 'gone', 1, 1]])
  assert.deepEqual(await openAlerts(database, [trouble(second, null, 'paused')], at(13)), [])
  assert.deepEqual(await alerts(second), [['open', 'paused', 4, 1]])
})

test('an alert ends with the first success after the last trouble, while the endpoint is active', async (t) => {
  const { database, seed, dies, succeeds, notice, alerts, end } = await open(t)
  const [fine, late, paused] = [await seed.endpoint(), await seed.endpoint(), await seed.endpoint({ status: 'paused' })]
  for (const endpoint of [fine, late, paused]) await dies(endpoint, 1, 10)
  await succeeds(late, 10)
  await succeeds(fine, 11)
  // What was in flight when it was paused.
  await succeeds(paused, 11)
  await notice(15)
  const ended = (await Promise.all([end(16), end(16)])).flat()
  assert.deepEqual(
    ended.map(({ endpointId, state }) => [endpointId, state]),
    [[fine.id, 'recovered']],
  )
  assert.deepEqual(await alerts(fine), [['recovered', 'dead_letters', 1, 1]])
  for (const endpoint of [late, paused]) assert.deepEqual(await alerts(endpoint), [['open', 'dead_letters', 1, 1]])
  assert.deepEqual([...(await openAlertsOf(database, [fine.id, late.id])).keys()], [late.id])
})

test('trouble within an hour of the recovery goes on with the alert, later trouble is a new one', async (t) => {
  const { seed, dies, succeeds, notice, alerts, end } = await open(t)
  const flaky = await seed.endpoint()
  for (const [number, seconds] of [10, hour, 2 * hour - 100].entries()) {
    await dies(flaky, 1, seconds)
    const opened = (await Promise.all([notice(seconds + 1), notice(seconds + 1)])).flat()
    assert.deepEqual(opened, [flaky.id])
    await succeeds(flaky, seconds + 2)
    await end(seconds + 3)
    assert.deepEqual(await alerts(flaky), [['recovered', 'dead_letters', number + 1, number + 1]])
  }
  await dies(flaky, 1, 4 * hour)
  await notice(4 * hour)
  assert.deepEqual(await alerts(flaky), [
    ['open', 'dead_letters', 1, 1],
    ['recovered', 'dead_letters', 3, 3],
  ])
})

test('of a deleted endpoint the alert is closed, and none is opened', async (t) => {
  const { database, seed, trouble, dies, notice, alerts, end } = await open(t)
  const [failing, deleted] = [await seed.endpoint(), await seed.endpoint({ status: 'deleted' })]
  await dies(failing, 1, 10)
  await dies(deleted, 1, 10)
  await notice(15)
  await openAlerts(database, [trouble(deleted, null, 'gone')], at(15))
  assert.deepEqual(await findDeadLetters(database, 9), [])
  assert.deepEqual(await alerts(deleted), [])
  await deleteEndpoint(database, { workspaceId: seed.workspaceId, id: failing.id, now: at(20) })
  assert.deepEqual(
    (await end(21)).map(({ state }) => state),
    ['closed'],
  )
  assert.deepEqual(await alerts(failing), [['closed', 'dead_letters', 1, 1]])
})

test('alerts that ended are forgotten in time, open ones are not', async (t) => {
  const { database, seed, dies, succeeds, notice, list, end } = await open(t)
  const endpoints = [await seed.endpoint(), await seed.endpoint(), await seed.endpoint()]
  for (const endpoint of endpoints) await dies(endpoint, 1, 10)
  await notice(15)
  const [first, second] = endpoints as [Endpoint, Endpoint]
  await succeeds(first, 20)
  await end(21)
  await succeeds(second, 40)
  await end(41)
  await forgetAlerts(database, at(30), at(30))
  assert.deepEqual((await list()).map(({ state }) => state).sort(), ['open', 'recovered'])
  await forgetAlerts(database, at(10 * hour), at(10 * hour))
  assert.deepEqual(
    (await list()).map(({ state }) => state),
    ['open'],
  )
})

test('a look for recoveries goes through the open alerts in pages', async (t) => {
  const { database, seed, dies, succeeds, notice, list } = await open(t)
  const endpoints: Endpoint[] = []
  for (let count = 0; count < 5; count++) endpoints.push(await seed.endpoint())
  for (const endpoint of endpoints) await dies(endpoint, 1, 10)
  await notice(15)
  for (const endpoint of [endpoints[1], endpoints[4]]) await succeeds(endpoint as Endpoint, 20)
  const counts: number[] = []
  let after: string | null = null
  do {
    const { ended, next } = await endAlerts(database, at(21), after, 2)
    counts.push(ended.length)
    after = next
  } while (after !== null)
  assert.deepEqual(counts, [1, 0, 1])
  assert.equal((await list({ state: 'open' })).length, 3)
  assert.deepEqual(await endAlerts(database, at(22), null, 3), { ended: [], next: endpoints[3]?.id })
})
