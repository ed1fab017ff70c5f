import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'

/** Who is signed in at the provider. */
interface Claims {
  readonly sub: string
  readonly email: string
  readonly email_verified: boolean
  readonly name: string
}

interface Grant {
  readonly claims: Claims
  readonly challenge: string
  readonly redirectUri: string
  readonly nonce: string | null
}

const base64 = (value: object | Buffer) =>
  Buffer.from(Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString('base64url')

/** An OpenID provider whose only user agrees to everything. It checks what a client sends, as real ones do. */
export class TestOpenIdProvider {
  readonly clientId = 'atlas'
  readonly clientSecret = 'secret-of-the-client'
  /** Who signs in next. null: they refuse. */
  user: Claims | null = { sub: '1', email: 'ada@acme.example', email_verified: true, name: 'Ada' }
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  readonly #grants = new Map<string, Grant>()
  #issuer = ''
  #server: Server | null = null

  /** Listens on 127.0.0.1 until the test is over. */
  static async start(t: TestContext): Promise<TestOpenIdProvider> {
    const provider = new TestOpenIdProvider()
    const port = await provider.listen(0)
    t.after(() => provider.stop())
    provider.#issuer = `http://127.0.0.1:${port}`
    return provider
  }

  /** Comes back at the port that `stop` gave. */
  async listen(port: number): Promise<number> {
    this.#server = createServer((request, response) => {
      this.#answer(request).then(
        ({ status, location, json }) => {
          response.writeHead(status, { 'content-type': 'application/json', ...(location && { location }) })
          response.end(json === undefined ? '' : JSON.stringify(json))
        },
        (error: unknown) => response.writeHead(400).end(JSON.stringify({ error: String(error) })),
      )
    })
    const server = this.#server
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  /** Is down from then on. Gives the port that it had. */
  async stop(): Promise<number> {
    const server = this.#server
    if (!server) return 0
    this.#server = null
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
    return port
  }

  /** What the server under test is configured with. */
  get env(): Readonly<Record<string, string>> {
    return {
      ATLAS_OIDC_ISSUER: this.#issuer,
      ATLAS_OIDC_CLIENT_ID: this.clientId,
      ATLAS_OIDC_CLIENT_SECRET: this.clientSecret,
      ATLAS_OIDC_NAME: 'Acme ID',
    }
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; location?: string; json?: object }> {
    const url = new URL(request.url ?? '/', this.#issuer)
    if (url.pathname === '/.well-known/openid-configuration') return { status: 200, json: this.#discovery() }
    if (url.pathname === '/keys') {
      const key = this.#keys.publicKey.export({ format: 'jwk' })
      return { status: 200, json: { keys: [{ ...key, kid: '1', alg: 'RS256', use: 'sig' }] } }
    }
    if (url.pathname === '/authorize') return { status: 302, location: this.#authorize(url.searchParams) }
    assert.equal(url.pathname, '/token')
    return { status: 200, json: this.#token(request, new URLSearchParams(await text(request))) }
  }

  #discovery(): object {
    const issuer = this.#issuer
    return {
      ...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
      ...{ jwks_uri: `${issuer}/keys`, id_token_signing_alg_values_supported: ['RS256'] },
      ...{ response_types_supported: ['code'], subject_types_supported: ['public'] },
    }
  }

  #authorize(asked: URLSearchParams): string {
    assert.equal(asked.get('client_id'), this.clientId)
    assert.equal(asked.get('code_challenge_method'), 'S256')
    const redirectUri = asked.get('redirect_uri') ?? ''
    const back = new URL(redirectUri)
    back.searchParams.set('state', asked.get('state') ?? '')
    if (this.user === null) back.searchParams.set('error', 'access_denied')
    else {
      const code = randomUUID()
      const challenge = asked.get('code_challenge') ?? ''
      this.#grants.set(code, { claims: this.user, challenge, redirectUri, nonce: asked.get('nonce') })
      back.searchParams.set('code', code)
    }
    return back.href
  }

  #token({ headers }: IncomingMessage, asked: URLSearchParams): object {
    const code = asked.get('code') ?? ''
    const grant = this.#grants.get(code)
    assert(grant, 'the code was not given, or was used')
    this.#grants.delete(code)
    const basic = Buffer.from(headers.authorization?.slice('Basic '.length) ?? '', 'base64').toString()
    const secret = asked.get('client_secret') ?? basic.split(':')[1]
    assert.equal(secret, this.clientSecret)
    assert.equal(asked.get('redirect_uri'), grant.redirectUri)
    const verifier = asked.get('code_verifier') ?? ''
    assert.equal(createHash('sha256').update(verifier).digest('base64url'), grant.challenge)
    return { access_token: 'opaque-access-token', token_type: 'Bearer', expires_in: 60, id_token: this.#idToken(grant) }
  }

  #idToken({ claims, nonce }: Grant): string {
    const now = Math.floor(Date.now() / 1_000)
    const body = { ...claims, iss: this.#issuer, aud: this.clientId, iat: now, exp: now + 60, ...(nonce && { nonce }) }
    const signed = `${base64({ alg: 'RS256', kid: '1' })}.${base64(body)}`
    return `${signed}.${base64(sign('RSA-SHA256', Buffer.from(signed), this.#keys.privateKey))}`
  }
}
