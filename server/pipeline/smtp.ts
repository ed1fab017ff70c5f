import { createTransport } from 'nodemailer'
import type { Mailbox } from '../domain/mail-address.ts'
import type { MailServer } from '../domain/mail-server.ts'
import { mask } from '../domain/mask.ts'

export interface OutgoingMail {
  /** A UUID. The same mail sent again has the same Message-ID. */
  readonly id: string
  readonly address: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Why a mail was not sent. */
export interface MailFailure {
  /** For the people of the workspace: nothing about the operator's mail server that it does not say itself about them. */
  readonly error: string
  /** For the operator's log. */
  readonly detail: string
  /** The server will never take it. */
  readonly permanent: boolean
}

/** What nodemailer's errors say beside their message. */
interface MailError {
  readonly code?: unknown
  readonly command?: unknown
  readonly response?: unknown
  readonly permanent?: unknown
}

const longestAnswer = 300
const setupTimeout = 15_000
const idleTimeout = 20_000

/** Sends mails, each on a connection of its own. */
export class Smtp {
  readonly #transport: ReturnType<typeof createTransport>
  readonly #from: Mailbox
  readonly #secrets: readonly string[]

  constructor({ host, port, secure, login }: MailServer, from: Mailbox) {
    this.#from = from
    this.#secrets = login ? secretsOf(login.user, login.password) : []
    this.#transport = createTransport({
      ...{ host, port, secure, name: domainOf(from.address) },
      ...(login && { auth: { user: login.user, pass: login.password } }),
      // What an eavesdropper could use is not sent without TLS, even if the server, or who claims to be it, offers none.
      requireTLS: login !== null && !secure,
      connectionTimeout: setupTimeout,
      greetingTimeout: setupTimeout,
      socketTimeout: idleTimeout,
      socketCloseTimeout: 0,
      maxResponseSize: 64 * 1024,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  }

  /** Null: the server has taken it. It never rejects; an abort is a failure like any other. */
  async send({ id, address, subject, text, html }: OutgoingMail, signal: AbortSignal): Promise<MailFailure | null> {
    try {
      await this.#transport.sendMail({
        from: { name: this.#from.name, address: this.#from.address },
        to: { name: '', address },
        envelope: { from: this.#from.address, to: [address] },
        messageId: `<${id}@${domainOf(this.#from.address)}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        ...{ subject, text, html, signal },
      })
      return null
    } catch (error) {
      return this.#judge(error as Error & MailError)
    }
  }

  #judge({ message, code, command, response, permanent }: Error & MailError): MailFailure {
    const answer = typeof response === 'string' ? this.#harmless(response) : null
    const detail = this.#harmless(message)
    // A refused sender is the operator's to mend, and the mail can go then.
    const final = permanent === true && (code === 'EMESSAGE' || command === 'RCPT TO' || command === 'DATA')
    const aboutMail = (code === 'EENVELOPE' || code === 'EMESSAGE') && command !== 'MAIL FROM'
    if (aboutMail && answer !== null) return { error: `the mail server answered: ${answer}`, detail, permanent: final }
    return { error: faults[String(code)] ?? 'the mail server did not take it', detail, permanent: false }
  }

  /** On one line, bounded, without what we signed in with, should the server have repeated it. */
  #harmless(text: string): string {
    let harmless = text
    for (const secret of this.#secrets) harmless = harmless.replaceAll(secret, mask)
    return harmless
      .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
      .trim()
      .slice(0, longestAnswer)
      .toWellFormed()
  }
}

const unreachable = 'the mail server cannot be reached'
const faults: Readonly<Record<string, string>> = {
  EAUTH: 'the mail server refused the sign-in',
  ETIMEDOUT: 'the mail server did not answer in time',
  EABORT: 'the mail server did not answer in time',
  ETLS: 'there is no secure connection to the mail server',
  EDNS: unreachable,
  ESOCKET: unreachable,
  ECONNECTION: unreachable,
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}

/** The password, and the forms in which the sign-in sends it. */
function secretsOf(user: string, password: string): string[] {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  return [base64(`\0${user}\0${password}`), base64(password), password]
}
