import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { TestCertificate } from './certificate.ts'

/** A request as it arrived, to the byte. */
export interface ReceivedRequest {
  /** In milliseconds, by the clock of `performance.now()`. */
  readonly at: number
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Names and values in turn, as they were sent. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

/** What the receiver does with a request once it has arrived. */
export type Behaviour = (response: ServerResponse, request: ReceivedRequest) => void

interface Watcher {
  readonly path: string | null
  readonly satisfied: (requests: readonly ReceivedRequest[]) => boolean
  readonly resolve: (requests: ReceivedRequest[]) => void
}

const patience = 60_000

/** A real HTTP server that keeps every request and misbehaves as a test wants it to. */
export class Receiver {
  readonly origin: string
  readonly #requests: ReceivedRequest[] = []
  readonly #behaviours = new Map<string, Behaviour>()
  #watchers: Watcher[] = []

  private constructor(server: Server, scheme: 'http' | 'https') {
    this.origin = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      // A sender that hangs up in the middle is part of the tests.
      request.on('error', () => {})
      response.on('error', () => {})
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => this.#received(request, Buffer.concat(chunks), response))
    })
  }

  /** Listens on a free port of 127.0.0.1 until the test is over; answers 200 until told otherwise. */
  static async start(t: TestContext, { tls }: { tls?: TestCertificate } = {}): Promise<Receiver> {
    const server = tls ? createHttpsServer(tls) : createHttpServer()
    server.keepAliveTimeout = 60_000
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    })
    return new Receiver(server, tls ? 'https' : 'http')
  }

  url(path = '/'): string {
    return this.origin + path
  }

  /** What happens to requests on this path from now on. */
  on(path: string, behaviour: Behaviour): void {
    this.#behaviours.set(path, behaviour)
  }

  /** Everything that arrived, on one path or on all. */
  requests(path: string | null = null): ReceivedRequest[] {
    return path === null ? [...this.#requests] : this.#requests.filter((request) => request.path === path)
  }

  /** Resolves with the requests on this path, or all, as soon as there are as many or the predicate holds. */
  async waitFor(
    wanted: number | ((requests: readonly ReceivedRequest[]) => boolean),
    path: string | null = null,
    within = patience,
  ): Promise<ReceivedRequest[]> {
    const satisfied = typeof wanted === 'number' ? (requests: readonly unknown[]) => requests.length >= wanted : wanted
    const arrived = this.requests(path)
    if (satisfied(arrived)) return arrived
    const { promise, resolve, reject } = Promise.withResolvers<ReceivedRequest[]>()
    this.#watchers.push({ path, satisfied, resolve })
    const timer = setTimeout(() => {
      const what = typeof wanted === 'number' ? `${wanted} requests` : 'the requests waited for'
      reject(new Error(`within ${within} ms ${what} did not come; ${this.requests(path).length} did`))
    }, within)
    return await promise.finally(() => clearTimeout(timer))
  }

  #received(message: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const { method = '', url: path = '', rawHeaders } = message
    const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]))
    const request = { at: performance.now(), method, path, headers, rawHeaders, body }
    this.#requests.push(request)
    const behaviour = this.#behaviours.get(path) ?? answer(200)
    behaviour(response, request)
    this.#tellWatchers(path)
  }

  #tellWatchers(path: string): void {
    if (this.#watchers.length === 0) return
    this.#watchers = this.#watchers.filter((watcher) => {
      if (watcher.path !== null && watcher.path !== path) return true
      const arrived = this.requests(watcher.path)
      if (!watcher.satisfied(arrived)) return true
      watcher.resolve(arrived)
      return false
    })
  }
}

export function answer(status: number, headers: Record<string, string> = {}, body: string | Buffer = ''): Behaviour {
  return (response) => void response.writeHead(status, headers).end(body)
}

/** Never answers. */
export const hang: Behaviour = () => {}

/** Answers when the test says so. */
export function gate(status = 200): { behaviour: Behaviour; open: () => void } {
  const opened = Promise.withResolvers<void>()
  return {
    behaviour: (response) => void opened.promise.then(() => response.writeHead(status).end()),
    open: opened.resolve,
  }
}

/** Sends the headers at once and then the body one byte at a time, for ever. */
export function drip(everyMs: number): Behaviour {
  return (response) => {
    response.writeHead(200)
    response.write('.')
    const timer = setInterval(() => response.write('.'), everyMs)
    response.once('close', () => clearInterval(timer))
  }
}

/** Breaks the connection off with a TCP reset. */
export const reset: Behaviour = (response) => void response.socket?.resetAndDestroy()

/** Sends headers and half of the body that they promise, then breaks off. */
export const breakOff: Behaviour = (response) => {
  response.writeHead(200, { 'content-length': '1000' })
  response.write('x'.repeat(500), () => response.socket?.destroy())
}

/** Sends a body of this many bytes as fast as it is taken. */
export function flood(bytes: number): Behaviour {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    const chunk = Buffer.alloc(65_536, 'x')
    let left = bytes
    const pump = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= chunk.length
        if (!response.write(chunk)) return void response.once('drain', pump)
      }
      response.end()
    }
    pump()
  }
}

/** Sends headers of this many bytes. */
export function manyHeaders(bytes: number): Behaviour {
  return (response) => {
    const headers: string[] = []
    for (let sent = 0; sent < bytes; sent += 1_000) headers.push(`x-${sent}`, 'x'.repeat(1_000))
    response.writeHead(200, headers).end()
  }
}

/** Sends something that is not HTTP. */
export const notHttp: Behaviour = (response) => void response.socket?.end('220 mail.example ESMTP\r\n')

/** Answers, and closes the connection that it promised to keep. */
export const closeKeptAlive: Behaviour = (response) => {
  const { socket } = response
  response.writeHead(200, { connection: 'keep-alive' }).end(() => socket?.end())
}
