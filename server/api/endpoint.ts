import { Type } from 'typebox'
import type { BuiltInAction } from '../domain/audit-actions.ts'
import { isAuditType, testAuditAction } from '../domain/audit-event.ts'
import type { Endpoint, EndpointStatus } from '../domain/endpoint.ts'
import type { Stream } from '../domain/event.ts'
import { isEventTypeName, testEventType } from '../domain/event-type.ts'
import { idPrefix } from '../domain/identifier.ts'
import { generateSecret, secretBytes } from '../domain/signature.ts'
import { Problem } from '../errors.ts'
import type { WorkspaceConfiguration } from '../pipeline/configuration.ts'
import { followAuditStream } from '../storage/audit-span.ts'
import {
  countEndpoints,
  deleteEndpoint,
  findEndpoint,
  insertEndpoint,
  listEndpoints,
  setEndpointStatus,
  updateEndpoint,
} from '../storage/endpoint.ts'
import { administer, changeConfiguration, type WorkspaceAsker } from './administration.ts'
import { showTest, TestAnswer } from './attempt-answer.ts'
import { endpointChanges, endpointSettings, endpointTarget } from './endpoint-audit.ts'
import {
  EndpointAnswer,
  EndpointChange,
  EndpointToCreate,
  judgeEndpoint,
  settingsOf,
  showEndpoint,
} from './endpoint-fields.ts'
import { conditionsOf } from './endpoint-status.ts'
import { illegalType, notFound, QueryReader, readId } from './field.ts'
import { pageOf, pageQuery, readPage, writePage } from './page.ts'
import { requireStream, seesStream } from './portal-access.ts'
import { created, defineRoute, noContent, ok, type Route } from './route.ts'
import { choice } from './schema.ts'
import type { Services } from './services.ts'
import { invalid } from './validation.ts'

const tag = 'Endpoints'
const collection = '/v1/workspaces/{workspace}/endpoints'
const one = '/v1/workspaces/{workspace}/endpoints/{endpoint}'
// Tests pass by the limits of dispatch, and each may hold a connection for as long as the endpoint's timeout.
const mostTestsAtOnce = 10
const nullMeansDefault = 'null sets a field back to its default.'

/** The actions that set the status. */
const actions = {
  pause: {
    status: 'paused',
    audit: 'webhook.paused',
    summary: 'Pause an endpoint',
    description: 'Events for it are held, and flow on resume.',
  },
  resume: {
    status: 'active',
    audit: 'webhook.resumed',
    summary: 'Resume an endpoint',
    description: 'What was held is delivered now.',
  },
  disable: {
    status: 'disabled',
    audit: 'webhook.disabled',
    summary: 'Disable an endpoint',
    description: 'No more events are queued for it.',
  },
  enable: {
    status: 'active',
    audit: 'webhook.enabled',
    summary: 'Enable an endpoint',
    description: 'Events are queued for it again.',
  },
} as const

export function endpointRoutes(services: Services): Route[] {
  return [...collectionRoutes(services), ...singleRoutes(services), ...actionRoutes(services), testRoute(services)]
}

function collectionRoutes(services: Services): Route[] {
  const { database, keyring } = services
  return [
    defineRoute({
      method: 'POST',
      path: collection,
      scope: 'manage',
      portal: true,
      tag,
      summary: 'Create an endpoint',
      description: `The secret is in this answer and never again. ${nullMeansDefault}`,
      body: EndpointToCreate,
      responses: {
        201: {
          description: 'The endpoint with its secret.',
          schema: Type.Intersect([EndpointAnswer, Type.Object({ secret: Type.String() })], { title: 'NewEndpoint' }),
        },
      },
      async handle(call) {
        const { body, workspace } = call
        const stream = body.stream ?? 'events'
        requireStream(call.caller, stream)
        const { faults, url = body.url } = await judgeEndpoint(body, services.targetPolicy)
        if (faults.length > 0) throw invalid(faults)
        const workspaceId = workspace.workspace.id
        const endpoint = newEndpoint(services, workspaceId, stream, settingsOf({ ...body, url }))
        await changeConfiguration(services, call, async (transaction, note) => {
          const most = services.config.maxEndpointsPerWorkspace
          if ((await countEndpoints(transaction, workspaceId)) >= most) {
            throw new Problem('conflict', `A workspace may have ${most} endpoints.`)
          }
          await insertEndpoint(transaction, endpoint, sealing(services))
          await followAuditStream(transaction, endpoint, null, endpoint.status)
          note({
            action: 'webhook.created',
            target: endpointTarget(endpoint),
            description: 'An endpoint was created.',
            metadata: endpointSettings(endpoint),
          })
        })
        return created({ ...showEndpoint(endpoint, {}), secret: endpoint.secret })
      },
    }),
    defineRoute({
      method: 'GET',
      path: collection,
      scope: 'read',
      portal: true,
      tag,
      summary: 'List endpoints',
      query: Type.Object(
        {
          ...pageQuery,
          stream: Type.Optional(choice(['events', 'audit'])),
          status: Type.Optional(choice(['active', 'paused', 'disabled'])),
          event_type: Type.Optional(
            Type.String({
              description:
                'Endpoints whose types take this one, such as deal.created. Their tags and filters may still leave some events out.',
            }),
          ),
        },
        { additionalProperties: false },
      ),
      responses: { 200: { description: 'A page of endpoints, newest first.', schema: pageOf(EndpointAnswer) } },
      async handle({ caller, query, workspace }) {
        const page = readPage(query)
        requireStream(caller, query.stream ?? 'events')
        const reader = new QueryReader()
        const eventType = reader.type('event_type', query.event_type)
        reader.finish()
        const window = {
          ids: eventType === null ? null : listenersOf(workspace, eventType),
          ...{ workspaceId: workspace.workspace.id, before: page.before, limit: page.limit + 1 },
          ...{ stream: query.stream ?? (seesStream(caller, 'audit') ? null : 'events'), status: query.status ?? null },
        }
        const endpoints = await listEndpoints(database, window, keyring)
        const conditions = await conditionsOf(database, endpoints)
        const rows = endpoints.map((endpoint, index) => ({ id: endpoint.id, endpoint, condition: conditions[index] }))
        return ok(writePage(rows, page, ({ endpoint, condition = {} }) => showEndpoint(endpoint, condition)))
      },
    }),
  ]
}

function singleRoutes(services: Services): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: one,
      scope: 'read',
      portal: true,
      tag,
      summary: 'Show an endpoint',
      responses: { 200: { description: 'The endpoint.', schema: EndpointAnswer } },
      async handle({ params, workspace }) {
        return ok(await show(services, await find(services, workspace, params.endpoint)))
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: one,
      scope: 'manage',
      portal: true,
      tag,
      summary: 'Change an endpoint',
      description: `The fields to change. ${nullMeansDefault} Deliveries that wait are sent to the endpoint as it is then.`,
      body: EndpointChange,
      responses: { 200: { description: 'The endpoint as it is now.', schema: EndpointAnswer } },
      async handle(call) {
        const { body, params, workspace } = call
        const known = await find(services, workspace, params.endpoint)
        requireNoTunnel(known, 'What it gets is said by its CLI.')
        const { faults, url } = await judgeEndpoint(body, services.targetPolicy, known)
        if (faults.length > 0) throw invalid(faults)
        if (Object.keys(body).length === 0) return ok(await show(services, known))
        const changed = await changeConfiguration(services, call, async (transaction, note) => {
          // Read again behind the lock, or of two changes at once one would be lost.
          const before = await findEndpoint(transaction, known.workspaceId, known.id, services.keyring)
          if (!before) return notFound('endpoint')
          const settings = settingsOf(url === undefined ? body : { ...body, url }, before)
          const after = { ...before, ...settings, updatedAt: services.now() }
          await updateEndpoint(transaction, after, sealing(services))
          note({
            action: 'webhook.updated',
            target: endpointTarget(after),
            description: 'The settings of an endpoint were changed.',
            metadata: endpointChanges(before, after),
          })
          return after
        })
        // With an order, a rate or without them, it may be another node that serves it from now on.
        if (changed.status === 'active') services.pipeline.wake([changed.id])
        return ok(await show(services, changed))
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: one,
      scope: 'manage',
      portal: true,
      tag,
      summary: 'Delete an endpoint',
      description: 'Deliveries that wait are canceled; its deliveries stay visible.',
      responses: { 204: { description: 'It is gone.' } },
      async handle(call) {
        const endpoint = await find(services, call.workspace, call.params.endpoint)
        const { id, workspaceId } = endpoint
        await changeConfiguration(services, call, async (transaction, note) => {
          const done = await deleteEndpoint(transaction, { workspaceId, id, now: services.now() })
          if (!done) notFound('endpoint')
          const target = endpointTarget(endpoint)
          note({ action: 'webhook.deleted', target, description: 'An endpoint was deleted.' })
        })
        return noContent()
      },
    }),
  ]
}

function actionRoutes(services: Services): Route[] {
  return Object.entries(actions).map(([action, { status, audit, summary, description }]) =>
    defineRoute({
      method: 'POST',
      path: `/v1/workspaces/{workspace}/endpoints/{endpoint}/${action as keyof typeof actions}`,
      scope: 'manage',
      portal: true,
      tag,
      summary,
      description,
      responses: { 200: { description: 'The endpoint as it is now.', schema: EndpointAnswer } },
      async handle(call) {
        const endpoint = await find(services, call.workspace, call.params.endpoint)
        if (action === 'enable') requireNoTunnel(endpoint, 'A tunnel is opened by its CLI.')
        if (endpoint.status === status) return ok(await show(services, endpoint))
        const changed = await setStatus(services, call, endpoint, status, audit)
        return ok(await show(services, changed))
      },
    }),
  )
}

function testRoute(services: Services): Route {
  const running = new Map<string, number>()
  const limited = async <Result>(workspaceId: string, work: () => Promise<Result>): Promise<Result> => {
    const others = running.get(workspaceId) ?? 0
    if (others >= mostTestsAtOnce) {
      const detail = `A workspace may have ${mostTestsAtOnce} tests under way.`
      throw new Problem('too_many_requests', detail, { retryAfterSeconds: 1 })
    }
    running.set(workspaceId, others + 1)
    try {
      return await work()
    } finally {
      const left = (running.get(workspaceId) ?? 1) - 1
      if (left > 0) running.set(workspaceId, left)
      else running.delete(workspaceId)
    }
  }
  return defineRoute({
    method: 'POST',
    path: `${one}/test`,
    scope: 'manage',
    portal: true,
    tag,
    summary: 'Send a test event',
    description:
      'One attempt, now, whatever the status of the endpoint. Recorded as a delivery with sequence 0, outside the numbering.',
    body: Type.Object(
      {
        type: Type.Optional(
          Type.String({
            description: `Sends the example of this type; ${testEventType} without it. To an endpoint of the audit stream, an entry with this type, such as pro.atmos.${testAuditAction}.`,
          }),
        ),
      },
      { title: 'TestToSend', additionalProperties: false, examples: [{ type: 'deal.created' }] },
    ),
    responses: { 200: { description: 'What came of it.', schema: TestAnswer } },
    async handle(call) {
      const { body, params, workspace } = call
      const endpoint = await find(services, workspace, params.endpoint)
      requireNoTunnel(endpoint, 'Publish an event to try a tunnel.')
      const type = testType(endpoint, workspace, body.type)
      const attempt = await limited(endpoint.workspaceId, async () => {
        // Before the request goes out: what was sent must not be missing because this process ended.
        await administer(services, call, endpoint.workspaceId, async (_, note) => {
          const target = endpointTarget(endpoint)
          note({ action: 'webhook.tested', target, description: 'A test was sent to an endpoint.', metadata: { type } })
        })
        return await services.pipeline.test(endpoint, type)
      })
      return ok(showTest(attempt))
    },
  })
}

/** From memory, where the patterns of all endpoints are compiled. */
function listenersOf({ fanOut, auditFanOut }: WorkspaceConfiguration, type: string): string[] {
  return [fanOut, auditFanOut].flatMap((each) => each.listeners(type)).map(({ id }) => id)
}

function testType({ stream }: Endpoint, { workspace }: WorkspaceConfiguration, asked: string | undefined): string {
  const { auditTypePrefix: prefix } = workspace
  const type = asked ?? (stream === 'audit' ? `${prefix}.${testAuditAction}` : testEventType)
  if (stream === 'audit' ? isAuditType(type, prefix) : isEventTypeName(type)) return type
  const message = stream === 'audit' ? `must be ${prefix}. with a category and an action: a.b` : illegalType
  throw invalid([{ path: 'type', message }])
}

async function find({ database, keyring }: Services, { workspace }: WorkspaceConfiguration, text: string) {
  const id = readId(idPrefix.endpoint, 'endpoint', text)
  return (await findEndpoint(database, workspace.id, id, keyring)) ?? notFound('endpoint')
}

/** Some of what can be done to an endpoint is its CLI's to do where it is a tunnel. */
function requireNoTunnel({ tunnel }: Endpoint, instead: string): void {
  if (tunnel !== null) throw new Problem('conflict', `The endpoint is a tunnel. ${instead}`)
}

async function show({ database }: Services, endpoint: Endpoint) {
  const [condition = {}] = await conditionsOf(database, [endpoint])
  return showEndpoint(endpoint, condition)
}

async function setStatus(
  services: Services,
  call: WorkspaceAsker,
  { id, workspaceId }: Endpoint,
  status: Exclude<EndpointStatus, 'deleted'>,
  audit: BuiltInAction,
) {
  const reason = status === 'active' ? null : `${status} by hand`
  const changed = await changeConfiguration(services, call, async (transaction, note) => {
    const before = (await findEndpoint(transaction, workspaceId, id, services.keyring)) ?? notFound('endpoint')
    await setEndpointStatus(transaction, { workspaceId, id, status, reason, now: services.now() })
    await followAuditStream(transaction, before, before.status, status)
    if (before.status !== status) {
      note({
        action: audit,
        target: endpointTarget(before),
        description: `An endpoint was ${audit.slice('webhook.'.length)}.`,
        metadata: { changes: { status: { before: before.status, after: status } } },
      })
    }
    return (await findEndpoint(transaction, workspaceId, id, services.keyring)) ?? notFound('endpoint')
  })
  if (status === 'active') services.pipeline.wake([id])
  return changed
}

function newEndpoint(
  services: Services,
  workspaceId: string,
  stream: Stream,
  settings: ReturnType<typeof settingsOf>,
): Endpoint {
  const now = services.now()
  return {
    ...settings,
    id: services.newId(),
    workspaceId,
    stream,
    // Stored with the endpoint, by what puts it at the end of the chain.
    auditSpan: null,
    secret: generateSecret(services.randomBytes(secretBytes)),
    previousSecrets: [],
    tunnel: null,
    status: 'active',
    statusReason: null,
    createdAt: now,
    updatedAt: now,
  }
}

function sealing({ keyring, randomBytes }: Services) {
  return { keyring, random: randomBytes }
}
