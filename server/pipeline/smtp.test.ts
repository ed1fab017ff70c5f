import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { parseMailbox } from '../domain/mail-address.ts'
import { parseMailServer } from '../domain/mail-server.ts'
import { selfSignedCertificate } from '../testing/certificate.ts'
import { type MailServerOptions, TestMailServer } from '../testing/mail-server.ts'
import { newId } from '../testing/seed.ts'
import { Smtp } from './smtp.ts'

const never = new AbortController().signal
const login = { user: 'atlas@example.com', password: 'p:ä/ss word' }
const from = 'Atlas Webhooks <alerts@atlas.example>'

function smtpTo(url: string): Smtp {
  const [server, mailbox] = [parseMailServer(url), parseMailbox(from)]
  assert(server && mailbox)
  return new Smtp(server, mailbox)
}

async function open(t: TestContext, options: MailServerOptions = {}) {
  const server = await TestMailServer.start(t, options)
  const credentials = options.login
    ? `${encodeURIComponent(options.login.user)}:${encodeURIComponent(options.login.password)}@`
    : ''
  return { server, smtp: smtpTo(`smtp://${credentials}127.0.0.1:${server.port}`) }
}

const mail = (given = {}) => ({
  ...{ id: newId(), address: 'ops@acme.example', subject: 'Endpoint paused: Übergabe', text: 'Hällo\n', html: '<p>Hi' },
  ...given,
})

test('a mail arrives as it was written, for one address, with a Message-ID of its own that it keeps', async (t) => {
  const { server, smtp } = await open(t)
  const sent = mail()
  assert.equal(await smtp.send(sent, never), null)
  assert.equal(await smtp.send(sent, never), null)
  const [first, second] = server.mails
  assert(first && second)
  assert.deepEqual([first.from, first.to], ['alerts@atlas.example', ['ops@acme.example']])
  assert.deepEqual(first.mail.from, { name: 'Atlas Webhooks', address: 'alerts@atlas.example' })
  assert.deepEqual(first.mail.to, [{ name: '', address: 'ops@acme.example' }])
  assert.equal(first.mail.subject, sent.subject)
  assert.equal(first.mail.text?.trim(), 'Hällo')
  assert.equal(first.mail.html?.trim(), '<p>Hi')
  assert.equal(first.mail.messageId, `<${sent.id}@atlas.example>`)
  assert.equal(second.mail.messageId, first.mail.messageId)
  const header = (name: string) => first.mail.headers.find(({ key }) => key === name)?.value
  assert.equal(header('auto-submitted'), 'auto-generated')
})

test('nothing in a mail can become a header, a recipient or a command', async (t) => {
  const { server, smtp } = await open(t)
  const subject = 'a\r\nBcc: evil@example.com\r\n\r\nbody\nX-Evil: 1'
  assert.equal(await smtp.send(mail({ subject, text: 'a\r\n.\r\nRCPT TO:<evil@example.com>\r\n' }), never), null)
  const [received] = server.mails
  assert(received)
  assert.deepEqual(received.to, ['ops@acme.example'])
  const names = received.mail.headers.map(({ key }) => key)
  assert(!names.some((name) => /bcc|evil/.test(name)), names.join())
  assert.match(received.mail.text ?? '', /^a\r?\n\.\r?\nRCPT TO:<evil@example\.com>/)
  assert.equal(server.mails.length, 1)
})

test('a refusal says why, and whether it is for ever', async (t) => {
  const { server, smtp } = await open(t)
  const refused = async (behaviour: typeof server.behaviour) => {
    server.behaviour = behaviour
    return await smtp.send(mail(), never)
  }
  const unknown = { code: 550, text: '5.1.1 no such user' }
  const later = { code: 451, text: '4.7.1 greylisted' }
  const answered = 'the mail server answered: '
  for (const [behaviour, error, permanent] of [
    [{ recipient: unknown }, `${answered}550 5.1.1 no such user`, true],
    [{ recipient: later }, `${answered}451 4.7.1 greylisted`, false],
    [{ message: unknown }, `${answered}550 5.1.1 no such user`, true],
    [{ message: later }, `${answered}451 4.7.1 greylisted`, false],
    // What these mean is the operator's to find out, and to mend.
    [{ sender: unknown }, 'the mail server did not take it', false],
    [{ connect: { code: 554, text: 'go away' } }, 'the mail server did not take it', false],
    [{ message: 'drop' }, 'the mail server cannot be reached', false],
    [{ connect: 'drop' }, 'the mail server cannot be reached', false],
  ] as const) {
    const failure = await refused(behaviour)
    assert.deepEqual([failure?.error, failure?.permanent], [error, permanent], JSON.stringify(behaviour))
    assert(failure && failure.detail !== '' && !failure.detail.includes('\n'))
  }
  assert.equal(server.mails.length, 0)
})

test('a server that does not answer is given up when the caller says so', async (t) => {
  const { server, smtp } = await open(t)
  for (const behaviour of [{ connect: 'hang' }, { recipient: 'hang' }, { message: 'hang' }] as const) {
    server.behaviour = behaviour
    const failure = await smtp.send(mail(), AbortSignal.timeout(200))
    assert.equal(failure?.error, 'the mail server did not answer in time', JSON.stringify(behaviour))
  }
})

test('a server that is not there is a failure like any other', async () => {
  const listener = createServer()
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as { port: number }
  await new Promise((resolve) => listener.close(resolve))
  const failure = await smtpTo(`smtp://127.0.0.1:${port}`).send(mail(), never)
  assert.equal(failure?.error, 'the mail server cannot be reached')
  assert.match(failure?.detail ?? '', /ECONNREFUSED/)
})

test('a password is never sent without TLS, nor to a server whose certificate is not to be trusted', async (t) => {
  for (const [options, reason] of [
    [{ login }, /STARTTLS/],
    [{ login, tls: selfSignedCertificate('127.0.0.1') }, /self-signed certificate/],
  ] as const) {
    const { server, smtp } = await open(t, options)
    const failure = await smtp.send(mail(), never)
    assert.match(failure?.detail ?? '', reason)
    assert.equal(failure?.permanent, false)
    assert.deepEqual([server.passwords, server.mails], [[], []])
  }
})

test('over TLS the sign-in is made, and what a server repeats of it is not told', async (t) => {
  const tls = selfSignedCertificate('127.0.0.1')
  const trusted = getCACertificates('default')
  setDefaultCACertificates([tls.cert])
  t.after(() => setDefaultCACertificates(trusted))
  for (const secure of [false, true]) {
    const server = await TestMailServer.start(t, { login, tls, secure })
    const urlFor = (password: string) =>
      `${secure ? 'smtps' : 'smtp'}://${encodeURIComponent(login.user)}:${encodeURIComponent(password)}@127.0.0.1:${server.port}`
    assert.equal(await smtpTo(urlFor(login.password)).send(mail(), never), null)
    assert.deepEqual([server.mails.length, server.passwords], [1, [login.password]])
    const failure = await smtpTo(urlFor('mistaken')).send(mail(), never)
    assert.deepEqual([failure?.error, failure?.permanent], ['the mail server refused the sign-in', false])
    assert.match(failure?.detail ?? '', /not you, atlas@example\.com, with ••••/)
    server.behaviour = { recipient: { code: 550, text: `no, ${Buffer.from(login.password).toString('base64')}` } }
    const repeated = await smtpTo(urlFor(login.password)).send(mail(), never)
    assert.equal(repeated?.error, 'the mail server answered: 550 no, ••••')
  }
})
