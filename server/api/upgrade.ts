import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type WebSocket, WebSocketServer } from 'ws'

interface Pending {
  readonly socket: Duplex
  readonly head: Buffer
  readonly response: ServerResponse
}

// What a CLI says of a response: 16 KiB of headers and of a body, each byte of which may take six as JSON.
const mostFrameBytes = 256 * 1024
const closeTimeout = 2_000

/**
 * Requests for a WebSocket. They walk the same way as all others, through the hooks and with them through access, to the
 * handler of their route, which takes the socket or throws a problem, which is answered as ever.
 */
export class Upgrades {
  readonly #pending = new WeakMap<IncomingMessage, Pending>()
  readonly #sockets = new Set<Duplex>()
  readonly #server = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false },
    ...{ maxPayload: mostFrameBytes, closeTimeout },
  })

  constructor(app: FastifyInstance) {
    app.server.on('upgrade', (request, socket, head) => this.#route(app, request, socket, head))
  }

  /** Whether the request asks for a WebSocket where there is one. */
  asks({ raw }: FastifyRequest): boolean {
    return this.#pending.has(raw)
  }

  /** Answers 101. null: the request is not what WebSocket asks for, which is answered too. */
  take({ raw }: FastifyRequest, reply: FastifyReply): WebSocket | null {
    const pending = this.#pending.get(raw)
    if (!pending) return null
    const { socket, head, response } = pending
    reply.hijack()
    response.detachSocket(socket as Socket)
    let taken: WebSocket | null = null
    this.#server.handleUpgrade(raw, socket, head, (webSocket) => {
      taken = webSocket
    })
    return taken
  }

  /** Ends every connection. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #route(app: FastifyInstance, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    // Whoever goes away in the meantime must not take the node with them.
    socket.on('error', () => socket.destroy())
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket as Socket)
    response.once('finish', () => socket.end())
    this.#pending.set(request, { socket, head, response })
    app.routing(request, response)
  }
}
