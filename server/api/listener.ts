import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { BaseLogger } from 'pino'
import type { Histogram } from 'prom-client'
import { Problem } from '../errors.ts'
import type { Access } from './access.ts'
import { readBody } from './body.ts'
import type { Dashboard } from './dashboard.ts'
import { rawResponse, sendProblem, toProblem } from './failure.ts'
import { registerRoutes } from './register.ts'
import type { Route } from './route.ts'
import type { SignIn } from './sign-in.ts'
import { serveSignIn } from './sign-in-route.ts'
import { Upgrades } from './upgrade.ts'
import { pathOf } from './url-path.ts'

export interface ListenerOptions {
  readonly routes: readonly Route[]
  readonly access: Access
  /** null: this node shows none. */
  readonly dashboard: Dashboard | null
  /** null: nobody signs in at this node. */
  readonly signIn: SignIn | null
  readonly log: BaseLogger
  /** With the labels method, route and status; in seconds. */
  readonly durations: Histogram<'method' | 'route' | 'status'>
  /** For a whole request to arrive, and for its headers. Milliseconds. */
  readonly requestTimeoutMs?: number
  readonly headersTimeoutMs?: number
}

const maxHeaderBytes = 16_384
const retryWhileDrainingSeconds = 2

/** The HTTP side of a node. */
export class Listener {
  readonly #app: FastifyInstance
  readonly #upgrades: Upgrades
  readonly #log: BaseLogger
  #draining = false
  #inFlight = 0
  #onIdle: (() => void) | null = null

  constructor(options: ListenerOptions) {
    this.#log = options.log
    this.#app = createApp(options)
    const app = this.#app
    this.#upgrades = new Upgrades(app)
    const allowed = methodsByPath(options.routes)
    const { dashboard } = options
    app.addHook('onRequest', (request, reply, done) => {
      if (!this.#upgrades.asks(request)) this.#count(reply)
      if (request.is404 && dashboard?.isAskedBy(request)) dashboard.answer(request, reply)
      else if (request.is404) done(unknownRoute(request, reply, allowed))
      else if (this.#draining && request.routeOptions.config.route?.scope !== 'public') done(shuttingDown())
      else done()
    })
    app.addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.config.route?.path ?? 'none'
      options.durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
      done()
    })
    dashboard?.serveAssets(app)
    if (options.signIn) serveSignIn(app, options.signIn)
    registerRoutes(app, options.routes, options.access, this.#upgrades)
  }

  /** Starts to listen; port 0 is any free one. Gives the port. */
  async listen(host: string, port: number): Promise<number> {
    await this.#app.listen({ host, port })
    return (this.#app.server.address() as AddressInfo).port
  }

  /**
   * From now on API requests are answered with 503, while health and metrics still are. Resolves when the requests
   * that were in flight are answered, or after the time given.
   */
  async drain(withinMs: number): Promise<void> {
    this.#draining = true
    this.#app.server.closeIdleConnections()
    if (this.#inFlight === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onIdle = resolve
    const timer = setTimeout(resolve, withinMs)
    await promise
    clearTimeout(timer)
    if (this.#inFlight > 0) this.#log.warn({ requests: this.#inFlight }, 'requests were still in flight')
  }

  get draining(): boolean {
    return this.#draining
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    this.#draining = true
    const closed = this.#app.close()
    this.#upgrades.close()
    this.#app.server.closeAllConnections()
    await closed
  }

  // 'close' comes for every response, also for one whose client went away before it was finished.
  #count(reply: FastifyReply): void {
    this.#inFlight += 1
    reply.raw.once('close', () => {
      this.#inFlight -= 1
      if (this.#inFlight === 0) this.#onIdle?.()
    })
  }
}

function createApp(options: ListenerOptions): FastifyInstance {
  const { log } = options
  const webSockets = options.routes.filter(({ connect }) => connect).map(({ path }) => patternOf(path))
  const app = fastify({
    // A request that arrives a byte at a time must not hold a connection for ever.
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    connectionTimeout: 75_000,
    keepAliveTimeout: 60_000,
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: options.headersTimeoutMs ?? 15_000,
      connectionsCheckingInterval: Math.min(5_000, options.headersTimeoutMs ?? 5_000),
      // All others go on as if nobody had asked, such as those of curl that offer HTTP/2.
      shouldUpgradeCallback: ({ headers, url = '' }) =>
        headers.upgrade?.toLowerCase() === 'websocket' && webSockets.some((pattern) => pattern.test(pathOf(url))),
    },
    routerOptions: { maxParamLength: 256 },
    // Ours answers while draining, as problem details.
    return503OnClosing: false,
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply as unknown as FastifyReply, toProblem(error, log))
    },
    clientErrorHandler: (error, socket) => {
      if (socket.writable && error.code !== 'ECONNRESET') socket.end(rawResponse(error))
      else socket.destroy()
    },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, raw, done) => {
    try {
      if (request.headers['content-encoding'] !== undefined) {
        throw new Problem('unsupported_media_type', 'Send the body without Content-Encoding.')
      }
      done(null, readBody(raw as Buffer))
    } catch (error) {
      done(error as Error)
    }
  })
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, toProblem(error, log)))
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, nothingThere()))
  return app
}

function shuttingDown(): Problem {
  return new Problem('shutting_down', 'This node is shutting down; try again, another one or a new one will answer.', {
    retryAfterSeconds: retryWhileDrainingSeconds,
  })
}

interface PathMethods {
  readonly pattern: RegExp
  readonly methods: readonly string[]
}

function methodsByPath(routes: readonly Route[]): PathMethods[] {
  const byPath = Map.groupBy(routes, (route) => route.path)
  return [...byPath].map(([path, ofPath]) => {
    const methods = ofPath.map((route) => route.method as string)
    return { pattern: patternOf(path), methods: methods.includes('GET') ? ['HEAD', ...methods] : methods }
  })
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`)
}

function unknownRoute(request: FastifyRequest, reply: FastifyReply, paths: readonly PathMethods[]): Problem {
  const path = pathOf(request.url)
  const methods = paths.filter(({ pattern }) => pattern.test(path)).flatMap((known) => known.methods)
  if (methods.length === 0) return nothingThere()
  reply.header('allow', methods.join(', '))
  return new Problem('method_not_allowed', `This path supports ${methods.join(', ')}.`)
}

function nothingThere(): Problem {
  return new Problem('not_found', 'There is nothing at this path; /docs lists what there is.')
}
