import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Settlement, settle } from '../domain/delivery.ts'
import { deliveryId } from '../domain/identifier.ts'
import { createTestDatabase } from '../testing/database.ts'
import { attemptOf, newId, Seed, storedDeliveries } from '../testing/seed.ts'
import { attemptsOfDelivery } from './attempt.ts'
import { claimDue } from './claim.ts'
import type { ClaimedDelivery } from './claimed-delivery.ts'
import type { Database } from './database.ts'
import { endpointHealth } from './endpoint-health.ts'
import { isDataError } from './failure.ts'
import { registerNode } from './node.ts'
import { type Recording, record, recordTest } from './record.ts'

const schedule = [60]

function recordingOf(claimed: ClaimedDelivery, outcome: 'success' | 'retry', endedAt = new Date()): Recording {
  const attempt = attemptOf(claimed, outcome, endedAt)
  const settlement = settle(claimed.delivery, { ...attempt, endedAt, retryAfterSeconds: null }, schedule, 0)
  return { delivery: claimed.delivery, attempt, endedAt, settlement }
}

async function only(database: Database) {
  const [row, ...more] = await storedDeliveries(database)
  assert(row && more.length === 0)
  return row
}

test('an attempt and what it made of its delivery are stored together', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const node = await registerNode(database, new Date())
  const claimed = await seed.claimed(await seed.endpoint(), node)
  const first = recordingOf(claimed, 'retry')
  await record(database, [first])
  const retrying = await only(database)
  const { settlement } = first
  assert.deepEqual(
    [retrying.state, retrying.owner, retrying.attempt_count, retrying.cycle_attempts, retrying.settled_at],
    ['retrying', 0, 1, 1, null],
  )
  assert.deepEqual(
    [retrying.first_attempt_at, retrying.next_attempt_at],
    [settlement.firstAttemptAt, settlement.nextAttemptAt],
  )

  const later = new Date(Date.now() + 61_000)
  const wanted = [{ endpointId: claimed.delivery.endpointId, share: 1, epoch: null }]
  const [again] = await claimDue(database, wanted, node, later)
  assert(again)
  await record(database, [recordingOf(again, 'retry', later)])
  const dead = await only(database)
  assert.deepEqual([dead.state, dead.attempt_count, dead.next_attempt_at], ['dead_letter', 2, null])
  assert.deepEqual([retrying.dead_letter_reason, dead.dead_letter_reason], [null, 'retries_exhausted'])
  assert.deepEqual([dead.dead_lettered_at, dead.settled_at], [later, later])
  const attempts = await attemptsOfDelivery(database, dead.id)
  assert.deepEqual(
    new Set(attempts.map(({ number, outcome }) => `${number} ${outcome}`)),
    new Set(['1 retry', '2 retry']),
  )
  assert.deepEqual(attempts.find(({ id }) => id === first.attempt.id)?.response?.body, 'ok')
})

const strangers: [string, (delivery: ClaimedDelivery['delivery']) => Partial<ClaimedDelivery['delivery']>][] = [
  ['another owner', ({ owner }) => ({ owner: owner + 1 })],
  ['another state', () => ({ state: 'retrying' })],
]

for (const [name, change] of strangers) {
  test(`a delivery with ${name} than the node saw stays as it is; the attempt is stored all the same`, async (t) => {
    const { database } = await createTestDatabase(t)
    const seed = await Seed.plant(database)
    const node = await registerNode(database, new Date())
    const claimed = await seed.claimed(await seed.endpoint(), node)
    const before = await only(database)
    const seen = { ...claimed, delivery: { ...claimed.delivery, ...change(claimed.delivery) } }
    await record(database, [recordingOf(seen, 'success')])
    assert.deepEqual(await only(database), before)
    assert.equal((await attemptsOfDelivery(database, before.id)).length, 1)
  })
}

test('recording again what is stored already changes nothing, even when the delivery was claimed again', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const node = await registerNode(database, new Date())
  const endpoint = await seed.endpoint({ retryScheduleSeconds: [60, 120] })
  const claimed = await seed.claimed(endpoint, node)
  await record(database, [recordingOf(claimed, 'retry')])
  const later = new Date(Date.now() + 61_000)
  const wanted = [{ endpointId: endpoint.id, share: 1, epoch: null }]
  const [retry] = await claimDue(database, wanted, node, later)
  assert(retry)
  // Its second attempt is replayed in the state, and by the owner, that the third one will see.
  const second = { ...recordingOf(retry, 'retry', later) }
  const nextAttemptAt = new Date(later.getTime() + 1)
  const repeated = {
    ...second,
    settlement: { ...second.settlement, state: 'retrying', nextAttemptAt } satisfies Settlement,
  }
  await record(database, [repeated])
  await claimDue(database, wanted, node, new Date(later.getTime() + 2))
  const before = await only(database)
  assert.deepEqual([before.owner, before.attempt_count], [node, 2])
  await record(database, [repeated])
  assert.deepEqual(await only(database), before)
  assert.equal((await attemptsOfDelivery(database, before.id)).length, 2)
})

test('health is that of the last attempt of the group, and the last success is never forgotten', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const node = await registerNode(database, new Date())
  const [endpoint, other] = [await seed.endpoint(), await seed.endpoint()]
  const [succeeded, failed] = [new Date('2026-01-01T00:00:01Z'), new Date('2026-01-01T00:00:02Z')]
  const group = [
    recordingOf(await seed.claimed(endpoint, node), 'success', succeeded),
    recordingOf(await seed.claimed(other, node), 'success', failed),
    recordingOf(await seed.claimed(endpoint, node), 'retry', failed),
  ]
  await record(database, group)
  const failure = { error: 'status', detail: null, status: 500 }
  const expected = {
    ...{ lastAttemptAt: failed, lastState: 'retrying', lastStatus: 500, lastSuccessAt: succeeded },
    failures: [{ ...failure, at: failed }],
  }
  assert.deepEqual((await endpointHealth(database, [endpoint.id])).get(endpoint.id), expected)
  const latest = new Date('2026-01-01T00:00:03Z')
  await record(database, [recordingOf(await seed.claimed(endpoint, node), 'retry', latest)])
  // It was the retry, and the last one.
  const spent = {
    ...{ ...expected, lastAttemptAt: latest, lastState: 'dead_letter' },
    failures: [{ ...failure, at: latest }],
  }
  assert.deepEqual((await endpointHealth(database, [endpoint.id])).get(endpoint.id), spent)
  assert.equal((await endpointHealth(database, [other.id])).get(other.id)?.lastState, 'delivered')
})

test('texts from receivers are stored to the character', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const claimed = await seed.claimed(await seed.endpoint(), await registerNode(database, new Date()))
  const recording = recordingOf(claimed, 'retry')
  const response = {
    ...{ status: 599, truncated: true, body: 'a"b\\c,{d}\nnull\u{1f389}' },
    headers: { 'set-cookie': ['a=1', 'b="2"'], __proto__x: 'ü\\' },
  }
  const attempt = { ...recording.attempt, response, errorDetail: '{"quoted", \\}', url: 'http://x/?a={b},"' }
  await record(database, [{ ...recording, attempt }])
  const [stored] = await attemptsOfDelivery(database, claimed.delivery.id)
  assert.deepEqual(
    [stored?.response?.body, stored?.response?.status, stored?.response?.truncated, stored?.errorDetail, stored?.url],
    [response.body, 599, true, attempt.errorDetail, attempt.url],
  )
  assert.deepEqual({ ...stored?.response?.headers }, response.headers)
})

test('what cannot be stored takes the whole group with it', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const node = await registerNode(database, new Date())
  const endpoint = await seed.endpoint()
  const [good, bad] = [await seed.claimed(endpoint, node), await seed.claimed(endpoint, node)]
  const broken = recordingOf(bad, 'success')
  const attempt = { ...broken.attempt, errorDetail: 'nul \0' }
  await assert.rejects(record(database, [recordingOf(good, 'success'), { ...broken, attempt }]), isDataError)
  assert.deepEqual(
    (await storedDeliveries(database)).map(({ state }) => state),
    ['pending', 'pending'],
  )
})

test('a test send is stored with its event and outside the numbering', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const endpoint = await seed.endpoint()
  const claimed = await seed.claimed(endpoint, await registerNode(database, new Date()))
  const event = { ...claimed.event, id: newId() }
  const delivery = { ...claimed.delivery, id: deliveryId(event.id, endpoint.id), eventId: event.id, sequence: 0 }
  const recording = recordingOf({ event, delivery }, 'success')
  await recordTest(database, event, recording)
  const stored = (await storedDeliveries(database)).find(({ id }) => id === delivery.id)
  assert.deepEqual([stored?.sequence, stored?.state, stored?.owner, stored?.attempt_count], [0, 'delivered', 0, 1])
  assert.equal((await attemptsOfDelivery(database, delivery.id)).length, 1)
  await seed.accepted(endpoint, 1)
  assert.deepEqual(
    (await storedDeliveries(database)).map(({ sequence }) => sequence),
    [0, 1, 2],
  )
})
