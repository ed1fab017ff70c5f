import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { mailKind } from '../domain/alert.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { createTestDatabase } from '../testing/database.ts'
import { newId, Seed } from '../testing/seed.ts'
import { forgetAlerts, listAlerts } from './alert.ts'
import { type AlertToTell, alertsToTell, queueMails } from './alert-mail.ts'
import { mailFailed, mailSent, nextMailDue, type QueuedMail, releaseMail, takeMails } from './alert-mail-queue.ts'
import { endAlerts, openAlerts } from './trouble.ts'
import { updateWorkspace } from './workspace.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000)
const hour = 3_600
const success = { name: 'success', text: 'update endpoint_health set last_success_at = $2 where endpoint_id = $1' }

async function open(t: TestContext, addresses = ['ops@acme.example']) {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const { workspaceId } = seed
  const setAddresses = (alertEmails: readonly string[]) =>
    updateWorkspace(database, workspaceId, { alertEmails }, at(0))
  await setAddresses(addresses)
  const queue = (toTell: AlertToTell, seconds: number) => {
    const kind = mailKind({ state: toTell.alert.state, mailedState: toTell.mailedState })
    const mail = { subject: kind, text: 'text', html: 'html' }
    const ids = toTell.addresses.map(() => newId())
    return queueMails(database, toTell, mail, ids, kind !== 'recovered', at(seconds))
  }
  const due = async (seconds: number) => await alertsToTell(database, at(seconds), 1_000)
  return {
    ...{ database, seed, setAddresses, queue, due },
    dies: (endpoint: Endpoint, deadLettered: number, seconds: number) =>
      openAlerts(
        database,
        [{ alertId: newId(), endpointId: endpoint.id, reason: 'dead_letters', deadLettered }],
        at(seconds),
      ),
    async recovers(endpoint: Endpoint, seconds: number) {
      await database.execute(success, [endpoint.id, at(seconds)])
      assert.equal((await endAlerts(database, at(seconds), null, 100)).ended.length, 1)
    },
    /** Queues what is due; gives what it tells. */
    async tell(seconds: number) {
      const kinds: string[] = []
      for (const toTell of await due(seconds)) {
        if ((await queue(toTell, seconds)) > 0)
          kinds.push(mailKind({ ...toTell.alert, mailedState: toTell.mailedState }))
      }
      return kinds
    },
    take: async (seconds: number, until: number, limit = 10) =>
      await takeMails(database, at(seconds), at(until), limit),
    mails: async () => {
      const page = { workspaceId, endpointId: null, state: null, before: null, limit: 1 }
      return (await listAlerts(database, page))[0]?.mails
    },
  }
}

test('a mail comes when things have settled, then a digest an hour later at the earliest, if there is news', async (t) => {
  const { seed, dies, tell } = await open(t)
  const endpoint = await seed.endpoint()
  await dies(endpoint, 1, 100)
  assert.deepEqual(await tell(104), [])
  assert.deepEqual(await tell(105), ['opened'])
  assert.deepEqual(await tell(3 * hour), [], 'there is no news')
  await dies(endpoint, 2, 3 * hour)
  assert.deepEqual(await tell(3 * hour), ['digest'])
  await dies(endpoint, 3, 3 * hour + 10)
  await dies(endpoint, 4, 4 * hour - 10)
  assert.deepEqual(await tell(4 * hour - 1), [])
  assert.deepEqual(await tell(4 * hour), ['digest'])
})

test('a recovery is told at once, but a flapping endpoint fills no mailbox', async (t) => {
  const { seed, dies, recovers, tell } = await open(t)
  const endpoint = await seed.endpoint()
  await dies(endpoint, 1, 100)
  assert.deepEqual(await tell(110), ['opened'])
  await recovers(endpoint, 120)
  assert.deepEqual(await tell(121), ['recovered'])
  let deadLettered = 1
  for (let seconds = 200; seconds < 2 * hour; seconds += 60) {
    await dies(endpoint, ++deadLettered, seconds)
    const told = await tell(seconds + 1)
    await recovers(endpoint, seconds + 20)
    told.push(...(await tell(seconds + 30)))
    // The hour is over at 3,710 seconds, when it is in working order.
    assert.deepEqual(told, seconds === 3_680 ? ['digest'] : [], String(seconds))
  }
})

test('what recovers before the first mail is told in one', async (t) => {
  const { seed, dies, recovers, due, tell } = await open(t)
  const endpoint = await seed.endpoint()
  await dies(endpoint, 1, 100)
  await recovers(endpoint, 102)
  assert.deepEqual(
    (await due(106)).map(({ alert }) => alert.state),
    ['recovered'],
  )
  assert.deepEqual(await tell(106), ['opened'])
  assert.deepEqual(await tell(3 * hour), [])
})

test('without addresses nothing is told; who is added later hears of what is open, or was a day ago', async (t) => {
  const { database, seed, dies, recovers, setAddresses, tell } = await open(t, [])
  const [failing, past, longPast] = [await seed.endpoint(), await seed.endpoint(), await seed.endpoint()]
  for (const endpoint of [failing, past, longPast]) await dies(endpoint, 1, 100)
  await recovers(longPast, 200)
  await recovers(past, 30 * hour)
  assert.deepEqual(await tell(31 * hour), [])
  await forgetAlerts(database, at(0), at(7 * hour))
  await setAddresses(['a@acme.example', 'b@acme.example'])
  assert.deepEqual(await tell(31 * hour), ['opened', 'opened'])
})

test('of many alerts of one workspace some are told now, and the others an hour later; other workspaces do not wait', async (t) => {
  const { database, seed, dies, recovers, tell } = await open(t)
  const endpoints: Endpoint[] = []
  for (let count = 0; count < 70; count++) endpoints.push(await seed.endpoint())
  for (const endpoint of endpoints) await dies(endpoint, 1, 100)
  assert.equal((await tell(200)).length, 60)
  assert.equal((await tell(300)).length, 0)
  const other = await Seed.plant(database)
  await updateWorkspace(database, other.workspaceId, { alertEmails: ['x@other.example'] }, at(0))
  await dies(await other.endpoint(), 1, 100)
  assert.deepEqual(await tell(300), ['opened'])
  await recovers(endpoints[0] as Endpoint, 400)
  assert.deepEqual(await tell(401), ['recovered'])
  assert.equal((await tell(200 + hour)).length, 10)
})

test('of many nodes that look at the same time one queues, and none tells what is out of date', async (t) => {
  const { seed, dies, due, queue, take } = await open(t, ['a@acme.example', 'b@acme.example'])
  const endpoint = await seed.endpoint()
  await dies(endpoint, 1, 100)
  const [toTell] = await due(110)
  assert(toTell)
  await dies(endpoint, 2, 111)
  assert.equal(await queue(toTell, 112), 0, 'it would not tell of the second one')
  const seen = await Promise.all(Array.from({ length: 5 }, () => due(113)))
  const queued = await Promise.all(seen.flat().map((each) => queue(each, 113)))
  assert.deepEqual(queued.sort(), [0, 0, 0, 0, 2])
  assert.deepEqual((await take(113, 120)).map(({ address }) => address).sort(), ['a@acme.example', 'b@acme.example'])
})

test('a mail belongs to one node for a while, then others may take it', async (t) => {
  const { database, seed, dies, tell, take, mails } = await open(t, ['a@acme.example', 'b@acme.example'])
  await dies(await seed.endpoint(), 3, 100)
  await tell(110)
  const taken = (await Promise.all(Array.from({ length: 5 }, () => take(110, 170, 1)))).flat()
  assert.deepEqual(taken.map(({ address }) => address).sort(), ['a@acme.example', 'b@acme.example'])
  assert.deepEqual(await take(169, 200), [])
  assert.deepEqual(await nextMailDue(database), at(170))
  const again = await take(170, 230)
  assert.deepEqual(
    again.map(({ tries }) => tries),
    [2, 2],
  )
  assert.deepEqual(again.map(({ id }) => id).sort(), taken.map(({ id }) => id).sort())
  const [first, second] = again as [QueuedMail, QueuedMail]
  await mailSent(database, first, at(171))
  await releaseMail(database, second, at(172))
  assert.deepEqual(
    (await take(172, 180)).map(({ id, tries }) => [id, tries]),
    [[second.id, 2]],
  )
  assert.deepEqual(await mails(), { sent: 1, waiting: 1, lastSentAt: at(171), lastFailure: null })
})

test('a mail that could not be sent waits for its next try, unless another node has it, or is given up', async (t) => {
  const { database, seed, dies, tell, take, mails } = await open(t)
  await dies(await seed.endpoint(), 1, 100)
  await tell(110)
  const [first] = await take(110, 120)
  const [second] = await take(120, 130)
  assert(first && second)
  await mailFailed(database, first, { at: at(121), error: 'late', nextTry: at(500) })
  assert.deepEqual(await nextMailDue(database), at(130), 'whose turn is over decides nothing')
  await mailFailed(database, second, { at: at(122), error: 'busy', nextTry: at(300) })
  assert.deepEqual(await nextMailDue(database), at(300))
  const lastFailure = { at: at(122), address: 'ops@acme.example', error: 'busy' }
  assert.deepEqual(await mails(), { sent: 0, waiting: 1, lastSentAt: null, lastFailure })
  const [third] = await take(300, 310)
  assert(third)
  await mailFailed(database, third, { at: at(301), error: 'unknown', nextTry: null })
  assert.equal(await nextMailDue(database), null)
  assert.deepEqual((await mails())?.waiting, 0)
})

test('a mail that tells more takes the place of one that still waits', async (t) => {
  const { database, seed, dies, recovers, due, tell, take, mails } = await open(t)
  const endpoint = await seed.endpoint()
  await dies(endpoint, 5, 100)
  await tell(110)
  const [inHand] = await take(110, 170)
  assert(inHand)
  await recovers(endpoint, 120)
  assert.deepEqual(await tell(121), ['recovered'])
  // It went out all the same, which counts; so the next one has something to tell the difference from.
  await mailSent(database, inHand, at(122))
  const waiting = await take(122, 180)
  assert.deepEqual(
    waiting.map(({ subject }) => subject),
    ['recovered'],
  )
  assert.deepEqual(await mails(), { sent: 1, waiting: 1, lastSentAt: at(122), lastFailure: null })
  await dies(endpoint, 9, 2 * hour - 10)
  const [digest] = await due(2 * hour)
  assert.deepEqual(digest?.told ?? null, null, 'it is another alert, since more than an hour has passed')
  await dies(endpoint, 12, 2 * hour)
  await tell(2 * hour)
  const queued = (await take(2 * hour, 3 * hour)).find(({ subject }) => subject === 'opened')
  await mailSent(database, queued as QueuedMail, at(2 * hour + 5))
  await dies(endpoint, 20, 3 * hour)
  const [again] = await due(4 * hour)
  assert.deepEqual([again?.alert.deadLettered, again?.told?.deadLettered], [15, 7])
})
