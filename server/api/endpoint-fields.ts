import { type Static, Type } from 'typebox'
import type { Endpoint } from '../domain/endpoint.ts'
import { judgeHeaders, maskHeaders } from '../domain/endpoint-header.ts'
import { isMaskedUrl, maskUrl } from '../domain/endpoint-url.ts'
import { type Stream, streams } from '../domain/event.ts'
import { compileFilter, longestFilter } from '../domain/filter.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import { isBatchProfile, type Profile } from '../domain/profile.ts'
import { defaultBatchRetrySchedule, defaultRetrySchedule, judgeSchedule } from '../domain/retry-schedule.ts'
import { judgeTarget, type TargetPolicy } from '../domain/target.ts'
import type { Fault } from '../errors.ts'
import { resolveTarget } from '../pipeline/target-connector.ts'
import { judgeProfile, profileSettings, readBatch } from './endpoint-profile.ts'
import { deliveryStatus, type EndpointCondition, showDeliveryStatus } from './endpoint-status.ts'
import { judgeTypePatterns, plainText } from './field.ts'
import { choice, nullable, Time } from './schema.ts'

const Url = Type.String({
  minLength: 1,
  description: 'https, a public address, port 443, 80 or from 1024 on; no user name, no redirects.',
  examples: ['https://hooks.acme.example/atlas'],
})
export const Filter = Type.String({
  maxLength: longestFilter,
  description: 'A CEL expression that is true for the events that are wanted.',
  examples: ['deal.value > 10000'],
})

/** What people set. null sets a field back to its default. */
const settable = {
  description: Type.Optional(nullable(Type.String({ maxLength: 500, pattern: plainText }))),
  stream: Type.Optional(
    nullable(choice(streams), {
      description:
        'events: what is published. audit: the entries of the audit log that are recorded from now on. Chosen at creation and never changed.',
    }),
  ),
  ...profileSettings,
  types: Type.Optional(
    nullable(Type.Array(Type.String(), { examples: [['deal.{created,updated}', 'contact.*']] }), {
      description:
        'Patterns of event types: * for any characters within a segment, ** for any segments. Empty: all types.',
    }),
  ),
  filter: Type.Optional(nullable(Filter)),
  tags: Type.Optional(
    nullable(Type.Array(Type.String({ minLength: 1, maxLength: 64, pattern: plainText }), { maxItems: 20 }), {
      description: 'Events with any of them. Empty: all events.',
    }),
  ),
  serialize: Type.Optional(
    nullable(Type.Boolean(), {
      description: 'One request at a time, in the order of the sequence; a failed one holds up those behind it.',
    }),
  ),
  headers: Type.Optional(
    nullable(Type.Record(Type.String(), Type.String()), {
      description:
        'Sent with each request, at most 20. Kept encrypted; of the values answers show the end at most. Whoever sends headers replaces all of them.',
    }),
  ),
  timeout_seconds: Type.Optional(
    nullable(Type.Integer({ minimum: 1, maximum: 30 }), { description: 'For a whole attempt; default 10.' }),
  ),
  retry_schedule_seconds: Type.Optional(
    nullable(Type.Array(Type.Integer()), {
      description: 'When the retries are due, in seconds after the first attempt.',
    }),
  ),
  max_per_second: Type.Optional(
    nullable(Type.Number({ minimum: 0.01, maximum: 10_000 }), {
      description: 'Requests a second, of all nodes together; null: no limit.',
    }),
  ),
  max_in_flight: Type.Optional(
    nullable(Type.Integer({ minimum: 1, maximum: 1000 }), { description: 'Requests at once; default 20.' }),
  ),
}

export const EndpointToCreate = Type.Object(
  { url: Url, ...settable },
  {
    title: 'EndpointToCreate',
    additionalProperties: false,
    examples: [{ url: 'https://hooks.acme.example/atlas', description: 'CRM sync', types: ['deal.*'] }],
  },
)
export const EndpointChange = Type.Object(
  { url: Type.Optional(Url), ...settable },
  { title: 'EndpointChange', additionalProperties: false, examples: [{ types: ['deal.*', 'contact.*'] }] },
)
export type EndpointChange = Static<typeof EndpointChange>

export const EndpointAnswer = Type.Object(
  {
    id: Type.String({ examples: ['ep_01h455vb4pex5vsknk084sn02q'] }),
    url: Type.String({ description: 'Values of its query are masked, and so are very long segments of its path.' }),
    description: Type.String(),
    stream: Type.String(),
    profile: Type.String(),
    types: Type.Array(Type.String()),
    filter: nullable(Type.String()),
    tags: Type.Array(Type.String()),
    serialize: Type.Boolean(),
    headers: Type.Record(Type.String(), Type.String(), { description: 'With masked values.' }),
    timeout_seconds: Type.Number(),
    retry_schedule_seconds: Type.Array(Type.Integer()),
    max_per_second: nullable(Type.Number()),
    max_in_flight: Type.Integer(),
    batch: nullable(Type.Object({ max_events: Type.Integer(), window_seconds: Type.Number() })),
    options: Type.Record(Type.String(), Type.Unknown()),
    tunnel: Type.Boolean({ description: 'Its requests travel to a CLI, which sends them to the URL.' }),
    status: choice(['active', 'paused', 'disabled'], 'paused: events are held. disabled: events are not queued.'),
    status_reason: nullable(Type.String()),
    ...deliveryStatus,
    created_at: Time,
    updated_at: Time,
  },
  { title: 'Endpoint' },
)

type Settings = Pick<
  Endpoint,
  | 'url'
  | 'description'
  | 'types'
  | 'filter'
  | 'tags'
  | 'serialize'
  | 'headers'
  | 'timeoutSeconds'
  | 'retryScheduleSeconds'
  | 'maxPerSecond'
  | 'maxInFlight'
  | 'profile'
  | 'batch'
  | 'options'
>

function defaultsOf(profile: Profile): Omit<Settings, 'url'> {
  return {
    description: '',
    types: [],
    filter: null,
    tags: [],
    serialize: false,
    headers: {},
    timeoutSeconds: 10,
    retryScheduleSeconds: isBatchProfile(profile) ? defaultBatchRetrySchedule : defaultRetrySchedule,
    maxPerSecond: null,
    maxInFlight: 20,
    profile,
    batch: readBatch(profile, null),
    options: {},
  }
}

/** What a new endpoint is made of, or with `present` a changed one: what was not sent stays, null is the default. */
export function settingsOf(sent: EndpointChange & { url: string }): Settings
export function settingsOf(sent: EndpointChange, present: Settings): Settings
export function settingsOf(sent: EndpointChange, present: Settings | null = null): Settings {
  const profile = present?.profile ?? sent.profile ?? 'atlas'
  const defaults = defaultsOf(profile)
  const before = present ?? { url: '', ...defaults }
  const value = <Value>(given: Value | null | undefined, stored: Value, fallback: Value): Value =>
    given === undefined ? stored : (given ?? fallback)
  return {
    url: sent.url ?? before.url,
    description: value(sent.description, before.description, defaults.description),
    types: value(sent.types, before.types, defaults.types),
    filter: value(sent.filter, before.filter, defaults.filter),
    tags: value(sent.tags, before.tags, defaults.tags),
    serialize: value(sent.serialize, before.serialize, defaults.serialize),
    headers: value(sent.headers, before.headers, defaults.headers),
    timeoutSeconds: value(sent.timeout_seconds, before.timeoutSeconds, defaults.timeoutSeconds),
    retryScheduleSeconds: value(
      sent.retry_schedule_seconds,
      before.retryScheduleSeconds,
      defaults.retryScheduleSeconds,
    ),
    maxPerSecond: value(sent.max_per_second, before.maxPerSecond, defaults.maxPerSecond),
    maxInFlight: value(sent.max_in_flight, before.maxInFlight, defaults.maxInFlight),
    profile,
    batch: sent.batch === undefined ? before.batch : readBatch(profile, sent.batch),
    options: value(sent.options, before.options, defaults.options),
  }
}

/**
 * Judges what was sent beyond what its schema says, for a new endpoint or for one that is `present`. Gives every fault,
 * and the URL as the parser reads it, which is what must be stored: what is judged and what is requested are then the
 * same.
 */
export async function judgeEndpoint(
  sent: EndpointChange,
  policy: TargetPolicy,
  present: Endpoint | null = null,
): Promise<{ faults: readonly Fault[]; url: string | undefined }> {
  const target = sent.url === undefined ? { url: undefined, fault: null } : await judgeUrl(sent.url, policy)
  const faults = [
    ...(target.fault === null ? [] : [{ path: 'url', message: target.fault }]),
    ...judgeTypePatterns(sent.types ?? []),
    ...judgeFilter(sent.filter ?? null),
    ...judgeHeaders(sent.headers ?? {}).map(({ name, reason }) => ({ path: `headers.${name}`, message: reason })),
    ...judgeRetries(sent.retry_schedule_seconds ?? []),
    ...judgeProfile(sent, present?.profile ?? null),
    ...judgeStream(sent, present?.stream ?? null),
  ]
  return { faults, url: target.url }
}

async function judgeUrl(text: string, policy: TargetPolicy): Promise<{ url: string; fault: string | null }> {
  if (isMaskedUrl(text)) return { url: text, fault: 'has a masked value: send the whole URL, or leave it out' }
  const verdict = judgeTarget(text, policy)
  if (!verdict.ok) return { url: text, fault: verdict.reason }
  const { url } = verdict
  url.hash = ''
  // A name that does not resolve yet is no fault: every connection is checked again.
  const resolution = await resolveTarget(url.hostname, policy)
  return { url: url.href, fault: resolution.state === 'blocked' ? resolution.error.message : null }
}

export function judgeFilter(text: string | null): Fault[] {
  const compiled = text === null ? null : compileFilter(text)
  if (compiled === null || compiled.ok) return []
  const { reason, line, column } = compiled
  return [{ path: 'filter', message: `${reason} (at line ${line}, column ${column})` }]
}

function judgeRetries(seconds: readonly number[]): Fault[] {
  const judgement = judgeSchedule(seconds)
  return judgement.ok ? [] : [{ path: `retry_schedule_seconds.${judgement.index}`, message: judgement.reason }]
}

/** @param present the stream that the endpoint is of; null: it is being created */
function judgeStream({ stream }: EndpointChange, present: Stream | null): Fault[] {
  if (stream === undefined || present === null || (stream ?? 'events') === present) return []
  return [{ path: 'stream', message: `is ${present} and never changes: create another endpoint` }]
}

export function showEndpoint(endpoint: Endpoint, condition: EndpointCondition) {
  const { batch } = endpoint
  return {
    id: toTypeId(idPrefix.endpoint, endpoint.id),
    url: maskUrl(endpoint.url),
    description: endpoint.description,
    stream: endpoint.stream,
    profile: endpoint.profile,
    types: endpoint.types,
    filter: endpoint.filter,
    tags: endpoint.tags,
    serialize: endpoint.serialize,
    headers: maskHeaders(endpoint.headers),
    timeout_seconds: endpoint.timeoutSeconds,
    retry_schedule_seconds: endpoint.retryScheduleSeconds,
    max_per_second: endpoint.maxPerSecond,
    max_in_flight: endpoint.maxInFlight,
    batch: batch && { max_events: batch.maxEvents, window_seconds: batch.windowSeconds },
    options: endpoint.options,
    tunnel: endpoint.tunnel !== null,
    status: endpoint.status,
    status_reason: endpoint.statusReason,
    ...showDeliveryStatus(condition),
    created_at: endpoint.createdAt.toISOString(),
    updated_at: endpoint.updatedAt.toISOString(),
  }
}
