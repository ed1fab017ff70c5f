import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { eventually } from '../testing/eventually.ts'
import { TestMailServer } from '../testing/mail-server.ts'
import { People } from '../testing/people.ts'
import { startTestServer } from '../testing/server.ts'

async function start(t: TestContext) {
  const mailServer = await TestMailServer.start(t)
  const server = await startTestServer(t, {
    ATLAS_SMTP_URL: mailServer.url,
    ATLAS_MAIL_FROM: 'Atlas <people@atlas.example>',
  })
  const { path } = await server.createWorkspace('acme')
  const invite = (body: object, more: { key?: string } = {}) =>
    server.request('POST', `${path}/invitations`, { body, ...more })
  const mailOf = async (email: string) => {
    const { data } = (await server.request('GET', `${path}/invitations`)).json
    return data.find((each: { email: string }) => each.email === email)?.mail
  }
  return { mailServer, server, path, invite, mailOf }
}

test('an invitation is mailed: who invites to what, with the link that was shown, which joins', async (t) => {
  const { mailServer, server, invite, mailOf } = await start(t)
  const { status, json } = await invite({ email: 'Ada@acme.example', role: 'member' })
  assert.deepEqual([status, json.mailed], [201, true])
  const [received] = await mailServer.waitFor(1)
  assert(received)
  const { mail, to, from } = received
  assert.deepEqual(
    [to, from, mail.subject],
    [['ada@acme.example'], 'people@atlas.example', 'Invitation to the workspace Acme'],
  )
  assert.match(mail.text ?? '', /^Who runs the service invites you to the workspace “Acme” of Atlas Webhooks\./)
  assert.match(mail.text ?? '', /Role: +member/)
  assert(mail.text?.includes(`Accept the invitation: ${json.url}\n`), mail.text)
  assert(mail.html?.includes(`href="${json.url}"`))
  assert(json.url.startsWith(`${server.url}/invitation#token=`), json.url)
  const sent = await eventually(async () => ((await mailOf('ada@acme.example'))?.state === 'sent' ? true : null))
  assert(sent)
  const token = new URL(json.url).hash.replace('#token=', '')
  const body = { token, name: 'Ada', password: 'correct horse battery' }
  assert.equal((await server.request('POST', '/v1/invitations/accept', { key: null, body })).status, 204)
  assert.equal(mailServer.arrivals, 1)
})

test('names in an invitation are neither a header, nor HTML, nor a link', async (t) => {
  const { mailServer, server, path, invite } = await start(t)
  const name =
    'Win at www.evil.example\r\nBcc: all@acme.example <a href="//evil.example">x</a> https://evil.example/ \u202emoc'
  assert.equal((await server.request('PATCH', path, { body: { name } })).status, 200)
  const keyName = 'bank@evil.example'
  const { key } = (await server.request('POST', `${path}/keys`, { body: { name: keyName, scopes: ['manage'] } })).json
  const { json } = await invite({ email: 'ada@acme.example', role: 'viewer' }, { key })
  const [received] = await mailServer.waitFor(1)
  assert(received)
  assert.deepEqual(received.to, ['ada@acme.example'])
  assert.equal(received.mail.bcc, undefined)
  const { subject = '', text = '', html = '' } = received.mail
  for (const part of [subject, text, html]) {
    const rest = part.replaceAll(json.url, '').replaceAll('ada@acme.example', '')
    assert.doesNotMatch(rest, /evil\.example|all@acme|https:\/\/|\u202e/, part)
  }
  assert.match(text, /bank\[at\]evil\[\.\]example invites you/)
  assert.equal(html.split('<a ').length, 2)
})

test('sent again, an invitation has another link, and the mail that still waits is never sent', async (t) => {
  const { mailServer, server, invite, mailOf } = await start(t)
  mailServer.behaviour = { recipient: { code: 451, text: '4.7.1 later' } }
  const body = { email: 'ada@acme.example', role: 'member' }
  const first = (await invite(body)).json
  const failed = await eventually(async () => {
    const mail = await mailOf('ada@acme.example')
    return mail?.error ? mail : null
  })
  assert.deepEqual([failed.state, failed.error], ['waiting', 'the mail server answered: 451 4.7.1 later'])
  mailServer.behaviour = {}
  const second = (await invite(body)).json
  const [received] = await mailServer.waitFor(1)
  assert(received?.mail.text?.includes(second.url) && !received.mail.text.includes(first.url))
  await eventually(async () => ((await mailOf('ada@acme.example'))?.state === 'sent' ? true : null))
  const left = await server.database.query({ name: 'left', text: 'select id from people_mails' })
  assert.equal(left.length, 0)
  const look = (url: string) =>
    server.request('POST', '/v1/invitations/look', {
      key: null,
      body: { token: new URL(url).hash.replace('#token=', '') },
    })
  assert.deepEqual([(await look(first.url)).status, (await look(second.url)).status], [404, 200])
})

test('what is withdrawn is not mailed, what is refused says so, and the link is not in the database', async (t) => {
  const { mailServer, server, path, invite, mailOf } = await start(t)
  mailServer.behaviour = { message: { code: 451, text: '4.3.0 busy' } }
  const { json } = await invite({ email: 'ada@acme.example', role: 'member' })
  await eventually(async () => ((await mailOf('ada@acme.example'))?.error ? true : null))
  const [queued] = await server.database.query<{ sealed: Buffer; text: string }>({
    name: 'queued',
    text: `select m.sealed, row_to_json(i)::text as text from people_mails m join invitations i on i.id = m.invitation_id`,
  })
  assert(queued)
  const token = new URL(json.url).hash.replace('#token=', '')
  assert.equal(queued.sealed.includes(token) || queued.text.includes(token), false)
  assert.equal((await server.request('DELETE', `${path}/invitations/${json.id}`)).status, 204)
  assert.deepEqual(await server.database.query({ name: 'left', text: 'select id from people_mails' }), [])

  mailServer.behaviour = { recipient: { code: 550, text: '5.1.1 no such user' } }
  await invite({ email: 'none@acme.example', role: 'member' })
  const mail = await eventually(async () => {
    const found = await mailOf('none@acme.example')
    return found?.state === 'failed' ? found : null
  })
  assert.equal(mail.error, 'the mail server answered: 550 5.1.1 no such user')
})

test('an invitation that cannot be stored is not mailed, and nobody is flooded with them', async (t) => {
  const { mailServer, server, path, invite } = await start(t)
  const people = new People(server)
  const admin = await people.join(path, 'admin@acme.example', 'admin')
  assert.equal(
    (await admin.request('POST', `${path}/invitations`, { email: 'x@b.example', role: 'owner' })).status,
    403,
  )
  await server.database.execute({
    name: 'break',
    text: 'alter table audit_entries add constraint none check (false) not valid',
  })
  assert((await invite({ email: 'y@b.example', role: 'viewer' })).status >= 400)
  await server.database.execute({ name: 'mend', text: 'alter table audit_entries drop constraint none' })
  const statuses: number[] = []
  for (let n = 0; n < 6; n++) statuses.push((await invite({ email: 'z@b.example', role: 'viewer' })).status)
  assert.deepEqual(statuses, [201, 201, 201, 201, 201, 429])
  // The latest goes last: what was queued for others before it is gone by then.
  await mailServer.waitFor(1, ({ to }) => to.includes('z@b.example'))
  const strangers = mailServer.mails.flatMap(({ to }) => to).filter((address) => address !== 'admin@acme.example')
  assert.deepEqual(new Set(strangers), new Set(['z@b.example']))
})
