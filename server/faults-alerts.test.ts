// The server dies between a dead letter and its mail, wherever that is: the mail comes all the same.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { selfSignedCertificate } from './testing/certificate.ts'
import { createTestDatabase } from './testing/database.ts'
import { eventually } from './testing/eventually.ts'
import { TestMailServer } from './testing/mail-server.ts'
import { answer, Receiver } from './testing/receiver.ts'
import { ServerProcess } from './testing/server-process.ts'

const login = { user: 'atlas', password: 'a very secret password' }
const deadLetters = { name: 'dead', text: `select id from deliveries where state = 'dead_letter'` }
const aMinutePasses = { name: 'pass', text: `update alert_mails set due_at = due_at - interval '1 minute'` }

async function open(t: TestContext, env: Readonly<Record<string, string>>) {
  let stop = async (): Promise<void> => {}
  t.after(() => stop())
  const { url: databaseUrl, database } = await createTestDatabase(t)
  const receiver = await Receiver.start(t)
  const server = await ServerProcess.start(t, { databaseUrl, env: { ATLAS_LOG_LEVEL: 'trace', ...env } })
  stop = async () => void (await server.stop())
  const workspace = await server.createWorkspace()
  const { status } = await server.request('PATCH', workspace, { alert_emails: ['ops@acme.example'] })
  assert.equal(status, 200)
  return {
    ...{ database, receiver, server, workspace },
    publish: () => server.request('POST', `${workspace}/events`, { type: 'deal.created', data: {} }),
    alerts: async () => (await server.request('GET', `${workspace}/alerts`)).json.data,
  }
}

test('a server that is killed before it noticed, and again while it mails, mails in the end', async (t) => {
  const mailServer = await TestMailServer.start(t)
  const env = { ATLAS_SMTP_URL: mailServer.url, ATLAS_MAIL_FROM: 'alerts@atlas.example' }
  const { database, receiver, server, workspace, publish, alerts } = await open(t, env)
  receiver.on('/hook', answer(500))
  await server.createEndpoint(workspace, { url: receiver.url('/hook'), retry_schedule_seconds: [] })
  await publish()
  await eventually(async () => ((await database.query(deadLetters)).length === 1 ? true : null))
  await server.kill()

  mailServer.behaviour = { message: 'hang' }
  await server.start()
  const [alert] = await eventually(async () => {
    const found = await alerts()
    return found.length > 0 && found[0].dead_lettered > 0 ? found : null
  })
  assert.deepEqual([alert.state, alert.dead_lettered], ['open', 1])
  await eventually(() => (mailServer.arrivals === 1 ? true : null), { within: 30_000 })
  await server.kill()

  mailServer.behaviour = {}
  await database.execute(aMinutePasses)
  await server.start()
  const [received] = await mailServer.waitFor(1)
  assert.match(received?.mail.text ?? '', /Dead letters: +1/)
  const [after] = await eventually(async () => {
    const found = await alerts()
    return found[0].mails.waiting === 0 ? found : null
  })
  assert.deepEqual([after.id, after.mails.sent, mailServer.arrivals], [alert.id, 1, 2])
})

test('mails go out over TLS with a sign-in, and the password is in no log, even when it is wrong', async (t) => {
  const tls = selfSignedCertificate('127.0.0.1')
  const mailServer = await TestMailServer.start(t, { tls, login })
  const certificate = join(
    await ServerProcess.prepare(t, { databaseUrl: 'none' }).then((p) => p.dataDirectory),
    'ca.pem',
  )
  await writeFile(certificate, tls.cert)
  const urlWith = (password: string) => `smtp://atlas:${encodeURIComponent(password)}@127.0.0.1:${mailServer.port}`
  for (const password of [login.password, 'a mistaken password']) {
    const { receiver, server, workspace, publish, alerts } = await open(t, {
      ATLAS_SMTP_URL: urlWith(password),
      ATLAS_MAIL_FROM: 'Atlas <alerts@atlas.example>',
      NODE_EXTRA_CA_CERTS: certificate,
    })
    receiver.on('/gone', answer(410))
    await server.createEndpoint(workspace, { url: receiver.url('/gone') })
    await publish()
    const { mails } = await eventually(async () => {
      const [alert] = await alerts()
      return alert && (alert.mails.sent > 0 || alert.mails.last_error) ? alert : null
    })
    if (password === login.password) assert.deepEqual([mails.sent, mails.last_error], [1, null])
    else assert.deepEqual([mails.sent, mails.last_error.error], [0, 'the mail server refused the sign-in'])
    await server.stop()
    assert(!server.log.includes(password) && !server.log.includes(encodeURIComponent(password)))
    assert.match(
      server.log,
      password === login.password ? /alert mailed/ : /an alert could not be mailed; trying again/,
    )
  }
  assert.deepEqual(mailServer.passwords, [login.password, 'a mistaken password'])
})

test('without a mail server the log and the API tell of a dead letter beside successes', async (t) => {
  const { receiver, server, workspace, publish, alerts } = await open(t, {})
  const endpoint = { url: receiver.url('/mixed'), retry_schedule_seconds: [1] }
  const { id } = await server.createEndpoint(workspace, endpoint)
  receiver.on('/mixed', (response, request) => {
    const [first] = receiver.requests('/mixed')
    answer(request.headers['webhook-id'] === first?.headers['webhook-id'] ? 500 : 200)(response, request)
  })
  await publish()
  await receiver.waitFor(1, '/mixed')
  await publish()
  const [alert] = await eventually(async () => {
    const found = await alerts()
    return found.length > 0 ? found : null
  })
  assert.deepEqual([alert.endpoint, alert.reason, alert.dead_lettered], [id, 'dead_letters', 1])
  assert.match(server.log, /"level":40[^\n]+"deliveries to an endpoint were dead-lettered"/)
  const shown = (await server.request('GET', `${workspace}/endpoints/${id}`)).json
  assert.deepEqual([shown.status, shown.alert.id], ['active', alert.id])
})
