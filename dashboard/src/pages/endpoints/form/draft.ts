import type { Endpoint, EndpointToCreate } from '@atlas-webhooks/sdk/src/generated/schemas.ts'

export type Profile = NonNullable<EndpointToCreate['profile']>

/** An endpoint as it is typed: numbers are text until they are sent, so that nothing that was typed changes by itself. */
export interface EndpointDraft {
  readonly url: string
  readonly description: string
  readonly profile: Profile
  readonly types: readonly string[]
  readonly filter: string
  readonly tags: string
  /** A line for each: `Name: value`. */
  readonly headers: string
  readonly serialize: boolean
  readonly max_events: string
  readonly window_seconds: string
  readonly max_per_second: string
  readonly max_in_flight: string
  readonly timeout_seconds: string
  readonly retry_schedule_seconds: string
}

export const defaultSchedule = [10, 30, 60, 300, 1_800, 7_200, 43_200, 86_400, 172_800] as const

export const emptyDraft: EndpointDraft = {
  url: '',
  description: '',
  profile: 'atlas',
  types: [],
  filter: '',
  tags: '',
  headers: '',
  serialize: false,
  max_events: '100',
  window_seconds: '30',
  max_per_second: '',
  max_in_flight: '20',
  timeout_seconds: '10',
  retry_schedule_seconds: '',
}

/** Every field, by the name that the API has for it and by which it says what is wrong. */
export const draftFields = [
  'url',
  'description',
  'profile',
  'types',
  'filter',
  'tags',
  'headers',
  'serialize',
  'batch',
  'options',
  'max_per_second',
  'max_in_flight',
  'timeout_seconds',
  'retry_schedule_seconds',
] as const

export function draftOf(endpoint: Endpoint): EndpointDraft {
  return {
    url: endpoint.url,
    description: endpoint.description,
    profile: endpoint.profile as Profile,
    types: endpoint.types,
    filter: endpoint.filter ?? '',
    tags: endpoint.tags.join(', '),
    headers: Object.entries(endpoint.headers)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
    serialize: endpoint.serialize,
    max_events: String(endpoint.batch?.max_events ?? 100),
    window_seconds: String(endpoint.batch?.window_seconds ?? 30),
    max_per_second: endpoint.max_per_second === null ? '' : String(endpoint.max_per_second),
    max_in_flight: String(endpoint.max_in_flight),
    timeout_seconds: String(endpoint.timeout_seconds),
    retry_schedule_seconds: endpoint.retry_schedule_seconds.join(', '),
  }
}

/** What the API takes. What is no number is sent as it was typed, so that the API says what is wrong with it. */
export function toRequest(draft: EndpointDraft): EndpointToCreate {
  const { url, description, profile, types, filter, serialize } = draft
  const schedule = words(draft.retry_schedule_seconds)
  return {
    ...{ url, description, profile, types, serialize },
    filter: filter.trim() === '' ? null : filter,
    tags: words(draft.tags),
    headers: toHeaders(draft.headers),
    timeout_seconds: number(draft.timeout_seconds),
    max_in_flight: number(draft.max_in_flight),
    max_per_second: draft.max_per_second.trim() === '' ? null : number(draft.max_per_second),
    ...(schedule.length > 0 && { retry_schedule_seconds: schedule.map(number) }),
    ...(profile !== 'atlas' && {
      batch: { max_events: number(draft.max_events), window_seconds: number(draft.window_seconds) },
    }),
  }
}

/** Only what differs, of what may be changed. */
export function changeBetween(before: EndpointDraft, after: EndpointDraft): Partial<EndpointToCreate> {
  const [old, wanted] = [toRequest(before), toRequest(after)]
  const names = (Object.keys(wanted) as (keyof EndpointToCreate)[]).filter((name) => name !== 'profile')
  const changed = names.filter((name) => JSON.stringify(old[name]) !== JSON.stringify(wanted[name]))
  return Object.fromEntries(changed.map((name) => [name, wanted[name]]))
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}

function number(text: string): number {
  const value = Number(text.trim())
  return text.trim() === '' || Number.isNaN(value) ? (text as unknown as number) : value
}

function toHeaders(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return colon < 0 ? [line.trim(), ''] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
    }),
  )
}
