import { createHash } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { findBuiltIn, isEventTypeName } from '../domain/event-type.ts'
import { fromTypeId, idPrefix, timeOf, toTypeId } from '../domain/identifier.ts'
import { sliceMember, sliceMembersOfArray } from '../domain/json-text.ts'
import { compilePayloadSchema, type PayloadCheck } from '../domain/payload-schema.ts'
import { type Fault, Problem } from '../errors.ts'
import type { WorkspaceConfiguration } from '../pipeline/configuration.ts'
import type { NewEvent } from '../pipeline/publication.ts'
import { publishBodyBytes } from './body.ts'
import { illegalType, plainText } from './field.ts'
import { type Answer, defineRoute, type Route } from './route.ts'
import type { Services } from './services.ts'
import { invalid } from './validation.ts'

export const EventToPublish = Type.Object(
  {
    type: Type.String({ minLength: 1, maxLength: 128, examples: ['deal.created'] }),
    data: Type.Object(
      {},
      {
        description:
          'Any JSON object. It is kept and sent as the text that it came as; of a repeated name the last counts.',
      },
    ),
    tags: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64, pattern: plainText }), {
        maxItems: 20,
        description: 'Endpoints may ask for events with one of their tags.',
      }),
    ),
    id: Type.Optional(
      Type.String({
        description: 'An id that you made: evt_ and a UUIDv7 of the last 24 hours as a TypeID. Without it we make one.',
      }),
    ),
    created: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 253_402_300_799,
        description: 'When it happened, in Unix seconds; without it, now.',
      }),
    ),
  },
  {
    title: 'EventToPublish',
    additionalProperties: false,
    examples: [{ type: 'deal.created', data: { id: 'deal_01', value: 48000 } }],
  },
)
type EventToPublish = Static<typeof EventToPublish>

const PublishedAnswer = Type.Object(
  {
    id: Type.String({ examples: ['evt_01h455vb4pex5vsknk084sn02q'] }),
    type: Type.String(),
    created: Type.Integer(),
    tags: Type.Array(Type.String()),
    deliveries: Type.Integer({ description: 'To how many endpoints it goes.' }),
  },
  { title: 'PublishedEvent' },
)

const singlePath = '/v1/workspaces/{workspace}/events'
const batchPath = '/v1/workspaces/{workspace}/events/batch'
const oldestIdMs = 24 * 3_600_000
const aheadMs = 5 * 60_000
const mostFaults = 100
const longestTurnMs = 20
const tag = 'Events'
const guarantee =
  'The answer means that the event and all its deliveries are stored. With an Idempotency-Key, a repetition within 24 hours gives the first answer and stores nothing.'

export function publishRoutes(services: Services): Route[] {
  const bodyBytes = publishBodyBytes(services.config.maxPayloadBytes)
  const intake = new Intake(services)
  return [
    defineRoute({
      method: 'POST',
      path: singlePath,
      scope: 'publish',
      tag,
      summary: 'Publish an event',
      description: guarantee,
      idempotencyKey: true,
      bodyLimit: bodyBytes.single,
      body: EventToPublish,
      responses: { 202: { description: 'The event is stored.', schema: PublishedAnswer } },
      async handle({ body, text, raw, header, workspace }) {
        const events = await intake.read([body], [sliceMember(text, 'data')], workspace, '')
        const key = idempotency(header('idempotency-key'), singlePath, raw)
        return await intake.publish(events, [body.data], workspace, key, showOne)
      },
    }),
    defineRoute({
      method: 'POST',
      path: batchPath,
      scope: 'publish',
      tag,
      summary: 'Publish up to 1,000 events',
      description: `All of them or none; at most 20,000 deliveries together, else 413. ${guarantee}`,
      idempotencyKey: true,
      bodyLimit: bodyBytes.batch,
      body: Type.Object(
        { events: Type.Array(EventToPublish, { minItems: 1, maxItems: 1_000 }) },
        { title: 'EventsToPublish', additionalProperties: false },
      ),
      responses: {
        202: {
          description: 'The events are stored.',
          schema: Type.Object({ data: Type.Array(PublishedAnswer) }, { title: 'PublishedEvents' }),
        },
      },
      async handle({ body, text, raw, header, workspace }) {
        const texts = sliceMembersOfArray(text, 'events', 'data').map(detached)
        const events = await intake.read(body.events, texts, workspace, 'events.')
        const data = body.events.map((event) => event.data)
        const key = idempotency(header('idempotency-key'), batchPath, raw)
        return await intake.publish(events, data, workspace, key, showBatch)
      },
    }),
  ]
}

/** From what was sent to events that may be stored. */
class Intake {
  readonly #services: Services
  readonly #checks = new WeakMap<object, PayloadCheck | null>()

  constructor(services: Services) {
    this.#services = services
  }

  /**
   * @param texts the text of each event's data, as it came
   * @param prefix of the paths in faults: empty for a single event, else what stands before its number
   */
  async read(
    bodies: readonly EventToPublish[],
    texts: readonly (string | null)[],
    configuration: WorkspaceConfiguration,
    prefix: string,
  ): Promise<NewEvent[]> {
    const now = this.#services.now().getTime()
    const workspaceId = configuration.workspace.id
    const faults: Fault[] = []
    const givenIds = new Set<string>()
    const events: NewEvent[] = []
    let turnEndsAt = performance.now() + longestTurnMs
    for (let index = 0; index < bodies.length && faults.length < mostFaults; index++) {
      // Tenants' schemas decide how long this takes; others must be served meanwhile.
      if (performance.now() > turnEndsAt) {
        await new Promise(setImmediate)
        turnEndsAt = performance.now() + longestTurnMs
      }
      const body = bodies[index] as EventToPublish
      const data = texts[index]
      if (typeof data !== 'string') throw new Error('the data of an event was not found in the text of the request')
      const path = prefix === '' ? '' : `${prefix}${index}.`
      this.#requireSize(data, path)
      const id = body.id === undefined ? this.#services.newId() : readId(body.id, now, givenIds, path, faults)
      this.#judgeType(body, configuration, path, faults)
      const created = body.created ?? Math.floor(now / 1000)
      events.push({
        id,
        idGiven: body.id !== undefined,
        workspaceId,
        stream: 'events',
        type: body.type,
        tags: body.tags ?? [],
        created,
        milliseconds: 0,
        data,
      })
    }
    if (faults.length > 0) throw invalid(faults.slice(0, mostFaults))
    return events
  }

  async publish(
    events: readonly NewEvent[],
    data: readonly unknown[],
    { workspace }: WorkspaceConfiguration,
    key: { key: string; bodyHash: Buffer } | null,
    show: (events: readonly NewEvent[], deliveries: readonly number[]) => string,
  ): Promise<Answer> {
    const answer = (deliveries: readonly number[]) => show(events, deliveries)
    const publication = { workspaceId: workspace.id, events, data, idempotency: key, answer }
    return { status: 202, text: await this.#services.pipeline.publish(publication) }
  }

  #requireSize(data: string, path: string): void {
    const most = this.#services.config.maxPayloadBytes
    // A character takes at most three bytes, so most data need not be counted.
    if (data.length * 3 <= most || Buffer.byteLength(data) <= most) return
    throw new Problem('payload_too_large', `${path}data has more than the ${most} bytes that an event may have.`)
  }

  #judgeType(body: EventToPublish, configuration: WorkspaceConfiguration, path: string, faults: Fault[]): void {
    const { strictTypes, validatePayloads } = configuration.workspace
    if (!isEventTypeName(body.type)) {
      faults.push({ path: `${path}type`, message: illegalType })
      return
    }
    if (!strictTypes && !validatePayloads) return
    const type = configuration.eventTypes.get(body.type) ?? findBuiltIn(body.type)
    if (!type) {
      if (strictTypes) faults.push({ path: `${path}type`, message: 'is not in the catalog of this workspace' })
      return
    }
    if (!validatePayloads) return
    for (const fault of this.#check(type)?.(body.data) ?? []) {
      faults.push({ path: `${path}data${fault.path === '' ? '' : `.${fault.path}`}`, message: fault.message })
    }
  }

  /** Compiled once for each version of a type; null: it has no schema. */
  #check(type: { readonly name: string; readonly schema: unknown }): PayloadCheck | null {
    const known = this.#checks.get(type)
    if (known !== undefined) return known
    const compiled = type.schema === null ? null : compilePayloadSchema(type.schema)
    // Schemas are compiled before they are stored, so this is a row that nobody wrote through the API.
    if (compiled?.ok === false) throw new Error(`the schema of type ${type.name} does not compile: ${compiled.message}`)
    const check = compiled?.check ?? null
    this.#checks.set(type, check)
    return check
  }
}

function readId(text: string, now: number, given: Set<string>, path: string, faults: Fault[]): string {
  const id = fromTypeId(idPrefix.event, text)
  const time = id === null ? Number.NaN : timeOf(id)
  if (id === null) {
    faults.push({ path: `${path}id`, message: 'must be evt_ and the 26 characters of a TypeID' })
  } else if (time < now - oldestIdMs || time > now + aheadMs) {
    faults.push({ path: `${path}id`, message: 'has a time that is more than 24 hours ago or 5 minutes ahead' })
  } else if (id[14] === '8') {
    // Those are the ids of audit entries: nobody may take the place of one before it is streamed.
    faults.push({ path: `${path}id`, message: 'is a UUID of version 8, which Atlas keeps for itself: use a UUIDv7' })
  } else if (given.has(id)) {
    faults.push({ path: `${path}id`, message: 'is the id of an event before it' })
  } else {
    given.add(id)
  }
  return id ?? ''
}

/** A copy: a slice would keep the whole batch in memory for as long as one of its events waits. */
function detached(text: string | null): string | null {
  return text === null ? null : Buffer.from(text).toString()
}

const printable = /^[\x20-\x7e]{1,255}$/

/** What an Idempotency-Key stands for. A key belongs to the route too: the same bytes sent to another one mean another thing. */
export function idempotency(
  key: string | undefined,
  path: string,
  raw: Buffer,
): { key: string; bodyHash: Buffer } | null {
  if (key === undefined) return null
  if (!printable.test(key)) {
    throw invalid([{ path: 'Idempotency-Key', message: 'must have 1 to 255 printable ASCII characters' }])
  }
  return { key, bodyHash: createHash('sha256').update(path).update('\n').update(raw).digest() }
}

function showOne(events: readonly NewEvent[], deliveries: readonly number[]): string {
  return show(events[0] as NewEvent, deliveries[0] ?? 0)
}

function showBatch(events: readonly NewEvent[], deliveries: readonly number[]): string {
  return `{"data":[${events.map((event, index) => show(event, deliveries[index] ?? 0)).join()}]}`
}

// Put together by hand: it runs for every event, and a checked type needs no escapes.
function show({ id, type, created, tags }: NewEvent, deliveries: number): string {
  const shownTags = tags.length === 0 ? '[]' : JSON.stringify(tags)
  return `{"id":"${toTypeId(idPrefix.event, id)}","type":"${type}","created":${created},"tags":${shownTags},"deliveries":${deliveries}}`
}
