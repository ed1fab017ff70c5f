import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { parseMailbox } from '../domain/mail-address.ts'
import { parseMailServer } from '../domain/mail-server.ts'
import { type AlertWithMails, listAlerts } from '../storage/alert.ts'
import { alertsToTell, queueMails } from '../storage/alert-mail.ts'
import { nextMailDue } from '../storage/alert-mail-queue.ts'
import { Database } from '../storage/database.ts'
import { openAlerts } from '../storage/trouble.ts'
import { updateWorkspace } from '../storage/workspace.ts'
import { SettableClock } from '../testing/clock.ts'
import { createTestDatabase } from '../testing/database.ts'
import { eventually } from '../testing/eventually.ts'
import { TestMailServer } from '../testing/mail-server.ts'
import { newId, Seed } from '../testing/seed.ts'
import { alertMails } from './mail-queues.ts'
import { Mailer } from './mailer.ts'
import { Smtp } from './smtp.ts'

const minute = 60_000

async function open(t: TestContext, addresses = ['ops@acme.example']) {
  const mailers: Mailer[] = []
  // Before the database's own hook.
  let server: TestMailServer | null = null
  t.after(async () => {
    server?.breakOff()
    await Promise.all(mailers.map((mailer) => mailer.stop()))
  })
  const { url, database } = await createTestDatabase(t)
  server = await TestMailServer.start(t)
  const seed = await Seed.plant(database)
  const clock = new SettableClock()
  const now = () => new Date(clock.now())
  await updateWorkspace(database, seed.workspaceId, { alertEmails: addresses }, now())
  const lines: Record<string, unknown>[] = []
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const [to, from] = [parseMailServer(server.url), parseMailbox('alerts@atlas.example')]
  assert(to && from)
  const smtp = new Smtp(to, from)
  const start = (on: Database = database): Mailer => {
    const mailer = new Mailer({ queues: [alertMails(on)], clock, log, smtp })
    mailers.push(mailer)
    return mailer
  }
  const alert = async (): Promise<AlertWithMails> => {
    const page = { workspaceId: seed.workspaceId, endpointId: null, state: null, before: null, limit: 1 }
    const [row] = await listAlerts(database, page)
    assert(row)
    return row
  }
  return {
    ...{ url, database, server, clock, lines, start, alert },
    /** Queues a mail for each address. */
    async queue() {
      const { id } = await seed.endpoint()
      const trouble = { alertId: newId(), endpointId: id, reason: 'gone' as const, deadLettered: null }
      await openAlerts(database, [trouble], new Date(clock.now() - 10_000))
      for (const toTell of await alertsToTell(database, now(), 10)) {
        const ids = toTell.addresses.map(() => newId())
        await queueMails(database, toTell, { subject: 'subject', text: 'text', html: 'html' }, ids, true, now())
      }
    },
    due: async () => ((await nextMailDue(database))?.getTime() ?? Number.NaN) - clock.now(),
    /** As soon as nothing waits any more. Some time passes meanwhile, for a timer may have been set just now. */
    empty: () =>
      eventually(async () => {
        if ((await nextMailDue(database)) === null) return true
        clock.advance(20)
        return null
      }),
    /** What a try came to, as soon as there was one more than before. */
    failure: (before: Date | null = null) =>
      eventually(async () => {
        const { lastFailure } = (await alert()).mails
        return lastFailure && lastFailure.at.getTime() !== before?.getTime() ? lastFailure : null
      }),
  }
}

test('each address gets a mail of its own, and one that is refused keeps the others from nothing', async (t) => {
  const { server, start, queue, empty, alert, lines } = await open(t, [
    'a@acme.example',
    'no@acme.example',
    'b@acme.example',
  ])
  server.behaviour = {
    recipient: (address) => (address.startsWith('no@') ? { code: 550, text: '5.1.1 no such user' } : 'take'),
  }
  await queue()
  start().wake()
  await empty()
  const { mails } = await alert()
  assert.deepEqual(server.mails.map(({ to }) => to.join()).sort(), ['a@acme.example', 'b@acme.example'])
  assert.deepEqual([mails.sent, mails.waiting], [2, 0])
  const { address, error } = mails.lastFailure ?? {}
  assert.deepEqual([address, error], ['no@acme.example', 'the mail server answered: 550 5.1.1 no such user'])
  const given = lines.filter(({ msg }) => msg === 'an alert could not be mailed, and is not tried again')
  assert.equal(given.length, 1)
  assert.doesNotMatch(JSON.stringify(lines), /@acme/, 'the log holds no addresses')
})

test('a mail that is refused for now is tried again when its time has come, and arrives once', async (t) => {
  const { server, clock, start, queue, due, empty, failure, alert } = await open(t)
  server.behaviour = { recipient: { code: 451, text: '4.7.1 greylisted' } }
  await queue()
  const mailer = start()
  mailer.wake()
  const { at } = await failure()
  server.behaviour = { message: 'drop' }
  assert.equal(await due(), minute)
  clock.advance(minute - 1)
  mailer.wake()
  await mailer.stop()
  assert.equal(server.arrivals, 0, 'not before its time')
  clock.advance(1)
  start().wake()
  const { error } = await failure(at)
  assert.equal(error, 'the mail server cannot be reached')
  server.behaviour = {}
  assert.equal(await due(), 4 * minute)
  clock.advance(4 * minute)
  await empty()
  assert.equal(server.mails.length, 1)
  assert.deepEqual([(await alert()).mails.sent, server.arrivals], [1, 2])
})

test('a server that hangs costs half a minute, and the mail is tried again', async (t) => {
  const { server, clock, start, queue, empty, failure } = await open(t)
  server.behaviour = { message: 'hang' }
  await queue()
  start().wake()
  await eventually(() => (server.arrivals === 1 ? true : null))
  clock.advance(30_000)
  assert.equal((await failure()).error, 'the mail server did not answer in time')
  server.behaviour = {}
  clock.advance(minute)
  await empty()
  assert.equal(server.mails.length, 1)
})

test('of a mail whose sending was not heard of, the repetition is recognisable', async (t) => {
  const { server, clock, start, queue, empty, failure } = await open(t)
  server.behaviour = { message: 'take and drop' }
  await queue()
  start().wake()
  await failure()
  server.behaviour = {}
  clock.advance(minute)
  await empty()
  const [first, second] = await server.waitFor(2)
  assert.equal(second?.mail.messageId, first?.mail.messageId)
})

test('several nodes send each mail once', async (t) => {
  const addresses = Array.from({ length: 10 }, (_, index) => `a${index}@acme.example`)
  const { server, start, queue, empty, alert } = await open(t, addresses)
  for (let count = 0; count < 3; count++) await queue()
  const mailers = [start(), start(), start()]
  for (const mailer of mailers) mailer.wake()
  await empty()
  await Promise.all(mailers.map((mailer) => mailer.stop()))
  assert.equal(server.mails.length, 30)
  assert.equal(new Set(server.mails.map(({ mail }) => mail.messageId)).size, 30)
  assert.equal((await alert()).mails.sent, 10)
})

test('what a node took that is gone is sent by another one a minute later', async (t) => {
  const { url, server, clock, start, queue, empty } = await open(t)
  server.behaviour = { message: 'hang' }
  await queue()
  // A node that dies in the middle never says what came of it; nor does one whose database is gone.
  const log = pino({ level: 'silent' })
  const lost = new Database(url, { max: 1, log })
  const dying = start(lost)
  dying.wake()
  await eventually(() => (server.arrivals === 1 ? true : null))
  await lost.close()
  server.behaviour = {}
  clock.advance(minute - 1)
  const early = start()
  early.wake()
  await early.stop()
  assert.equal(server.mails.length, 0, 'not before its turn is over')
  clock.advance(1)
  start().wake()
  await empty()
  assert.equal(server.mails.length, 1)
})

test('a node that stops finishes what it sends, and gives back what takes too long', async (t) => {
  const { server, clock, start, queue, empty, alert } = await open(t)
  server.behaviour = { message: 'hang' }
  await queue()
  const stopping = start()
  stopping.wake()
  await eventually(() => (server.arrivals === 1 ? true : null))
  const stopped = stopping.stop()
  clock.advance(5_000)
  await stopped
  assert.equal((await alert()).mails.lastFailure, null)
  server.behaviour = {}
  start().wake()
  await empty()
  assert.equal(server.mails.length, 1)
})

test('a mail that nobody takes is given up after three days, and the log says so', async (t) => {
  const { server, clock, lines, start, queue, alert } = await open(t)
  await server.stop()
  await queue()
  start().wake()
  const given = await eventually(async () => {
    const line = lines.find(({ msg }) => msg === 'an alert could not be mailed, and is not tried again')
    if (!line) clock.advance(60 * minute)
    return line ?? null
  })
  assert(Number(given.tries) > 30)
  const { mails } = await alert()
  assert.deepEqual([mails.sent, mails.waiting, mails.lastFailure?.error], [0, 0, 'the mail server cannot be reached'])
})
