import type { Endpoint, EndpointToCreate } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { type Stream, streamOf } from '../stream.ts'
import { parseDurations, showDurations } from './durations.ts'

export type Profile = NonNullable<EndpointToCreate['profile']>

export interface HeaderValue {
  readonly name: string
  readonly value: string
}

/** The settings of an endpoint as they are typed, by the names that the API has for them. */
export interface EndpointValues {
  readonly stream: Stream
  readonly profile: Profile
  readonly url: string
  readonly description: string
  readonly headers: readonly HeaderValue[]
  readonly types: readonly string[]
  readonly filter: string
  readonly tags: string
  readonly serialize: boolean
  readonly batch: { readonly max_events: string; readonly window_seconds: string }
  readonly options: Readonly<Record<string, unknown>>
  readonly max_per_second: string
  readonly max_in_flight: string
  readonly timeout_seconds: string
  readonly retry_schedule_seconds: string
}

/** The paths of faults that have a field in the form. */
export const endpointFields = [
  ...([
    'profile',
    'url',
    'description',
    'headers',
    'types',
    'filter',
    'tags',
    'serialize',
    'batch',
    'options',
  ] as const),
  ...(['max_per_second', 'max_in_flight', 'timeout_seconds', 'retry_schedule_seconds'] as const),
] as const

const defaultSchedule = [10, 30, 60, 300, 1800, 7200, 43200, 86400, 172800]
const defaultBatchSchedule = [60, 240, 960, 3840, 15360]

export function defaultScheduleOf(profile: string): readonly number[] {
  return profile === 'atlas' ? defaultSchedule : defaultBatchSchedule
}

export function newValues(profile: Profile = 'atlas', stream: Stream = 'events'): EndpointValues {
  return {
    stream,
    ...{ profile, url: '', description: '', headers: [], types: [], filter: '', tags: '', serialize: false },
    ...{ batch: { max_events: '100', window_seconds: '30' }, options: {}, max_per_second: '', max_in_flight: '20' },
    ...{ timeout_seconds: '10', retry_schedule_seconds: showDurations(defaultScheduleOf(profile)) },
  }
}

/** With another profile, its options are gone, and a schedule that was not touched is that of the new one. */
export function withProfile(values: EndpointValues, profile: Profile): EndpointValues {
  if (profile === values.profile) return values
  const isDefault = values.retry_schedule_seconds === showDurations(defaultScheduleOf(values.profile))
  const schedule = isDefault ? showDurations(defaultScheduleOf(profile)) : values.retry_schedule_seconds
  return { ...values, profile, options: {}, retry_schedule_seconds: schedule }
}

/** Of an endpoint that is there. */
export function valuesOf(endpoint: Endpoint): EndpointValues {
  const { batch } = endpoint
  return {
    stream: streamOf(endpoint),
    profile: endpoint.profile as Profile,
    url: endpoint.url,
    description: endpoint.description,
    headers: Object.entries(endpoint.headers).map(([name, value]) => ({ name, value })),
    types: endpoint.types,
    filter: endpoint.filter ?? '',
    tags: endpoint.tags.join(', '),
    serialize: endpoint.serialize,
    batch: { max_events: String(batch?.max_events ?? 100), window_seconds: String(batch?.window_seconds ?? 30) },
    options: endpoint.options,
    max_per_second: endpoint.max_per_second === null ? '' : String(endpoint.max_per_second),
    max_in_flight: String(endpoint.max_in_flight),
    timeout_seconds: String(endpoint.timeout_seconds),
    retry_schedule_seconds: showDurations(endpoint.retry_schedule_seconds),
  }
}

/** As the API takes it. What is no number goes as the text that it is, so that the API says so. */
export function bodyOf(values: EndpointValues): EndpointToCreate {
  const tags = values.tags.split(',').map((tag) => tag.trim())
  return {
    stream: values.stream,
    profile: values.profile,
    url: values.url.trim(),
    description: values.description.trim(),
    headers: Object.fromEntries(
      values.headers.filter(({ name, value }) => name || value).map(({ name, value }) => [name.trim(), value]),
    ),
    types: values.types,
    filter: values.filter.trim() || null,
    tags: tags.filter((tag) => tag !== ''),
    serialize: values.serialize,
    ...(values.profile !== 'atlas' && {
      batch: {
        max_events: numberOf(values.batch.max_events) ?? undefined,
        window_seconds: numberOf(values.batch.window_seconds) ?? undefined,
      },
      options: values.options,
    }),
    max_per_second: numberOf(values.max_per_second),
    max_in_flight: numberOf(values.max_in_flight),
    timeout_seconds: numberOf(values.timeout_seconds),
    retry_schedule_seconds: parseDurations(values.retry_schedule_seconds) as number[],
  }
}

/** The settings that differ from those of the endpoint as it was shown: no others are sent. */
export function changesOf(endpoint: Endpoint, values: EndpointValues): Partial<EndpointToCreate> {
  const before = bodyOf(valuesOf(endpoint))
  const after = bodyOf(values)
  const names = Object.keys(after) as (keyof EndpointToCreate)[]
  const changed = names.filter((name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]))
  return Object.fromEntries(changed.map((name) => [name, after[name]]))
}

function numberOf(text: string): number | null {
  const trimmed = text.trim()
  if (trimmed === '') return null
  const number = Number(trimmed)
  return Number.isNaN(number) ? (trimmed as unknown as number) : number
}
