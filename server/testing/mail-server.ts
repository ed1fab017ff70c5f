import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'
import type { TestCertificate } from './certificate.ts'
import { eventually } from './eventually.ts'

export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  /** As it came over the wire. */
  readonly raw: string
  readonly mail: Email
}

/** 'take': as a server should. 'drop': the connection breaks off. 'hang': no answer. Otherwise a refusal. */
export type Step = 'take' | 'drop' | 'hang' | { readonly code: number; readonly text: string }

export interface Behaviour {
  readonly connect?: Step
  readonly sender?: Step
  readonly recipient?: Step | ((address: string) => Step)
  /** Once the whole mail has arrived. 'take and drop': it is kept, but whoever sent it does not hear of that. */
  readonly message?: Step | 'take and drop'
}

export interface MailServerOptions {
  readonly port?: number
  /** Offers STARTTLS, or with `secure` begins with TLS. */
  readonly tls?: TestCertificate
  readonly secure?: boolean
  /** Wants this sign-in. */
  readonly login?: { readonly user: string; readonly password: string }
}

/** A real SMTP server that keeps what it takes, and misbehaves as a test wants it to. */
export class TestMailServer {
  behaviour: Behaviour = {}
  /** Connections that were made so far. */
  connections = 0
  /** Passwords that were sent to it. */
  readonly passwords: string[] = []
  readonly #server: SMTPServer
  readonly #received: ReceivedMail[] = []
  /** How often a whole mail has arrived, taken or not. */
  arrivals = 0

  private constructor({ tls, secure = false, login }: MailServerOptions) {
    const options: SMTPServerOptions = {
      ...(tls && { cert: tls.cert, key: tls.key }),
      secure,
      authOptional: !login,
      disabledCommands: [...(tls ? [] : ['STARTTLS']), ...(login ? [] : ['AUTH'])],
      // So that what a client would send without TLS is seen.
      allowInsecureAuth: true,
      disableReverseLookup: true,
      closeTimeout: 1,
      logger: false,
      onConnect: (session, done) => {
        this.connections++
        this.#step(this.behaviour.connect ?? 'take', session, done)
      },
      onAuth: ({ username, password }, _, done) => {
        this.passwords.push(password ?? '')
        if (login && username === login.user && password === login.password) done(null, { user: username })
        else done(refusal(535, `5.7.8 not you, ${username}, with ${password}`))
      },
      onMailFrom: (_, session, done) => this.#step(this.behaviour.sender ?? 'take', session, done),
      onRcptTo: ({ address }, session, done) => {
        const { recipient = 'take' } = this.behaviour
        this.#step(typeof recipient === 'function' ? recipient(address) : recipient, session, done)
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          this.arrivals++
          void this.#arrived(Buffer.concat(chunks), session, done)
        })
      },
    }
    this.#server = new SMTPServer(options)
    // A client that hangs up in the middle is part of the tests.
    this.#server.on('error', () => {})
  }

  /** Listens on 127.0.0.1 until the test is over, and takes everything until told otherwise. */
  static async start(t: TestContext, options: MailServerOptions = {}): Promise<TestMailServer> {
    const server = new TestMailServer(options)
    await new Promise<void>((resolve) => void server.#server.listen(options.port ?? 0, '127.0.0.1', resolve))
    t.after(() => server.stop())
    return server
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`
  }

  /** Everything that it took. */
  get mails(): readonly ReceivedMail[] {
    return this.#received
  }

  /** What it took of what is wanted, as soon as it is so many. */
  async waitFor(
    count: number,
    isWanted: (mail: ReceivedMail) => boolean = () => true,
  ): Promise<readonly ReceivedMail[]> {
    const wanted = () => this.#received.filter(isWanted)
    return await eventually(() => (wanted().length >= count ? wanted() : null), {
      describe: () => `${wanted().length} mails came instead of ${count}`,
    })
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(resolve))
    this.breakOff()
    await closed
  }

  /** Breaks off every connection. */
  breakOff(): void {
    for (const { _socket: socket } of this.#server.connections) socket.destroy()
  }

  async #arrived(raw: Buffer, session: SMTPServerSession, done: (error?: Error | null) => void): Promise<void> {
    const { message = 'take' } = this.behaviour
    if (message === 'take' || message === 'take and drop') {
      const { mailFrom, rcptTo } = session.envelope
      this.#received.push({
        from: mailFrom ? mailFrom.address : '',
        to: rcptTo.map(({ address }) => address),
        raw: raw.toString('latin1'),
        mail: await PostalMime.parse(raw),
      })
    }
    this.#step(message === 'take and drop' ? 'drop' : message, session, done)
  }

  #step(step: Step, { id }: SMTPServerSession, done: (error?: Error | null) => void): void {
    if (step === 'take') done()
    else if (step === 'drop') for (const each of this.#server.connections) each.id === id && each._socket.destroy()
    else if (step !== 'hang') done(refusal(step.code, step.text))
  }
}

function refusal(code: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode: code })
}
