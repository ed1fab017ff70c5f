import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { testOperatorKey } from './server.ts'

// Tests read frames whose form is what they test.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Frame = any

interface Place {
  /** Of the server. */
  readonly url: string
  /** The path of the workspace. */
  readonly workspace: string
}

const patience = 20_000

/** A CLI's end of a tunnel that says what a test wants it to say, right or wrong. */
export class TunnelClient {
  readonly socket: WebSocket
  /** Every frame that came. */
  readonly frames: Frame[] = []
  readonly #read = new Set<Frame>()
  readonly #watchers = new Set<() => void>()
  readonly closed: Promise<number>

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)))
      for (const look of this.#watchers) look()
    })
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => socket.once('close', resolve))
  }

  /** Connects, and says nothing yet. */
  static async connect(
    t: TestContext,
    { url, workspace }: Place,
    { key = testOperatorKey, protocol = 'atlas-tunnel.v1' }: { key?: string | null; protocol?: string } = {},
  ): Promise<TunnelClient> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}${workspace}/tunnel`, protocol, {
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
    })
    const client = new TunnelClient(socket)
    t.after(() => socket.terminate())
    const refused = new Promise<never>((_, reject) => {
      socket.on('unexpected-response', (_request, response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text
        })
        response.on('end', () => reject(Object.assign(new Error(body), { status: response.statusCode, body })))
      })
    })
    await Promise.race([once(socket, 'open'), refused])
    return client
  }

  /** Connects and says hello; gives itself and what it was told. */
  static async open(
    t: TestContext,
    place: Place,
    hello: Readonly<Record<string, unknown>> = {},
  ): Promise<TunnelClient & { welcome: Frame }> {
    const client = await TunnelClient.connect(t, place)
    client.hello(hello)
    const welcome = await client.next(({ type }) => type === 'welcome' || type === 'problem')
    if (welcome.type === 'problem') throw new Error(JSON.stringify(welcome))
    return Object.assign(client, { welcome })
  }

  hello(given: Readonly<Record<string, unknown>> = {}): void {
    const forward = 'http://localhost:3000/'
    this.say({ type: 'hello', client: 'c'.repeat(32), name: 'ada@laptop', forward_to: forward, ...given })
  }

  say(frame: Readonly<Record<string, unknown>>): void {
    this.socket.send(JSON.stringify(frame))
  }

  respond(request: Frame, status = 200, more: Readonly<Record<string, unknown>> = {}): void {
    this.say({ type: 'response', id: request.id, status, headers: {}, body: 'ok', truncated: false, ...more })
  }

  /** The next frame that nobody has read so far and that is wanted, as soon as it comes. */
  async next(wanted: (frame: Frame) => boolean = () => true): Promise<Frame> {
    return await new Promise((resolve, reject) => {
      const look = (): void => {
        const frame = this.frames.find((each) => !this.#read.has(each) && wanted(each))
        if (!frame) return
        this.#read.add(frame)
        this.#watchers.delete(look)
        clearTimeout(timer)
        resolve(frame)
      }
      const timer = setTimeout(() => {
        this.#watchers.delete(look)
        reject(new Error(`no such frame; there were ${JSON.stringify(this.frames).slice(0, 2_000)}`))
      }, patience)
      this.#watchers.add(look)
      look()
    })
  }

  /** The next request. */
  async request(): Promise<Frame> {
    return await this.next(({ type }) => type === 'request')
  }

  /** Answers every request from now on. */
  answerAll(status = 200): void {
    const answer = (frame: Frame): void => {
      if (frame.type !== 'request' || this.#read.has(frame)) return
      this.#read.add(frame)
      this.respond(frame, status)
    }
    for (const frame of this.frames) answer(frame)
    this.socket.on('message', (data) => {
      const { id } = JSON.parse(String(data))
      const frame = this.frames.find((each) => each.type === 'request' && each.id === id)
      if (frame) answer(frame)
    })
  }

  /** Says goodbye. */
  async leave(): Promise<void> {
    this.socket.close(1000)
    await this.closed
  }

  /** Goes without a word. */
  drop(): void {
    this.socket.terminate()
  }
}
