import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem, type ProblemCode } from '../errors.ts'
import type { WorkspaceConfiguration } from '../pipeline/configuration.ts'
import type { Access, Admission, Demand } from './access.ts'
import { type Body, ordinaryBodyBytes } from './body.ts'
import { safetyHeaders } from './failure.ts'
import { hideAuditStream } from './portal-access.ts'
import type { Answer, Connecting, Route } from './route.ts'
import type { Upgrades } from './upgrade.ts'
import { createValidator, invalid, type Validator } from './validation.ts'

declare module 'fastify' {
  interface FastifyRequest {
    admission: Admission | null
  }
  interface FastifyContextConfig {
    route?: Route
  }
}

const noBytes = Buffer.alloc(0)
const refusals: ReadonlySet<ProblemCode> = new Set(['unauthorized', 'forbidden', 'not_found'])

/** Makes Fastify serve the table: access before the body is read, then validation of all parts, then the handler. */
export function registerRoutes(
  app: FastifyInstance,
  routes: readonly Route[],
  access: Access,
  upgrades: Upgrades,
): void {
  app.decorateRequest('admission', null)
  for (const route of routes) {
    const namesWorkspace = route.path.includes('{workspace}')
    const serve = createHandler(route)
    const demand = demandOf(route)
    app.route({
      method: route.method,
      url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      bodyLimit: route.bodyLimit ?? ordinaryBodyBytes,
      config: { route },
      ...(demand !== null && {
        onRequest: (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void) => {
          const workspace = namesWorkspace ? ((request.params as { workspace: string }).workspace ?? '') : null
          const admission = access.admit(request.headers, demand, workspace)
          const admit = (admitted: Admission) => {
            request.admission = admitted
            done()
          }
          if (admission instanceof Promise) admission.then(admit, done)
          else admit(admission)
        },
      }),
      // Of an answer that is sent at once nothing is given back: Fastify would wait for it although it is sent.
      handler: async (request, reply) => {
        if (route.connect && upgrades.asks(request)) {
          await route.connect(connecting(route, request, reply, access, upgrades))
          return reply
        }
        const answer = await serve(request)
        send(reply, answer)
        return answer.stream && reply
      },
    })
  }
}

/** null: the route is everybody's. */
function demandOf({ scope, role, method, connect, portal }: Route): Demand | null {
  // A page of another site can open a WebSocket here, with the cookies of who looks at it.
  const isWrite = method !== 'GET' || connect !== undefined
  return scope === 'public' ? null : { scope, role, isWrite, portal: portal === true }
}

function createHandler(route: Route): (request: FastifyRequest) => Promise<Answer> {
  const query = route.query ? createValidator('query', route.query) : null
  const body = route.body ? createValidator('body', route.body) : null
  return (request) => {
    const sent = (request.body ?? null) as Body | null
    const given = request.query as Record<string, unknown>
    if (query) query.check(given, request.url.length)
    else refuseFields(given, 'takes no query')
    const value = checkBody(body, sent)
    if (request.admission) hideAuditStream(request.admission, request.params as { endpoint?: string })
    return route.handle({
      caller: request.admission?.caller ?? { kind: 'operator' },
      workspace: request.admission?.workspace ?? null,
      params: request.params as Record<string, string>,
      query: given,
      body: value,
      raw: sent?.raw ?? noBytes,
      text: sent?.text ?? '',
      header: (name: string) => headerOf(request, name),
      ip: request.ip,
    } as never)
  }
}

function connecting(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  access: Access,
  upgrades: Upgrades,
): Connecting {
  const { admission, headers, ip } = request
  const { workspace } = request.params as { workspace: string }
  const demand = demandOf(route)
  if (admission === null || demand === null) throw new Error('a WebSocket was asked for by nobody')
  return {
    caller: admission.caller,
    workspace: admission.workspace as WorkspaceConfiguration,
    ip,
    header: (name) => headerOf(request, name),
    async stillAdmitted() {
      try {
        await access.admit(headers, demand, workspace)
        return true
      } catch (error) {
        // While the database is away nobody knows better.
        return !(error instanceof Problem && refusals.has(error.code))
      }
    },
    upgrade: () => upgrades.take(request, reply),
  }
}

function checkBody(validator: Validator | null, sent: Body | null): unknown {
  if (validator === null) {
    if (sent !== null) refuseFields(sent.value, 'takes no body')
    return undefined
  }
  if (sent !== null) {
    validator.check(sent.value, sent.raw.length)
    return sent.value
  }
  const nothing = {}
  if (validator.accepts(nothing)) return nothing
  throw new Problem('malformed_json', 'The body is empty; this route needs a JSON object.')
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const found = headers[name]
  return typeof found === 'string' ? found : undefined
}

/** A route without parameters takes none: a misspelt or misplaced one must not look as if it had worked. */
function refuseFields(value: unknown, rule: string): void {
  if (typeof value !== 'object' || value === null) throw invalid([{ path: '', message: rule }])
  const names = Object.keys(value)
  if (names.length > 0)
    throw invalid(names.slice(0, 100).map((path) => ({ path, message: `is not known: the route ${rule}` })))
}

function send(reply: FastifyReply, answer: Answer): void {
  reply.code(answer.status).headers(safetyHeaders)
  if (answer.headers) reply.headers(answer.headers)
  if (answer.stream !== undefined) {
    reply.type(answer.mediaType ?? 'application/octet-stream').send(Readable.from(answer.stream))
  } else if (answer.text !== undefined) {
    reply.type(answer.mediaType ?? 'application/json; charset=utf-8').send(answer.text)
  } else if (answer.body === undefined) reply.send()
  else reply.type('application/json; charset=utf-8').send(JSON.stringify(answer.body))
}
