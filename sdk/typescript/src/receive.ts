import type { CloudEvent } from './event.ts'
import { secretList } from './hmac.ts'
import { BodyTooLargeError, type NodeRequest, readFetchBody, readNodeBody } from './request-body.ts'
import type { RequestHeaders } from './signature.ts'
import { VerificationError } from './verification-error.ts'
import { type RawBody, type VerifyOptions, verify, verifyBatch } from './verify.ts'
import type { WebhookEvent } from './webhook-event.ts'

export interface ReceiveOptions {
  /** See `verify`. */
  readonly tolerance?: number | undefined
  /** How many bytes a body may have: 2 MiB unless set. */
  readonly bodyLimit?: number | undefined
}

/** What is used of a response of Node.js. */
export interface NodeResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body?: string): unknown
}

/** What is used of Fastify. */
export interface FastifyLike {
  removeAllContentTypeParsers(): unknown
  addContentTypeParser(
    type: string,
    options: { parseAs: 'buffer' },
    parser: (request: unknown, body: Uint8Array, done: (error: null, body: Uint8Array) => void) => void,
  ): unknown
  post(
    path: string,
    options: { bodyLimit: number },
    handler: (
      request: { readonly headers: NodeRequest['headers']; readonly body: unknown },
      reply: { code(status: number): { send(body?: object): unknown } },
    ) => Promise<unknown>,
  ): unknown
}

/**
 * Receives webhooks in whatever a server is made with: 204 once the event was handled, 400 for a request that is not
 * genuine, 413 for one that is too large. What the handler throws goes on to the framework, whose 500 makes Atlas send
 * the event again later.
 */
export interface Receiver {
  /** For what speaks fetch: Hono (`(c) => receiver.fetch(c.req.raw)`), Next.js (`export const POST = …`), Deno, Bun. */
  readonly fetch: (request: Request) => Promise<Response>
  /** For Express, ahead of `express.json()`; without `next` for `node:http` and for pages of Next.js. */
  readonly express: (request: NodeRequest, response: NodeResponse, next?: (error: unknown) => void) => Promise<void>
  /** A plugin of Fastify: `app.register(receiver.fastify('/hook'))`. Other routes parse bodies as before. */
  readonly fastify: (path: string) => (app: FastifyLike) => Promise<void>
}

/**
 * Receives requests with one event each. Secrets are those of the endpoint: several while they change. TypeError, at once,
 * when one of them is none, such as a variable of the environment that is not set.
 */
export function receive(
  secrets: string | readonly string[],
  handle: (event: WebhookEvent) => unknown,
  options: ReceiveOptions = {},
): Receiver {
  const list = secretList(secrets)
  return receiver(async (body, headers) => handle(await verify(body, headers, list, timing(options))), options)
}

/** Receives requests with a batch of CloudEvents each. */
export function receiveBatch<Data = unknown>(
  secrets: string | readonly string[],
  handle: (events: CloudEvent<Data>[]) => unknown,
  options: ReceiveOptions = {},
): Receiver {
  const list = secretList(secrets)
  return receiver(
    async (body, headers) => handle(await verifyBatch<Data>(body, headers, list, timing(options))),
    options,
  )
}

function timing({ tolerance }: ReceiveOptions): VerifyOptions {
  return { tolerance }
}

type Work = (body: RawBody, headers: RequestHeaders) => Promise<unknown>

interface Refusal {
  readonly status: number
  readonly body: { readonly code: string; readonly detail: string }
}

function receiver(work: Work, { bodyLimit = 2 * 1024 * 1024 }: ReceiveOptions): Receiver {
  return {
    async fetch(request) {
      const refusal = await refusalOf(async () => work(await readFetchBody(request, bodyLimit), request.headers))
      return refusal ? Response.json(refusal.body, { status: refusal.status }) : new Response(null, { status: 204 })
    },
    async express(request, response, next) {
      try {
        const refusal = await refusalOf(async () => work(await readNodeBody(request, bodyLimit), request.headers))
        response.statusCode = refusal?.status ?? 204
        if (refusal) response.setHeader('content-type', 'application/json')
        response.end(refusal ? JSON.stringify(refusal.body) : undefined)
      } catch (error) {
        if (!next) throw error
        next(error)
      }
    },
    fastify: (path) => async (app) => {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
      app.post(path, { bodyLimit }, async ({ headers, body }, reply) => {
        const refusal = await refusalOf(() => work((body ?? '') as RawBody, headers))
        return reply.code(refusal?.status ?? 204).send(refusal?.body)
      })
    },
  }
}

/** Does the work; null, or why the request is refused. */
async function refusalOf(work: () => Promise<unknown>): Promise<Refusal | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (error instanceof VerificationError) return { status: 400, body: { code: error.code, detail: error.message } }
    if (error instanceof BodyTooLargeError) return { status: 413, body: { code: 'too_large', detail: error.message } }
    throw error
  }
}
