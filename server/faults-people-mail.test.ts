// The server dies between an invitation and its mail: the mail comes all the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestDatabase } from './testing/database.ts'
import { eventually } from './testing/eventually.ts'
import { TestMailServer } from './testing/mail-server.ts'
import { ServerProcess } from './testing/server-process.ts'

const aMinutePasses = { name: 'pass', text: `update people_mails set due_at = due_at - interval '1 minute'` }

test('a server that is killed while it mails an invitation sends it later, with the link that was shown', async (t) => {
  const mailServer = await TestMailServer.start(t)
  mailServer.behaviour = { message: 'hang' }
  const { url: databaseUrl, database } = await createTestDatabase(t)
  const env = { ATLAS_SMTP_URL: mailServer.url, ATLAS_MAIL_FROM: 'people@atlas.example' }
  const server = await ServerProcess.start(t, { databaseUrl, env })
  const workspace = await server.createWorkspace()
  const body = { email: 'ada@acme.example', role: 'member' }
  const { status, json } = await server.request('POST', `${workspace}/invitations`, body)
  assert.equal(status, 201)
  await eventually(() => (mailServer.arrivals === 1 ? true : null))
  await server.kill()

  mailServer.behaviour = {}
  await database.execute(aMinutePasses)
  await server.start()
  const [received] = await mailServer.waitFor(1)
  assert(received?.mail.text?.includes(json.url))
  await eventually(async () => {
    const { data } = (await server.request('GET', `${workspace}/invitations`)).json
    return data[0].mail.state === 'sent' ? true : null
  })
  assert.equal(mailServer.arrivals, 2)
})
