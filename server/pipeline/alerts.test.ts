import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { parseMailbox } from '../domain/mail-address.ts'
import { parseMailServer } from '../domain/mail-server.ts'
import { listAlerts } from '../storage/alert.ts'
import { updateWorkspace } from '../storage/workspace.ts'
import { SettableClock } from '../testing/clock.ts'
import { eventually } from '../testing/eventually.ts'
import { TestMailServer } from '../testing/mail-server.ts'
import { TestPipeline } from '../testing/pipeline.ts'
import { answer, Receiver } from '../testing/receiver.ts'
import { Smtp } from './smtp.ts'

const second = 1_000
const hour = 3_600 * second
const now = { name: 'now', text: 'select now()' }

async function open(t: TestContext, { mails = true } = {}) {
  const receiver = await Receiver.start(t)
  const server = await TestMailServer.start(t)
  const clock = new SettableClock()
  const [to, from] = [parseMailServer(server.url), parseMailbox('Atlas Webhooks <alerts@atlas.example>')]
  assert(to && from)
  const node = await TestPipeline.start(t, { clock, smtp: mails ? new Smtp(to, from) : null })
  const { database, workspaceId } = node
  await updateWorkspace(database, workspaceId, { alertEmails: ['ops@acme.example'] }, new Date(clock.now()))
  const alerts = async () =>
    await listAlerts(database, { workspaceId, endpointId: null, state: null, before: null, limit: 100 })
  /** Lets time pass, in steps that leave everybody the time to do what is due; until it is over, or something is so. */
  const pass = async (milliseconds: number, until: () => Promise<boolean> | boolean = () => false) => {
    for (let left = milliseconds; left > 0 && !(await until()); left -= second) {
      clock.advance(second)
      for (let times = 0; times < 5; times++) await database.query(now)
    }
  }
  return {
    ...{ receiver, server, clock, node, alerts, pass },
    /** The mails, as soon as there are so many. Time passes until they are queued: while one is sent, it stands still. */
    async mails(count: number) {
      await pass(60 * second, async () => {
        const counts = (await alerts()).map(({ mails: { sent, waiting } }) => sent + waiting)
        return counts.reduce((sum, each) => sum + each, 0) >= count
      })
      const received = await server.waitFor(count)
      await eventually(async () => ((await alerts()).every(({ mails: { waiting } }) => waiting === 0) ? true : null))
      return received.map(({ mail }) => mail)
    },
    state: async () => (await alerts()).map(({ state, reason }) => `${state}: ${reason}`).join(),
  }
}

test('retries that are exhausted pause the endpoint and are mailed; so is the recovery', async (t) => {
  const { receiver, clock, node, alerts, mails, state, pass } = await open(t)
  const path = '/hook?token=a-very-secret-token-0123456789'
  receiver.on(path, answer(500, {}, 'no'))
  const endpoint = await node.createEndpoint(receiver.url(path), {
    description: 'CRM <sync>',
    retryScheduleSeconds: [10],
  })
  const event = await node.publish()
  await node.storyOnce(event, endpoint, ({ attempts }) => attempts.length === 1)
  receiver.on(path, answer(503))
  clock.advance(15 * second)
  await node.storyOnce(event, endpoint, ({ state }) => state === 'dead_letter')
  await eventually(async () => ((await node.endpoint(endpoint))?.status === 'paused' ? true : null))
  const held = await Promise.all([node.publish(), node.publish()])
  const [mail] = await mails(1)
  assert(mail?.text && mail.html)
  assert.equal(mail.subject, 'Endpoint paused: CRM <sync>')
  assert.deepEqual(mail.to, [{ name: '', address: 'ops@acme.example' }])
  assert.match(mail.text, /Dead letters: +1\r?\n/)
  assert.match(mail.text, /Waiting deliveries: +2\r?\n/)
  assert.match(mail.text, /the endpoint answered 503 \(status\)[\s\S]+the endpoint answered 500 \(status\)/)
  assert.match(mail.text, /\/hook\?token=••••6789/)
  assert.match(mail.text, /https:\/\/atlas\.example\/w\/ws_\w{26}\/endpoints\/ep_\w{26}/)
  assert.match(mail.html, /CRM &lt;sync&gt;/)
  for (const part of [mail.text, mail.html]) assert(!part.includes('secret-token'))
  assert.equal(await state(), 'open: paused')

  receiver.on(path, answer(200))
  await node.setStatus(endpoint, 'active')
  for (const id of held) await node.storyOnce(id, endpoint, ({ state }) => state === 'delivered')
  const [, recovered] = await mails(2)
  assert.equal(recovered?.subject, 'Endpoint recovered: CRM <sync>')
  assert.notEqual(recovered?.messageId, mail.messageId)
  await pass(2 * 60 * second)
  assert.equal((await mails(2)).length, 2)
  const [alert] = await alerts()
  assert.deepEqual([alert?.state, alert?.deadLettered, alert?.mails.sent], ['recovered', 1, 2])
})

test('410 is an alert without a dead letter', async (t) => {
  const { receiver, node, mails, state } = await open(t)
  receiver.on('/gone', answer(410))
  const endpoint = await node.createEndpoint(receiver.url('/gone'))
  await node.publish()
  await eventually(async () => ((await node.endpoint(endpoint))?.status === 'paused' ? true : null))
  const [mail] = await mails(1)
  assert.match(mail?.text ?? '', /answered 410 Gone[\s\S]+Dead letters: +0/)
  assert.equal(await state(), 'open: gone')
})

test('a batch that is given up is one mail, however many deliveries it carried; an hour later comes a digest', async (t) => {
  const { receiver, clock, node, mails, alerts, pass } = await open(t)
  let status = 200
  receiver.on('/_bulk', (response, request) => {
    const items = request.body
      .toString()
      .match(/"create"/g)
      ?.map(() => ({ create: { status } }))
    answer(200, {}, JSON.stringify({ errors: status !== 200, items }))(response, request)
  })
  const batch = { maxEvents: 10, windowSeconds: 1 }
  const endpoint = await node.createEndpoint(receiver.url('/_bulk'), { profile: 'elastic', batch })
  const batchOf = async (wanted: 'delivered' | 'dead_letter') => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => node.publish()))
    clock.advance(second)
    for (const id of ids) await node.storyOnce(id, endpoint, ({ state }) => state === wanted)
  }
  await batchOf('delivered')
  status = 400
  await batchOf('dead_letter')
  const [mail] = await mails(1)
  assert.match(mail?.text ?? '', /Dead letters: +10\r?\n/)
  // It was paused, since nothing has succeeded after the first attempt of these.
  await node.setStatus(endpoint, 'active')
  await batchOf('dead_letter')
  await pass(20 * second)
  await node.setStatus(endpoint, 'active')
  await batchOf('dead_letter')
  await pass(20 * second)
  assert.equal((await mails(1)).length, 1, 'once an hour')
  clock.advance(hour)
  const [, digest] = await mails(2)
  assert.match(digest?.subject ?? '', /^Endpoint still in trouble: /)
  assert.match(digest?.text ?? '', /Dead letters: +30, 20 of them since the mail of /)
  assert.equal((await alerts()).length, 1)
})

test('on two nodes there is one alert, and one mail', async (t) => {
  const { receiver, node, mails, pass, alerts, server } = await open(t)
  await node.startAnother()
  receiver.on('/hook', answer(500))
  for (let count = 0; count < 5; count++) {
    const endpoint = await node.createEndpoint(receiver.url('/hook'), { retryScheduleSeconds: [] })
    await node.publish()
    await pass(60 * second, async () => (await node.endpoint(endpoint))?.status === 'paused')
  }
  await mails(5)
  await pass(60 * second)
  assert.equal((await alerts()).length, 5)
  assert.equal(server.mails.length, 5)
  assert(server.mails.every(({ mail }) => /Dead letters: +1\r?\n/.test(mail.text ?? '')))
})

test('without a mail server there is an alert all the same', async (t) => {
  const { receiver, node, pass, state, server } = await open(t, { mails: false })
  receiver.on('/hook', answer(500))
  const endpoint = await node.createEndpoint(receiver.url('/hook'), { retryScheduleSeconds: [] })
  const event = await node.publish()
  await node.storyOnce(event, endpoint, ({ state }) => state === 'dead_letter')
  await pass(60 * second)
  assert.deepEqual([await state(), server.connections], ['open: paused', 0])
})
