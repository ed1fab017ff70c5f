import assert from 'node:assert/strict'
import type { TestAnswer, TestServer } from './server.ts'
import { totp } from './totp.ts'

type Server = Pick<TestServer, 'request' | 'url'>

/** Somebody with a browser: what the server sets as cookies is sent with the next request. */
export class Person {
  readonly #server: Server
  readonly #cookies = new Map<string, string>()
  /** The last `set-cookie`. */
  setCookie = ''

  constructor(server: Server) {
    this.#server = server
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<TestAnswer> {
    const { url } = this.#server
    const sent = { origin: url, cookie: this.cookie, ...headers }
    const answer = await this.#server.request(method, path, {
      key: null,
      ...(body !== undefined && { body }),
      headers: sent,
    })
    for (const line of answer.headers.getSetCookie()) {
      this.setCookie = line
      const [name = '', value = ''] = (line.split(';', 1)[0] ?? '').split('=', 2)
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return answer
  }

  async signOut(): Promise<void> {
    assert.equal((await this.request('POST', '/auth/sign-out', {})).status, 200)
  }
}

/** The people of a test. */
export class People {
  readonly password = 'correct horse battery'
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
  }

  /** Invites somebody, who makes an account and signs in. */
  async join(workspacePath: string, email: string, role: string): Promise<Person> {
    const invited = await this.#server.request('POST', `${workspacePath}/invitations`, { body: { email, role } })
    assert.equal(invited.status, 201, invited.text)
    const token = new URL(invited.json.url).hash.replace('#token=', '')
    const body = { token, name: email.split('@')[0], password: this.password }
    const accepted = await this.#server.request('POST', '/v1/invitations/accept', { key: null, body })
    assert.equal(accepted.status, 204, accepted.text)
    const { person, status, text } = await this.signIn(email)
    assert.equal(status, 200, text)
    return person
  }

  async signIn(
    email: string,
    password = this.password,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<TestAnswer & { person: Person }> {
    const person = new Person(this.#server)
    return { ...(await person.request('POST', '/auth/sign-in/email', { email, password }, headers)), person }
  }

  /** Sets up a second factor; `code` gives what the app shows now. */
  async addSecondFactor(
    person: Person,
    password = this.password,
  ): Promise<{ code: () => string; backupCodes: readonly string[] }> {
    const { json, text } = await person.request('POST', '/auth/two-factor/enable', { password })
    assert(json.totpURI, text)
    const secret = new URL(json.totpURI).searchParams.get('secret') ?? ''
    const code = () => totp(secret)
    const verified = await person.request('POST', '/auth/two-factor/verify-totp', { code: code() })
    assert.equal(verified.status, 200, verified.text)
    return { code, backupCodes: json.backupCodes }
  }

  /** null: the link is not valid. */
  async signInByLink(token: string): Promise<Person | null> {
    const person = new Person(this.#server)
    const { status } = await person.request('GET', `/auth/magic-link/verify?token=${token}`)
    return status === 200 ? person : null
  }
}
