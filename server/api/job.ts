import { type Static, Type } from 'typebox'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import { type Job, type JobKind, type JobSelection, mostRunningJobs, settledStates } from '../domain/job.ts'
import { Problem } from '../errors.ts'
import { findEndpoint } from '../storage/endpoint.ts'
import { endJob, findJob, insertJob, listJobs } from '../storage/job.ts'
import { administer, type WorkspaceAsker } from './administration.ts'
import { LastError, LastStatus } from './attempt-answer.ts'
import { judgeTypePatterns, notFound, QueryReader, readId, timeQuery } from './field.ts'
import { pageOf, pageQuery, readPage, writePage } from './page.ts'
import { seesStream, streamSeenBy } from './portal-access.ts'
import { type Answer, defineRoute, noContent, ok, type Route } from './route.ts'
import { choice, nullable, Time } from './schema.ts'
import type { Services } from './services.ts'
import { invalid } from './validation.ts'

const tag = 'Jobs'
const collection = '/v1/workspaces/{workspace}/jobs'
const one = '/v1/workspaces/{workspace}/jobs/{job}'
const mostIds = 1_000
const mostTypes = 50

const JobAnswer = Type.Object(
  {
    id: Type.String({ examples: ['job_01h455vb4pex5vsknk084sn02q'] }),
    kind: choice(['redeliver', 'replay_dead_letters']),
    state: choice(['running', 'done', 'canceled', 'failed']),
    endpoint: nullable(Type.String(), { description: 'null: every endpoint that takes deliveries.' }),
    since: nullable(Time),
    until: Time,
    states: Type.Array(choice(settledStates)),
    types: Type.Array(Type.String(), { description: 'Types and patterns of them. Empty: all.' }),
    last_error: nullable(LastError, { description: 'What their last attempt failed with; null: whatever it was.' }),
    last_status: nullable(Type.Integer()),
    done: Type.Integer({ description: 'How many deliveries it has begun anew.' }),
    total: nullable(Type.Integer(), {
      description: 'How many deliveries matched when it counted them; null: it still counts.',
    }),
    error: nullable(Type.String()),
    created_at: Time,
    finished_at: nullable(Time),
  },
  { title: 'Job' },
)

function show(job: Job): Static<typeof JobAnswer> {
  return {
    id: toTypeId(idPrefix.job, job.id),
    kind: job.kind,
    state: job.state,
    endpoint: job.endpointId && toTypeId(idPrefix.endpoint, job.endpointId),
    since: job.since?.toISOString() ?? null,
    until: job.until.toISOString(),
    states: [...job.states],
    types: [...job.types],
    last_error: job.lastError,
    last_status: job.lastStatus,
    done: job.done,
    total: job.total,
    error: job.error,
    created_at: job.createdAt.toISOString(),
    finished_at: job.finishedAt?.toISOString() ?? null,
  }
}

const started = { 202: { description: 'The job, which goes on by itself.', schema: JobAnswer } }

export function jobRoutes(services: Services): Route[] {
  const { database } = services
  return [
    ...startRoutes(services),
    defineRoute({
      method: 'GET',
      path: collection,
      scope: 'read',
      portal: true,
      tag,
      summary: 'List jobs',
      query: Type.Object(pageQuery, { additionalProperties: false }),
      responses: { 200: { description: 'A page of jobs, newest first.', schema: pageOf(JobAnswer) } },
      async handle({ caller, query, workspace }) {
        const page = readPage(query)
        const stream = streamSeenBy(caller)
        const window = { workspaceId: workspace.workspace.id, stream, before: page.before, limit: page.limit + 1 }
        return ok(writePage(await listJobs(database, window), page, show))
      },
    }),
    defineRoute({
      method: 'GET',
      path: one,
      scope: 'read',
      portal: true,
      tag,
      summary: 'Show a job',
      responses: { 200: { description: 'The job, with its progress.', schema: JobAnswer } },
      async handle(call) {
        return ok(show(await find(services, call)))
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: one,
      scope: 'manage',
      portal: true,
      tag,
      summary: 'Cancel a job',
      description: 'It begins nothing more. What it has begun goes on. One that has ended is refused with 409.',
      responses: { 204: { description: 'It is canceled.' } },
      async handle(call) {
        const job = await find(services, call)
        const canceled = await administer(services, call, job.workspaceId, async (transaction, note) => {
          const ended = await endJob(transaction, job.id, { state: 'canceled', error: null, now: services.now() })
          const target = { type: 'job', id: call.params.job }
          if (ended) note({ action: 'webhook.redelivery_canceled', target, description: 'A job was canceled.' })
          return ended
        })
        if (canceled) return noContent()
        const after = await find(services, call)
        if (after.state === 'canceled') return noContent()
        throw new Problem('conflict', `The job has ended: it is ${after.state}.`)
      },
    }),
  ]
}

function startRoutes(services: Services): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/workspaces/{workspace}/endpoints/{endpoint}/redeliver',
      scope: 'manage',
      portal: true,
      tag,
      summary: 'Redeliver in bulk',
      description:
        'Starts a job that begins settled deliveries of an endpoint anew: those of events since a time, in these states (delivered, dead_letter and canceled without them), of these types or patterns of types (all without them). What waits for an attempt or a retry stays as it is.',
      body: Type.Object(
        {
          ...timeQuery,
          since: Type.String({ format: 'date-time', description: 'From this time on, ISO 8601.' }),
          states: Type.Optional(Type.Array(choice(settledStates), { minItems: 1, uniqueItems: true })),
          types: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: mostTypes })),
        },
        {
          title: 'Redelivery',
          additionalProperties: false,
          examples: [{ since: '2026-01-15T00:00:00Z', states: ['dead_letter'] }],
        },
      ),
      responses: started,
      async handle(call) {
        const { body, params } = call
        const endpointId = readId(idPrefix.endpoint, 'endpoint', params.endpoint)
        await requireEndpoint(services, call, endpointId, () => notFound('endpoint'))
        const { types = [], states = settledStates } = body
        const faults = judgeTypePatterns(types)
        if (faults.length > 0) throw invalid(faults)
        const createdAt = services.now()
        return await start(services, call, 'redeliver', {
          ...{ ...readTimes(createdAt, body), createdAt },
          ...{ endpointId, deliveryIds: null, states, types, lastError: null, lastStatus: null },
        })
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/workspaces/{workspace}/dead-letters/replay',
      scope: 'manage',
      portal: true,
      tag,
      summary: 'Replay dead letters',
      description: `Starts a job that begins dead letters anew: all of the workspace, or those of an endpoint, of some types, of an error, between two times of their events, or up to ${mostIds} by their ids. Those of deleted and disabled endpoints stay as they are.`,
      body: Type.Object(
        {
          endpoint: Type.Optional(Type.String({ description: 'The id of one endpoint.' })),
          ids: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: mostIds })),
          types: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: mostTypes })),
          last_error: Type.Optional(LastError),
          last_status: Type.Optional(LastStatus),
          ...timeQuery,
        },
        { title: 'DeadLetterReplay', additionalProperties: false, examples: [{}] },
      ),
      responses: started,
      async handle(call) {
        const { body } = call
        const reader = new QueryReader()
        const endpointId = reader.id(idPrefix.endpoint, 'endpoint', body.endpoint)
        const deliveryIds = body.ids?.map((id, index) => reader.id(idPrefix.delivery, `ids.${index}`, id) ?? '') ?? null
        for (const { path, message } of judgeTypePatterns(body.types ?? [])) reader.fault(path, message)
        reader.finish()
        if (endpointId !== null) {
          const unknown = () => invalid([{ path: 'endpoint', message: 'is no endpoint of this workspace' }])
          await requireEndpoint(services, call, endpointId, unknown)
        }
        const createdAt = services.now()
        return await start(services, call, 'replay_dead_letters', {
          ...{ ...readTimes(createdAt, body), createdAt },
          ...{ endpointId, deliveryIds, states: ['dead_letter'], types: body.types ?? [] },
          ...{ lastError: body.last_error ?? null, lastStatus: body.last_status ?? null },
        })
      },
    }),
  ]
}

/** What is on endpoints that the caller does not see is no job of theirs. */
async function find(
  { database }: Services,
  { caller, params, workspace }: WorkspaceAsker & { readonly params: { readonly job: string } },
): Promise<Job> {
  const id = readId(idPrefix.job, 'job', params.job)
  return (await findJob(database, workspace.workspace.id, id, streamSeenBy(caller))) ?? notFound('job')
}

async function requireEndpoint(
  { database, keyring }: Services,
  { caller, workspace }: WorkspaceAsker,
  id: string,
  unknown: () => Problem,
): Promise<void> {
  const endpoint = await findEndpoint(database, workspace.workspace.id, id, keyring)
  if (!endpoint || !seesStream(caller, endpoint.stream)) throw unknown()
  if (endpoint.status === 'disabled') throw new Problem('conflict', 'The endpoint is disabled. Enable it first.')
}

/** What happens from now on is not part of the work: it would never end. */
function readTimes(now: Date, body: { since?: string | undefined; until?: string | undefined }) {
  const reader = new QueryReader()
  const since = reader.time('since', body.since)
  const until = reader.time('until', body.until)
  reader.finish()
  // Of what was published in this very millisecond, the caller knows already.
  const end = new Date(now.getTime() + 1)
  if (since !== null && since >= (until ?? end)) {
    throw invalid([{ path: 'since', message: until ? 'must be before until' : 'must be in the past' }])
  }
  return { since, until: until !== null && until < end ? until : end }
}

async function start(
  services: Services,
  call: WorkspaceAsker,
  kind: JobKind,
  { createdAt, ...selection }: Omit<JobSelection, 'stream'> & Pick<Job, 'createdAt'>,
): Promise<Answer> {
  const { newId, pipeline } = services
  const workspaceId = call.workspace.workspace.id
  const job = await administer(services, call, workspaceId, async (transaction, note) => {
    const stream = streamSeenBy(call.caller)
    const made = await insertJob(transaction, { ...selection, stream, id: newId(), workspaceId, kind, createdAt })
    if (!made) {
      const detail = `${mostRunningJobs} jobs of this workspace run already. Wait for one, or cancel it.`
      throw new Problem('conflict', detail)
    }
    const { id, endpoint, since, until, states, types, last_error, last_status } = show(made)
    note({
      action: 'webhook.redelivered',
      target: endpoint === null ? { type: 'workspace', id: call.workspace.typeId } : { type: 'endpoint', id: endpoint },
      description: kind === 'redeliver' ? 'A redelivery in bulk was started.' : 'A replay of dead letters was started.',
      metadata: {
        job: id,
        since,
        until,
        states,
        types,
        last_error,
        last_status,
        deliveries: made.deliveryIds?.length ?? null,
      },
    })
    return made
  })
  pipeline.wakeJobs()
  return { status: 202, body: show(job) }
}
