import type { Endpoint, EndpointChange, EndpointToCreate } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { type HeaderField, type OptionField, optionFields } from './presets.ts'

/** What a form for a destination asks for, beside what all of them have. */
export interface DestinationShape {
  readonly profile: string
  readonly url: string
  readonly headers: readonly HeaderField[]
  readonly options: readonly OptionField[]
  readonly gzip: boolean
}

/** What was typed, by the path of the setting in the API; a switch is 'true' or ''. */
export type Typed = Readonly<Record<string, string>>

/** All settings that have a field, as the API takes them. */
export function settingsOf(typed: Typed, shape: DestinationShape): EndpointToCreate {
  const isBatch = shape.profile !== 'atlas'
  const options = shape.options.flatMap(({ name }) => {
    const value = typed[`options.${name}`]?.trim() ?? ''
    return value === '' ? [] : [[name, value] as const]
  })
  const headers = shape.headers.flatMap((header) => {
    const value = headerValue(typed[`headers.${header.name}`]?.trim() ?? '', header)
    return value === '' ? [] : [[header.name, value] as const]
  })
  return {
    url: typed.url?.trim() ?? '',
    description: typed.description ?? '',
    types: linesOf(typed.types),
    filter: typed.filter?.trim() || null,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    options: { ...Object.fromEntries(options), ...(typed['options.gzip'] === 'true' && { gzip: true }) },
    batch: isBatch
      ? {
          max_events: numberOf(typed['batch.max_events'], 100),
          window_seconds: numberOf(typed['batch.window_seconds'], 30),
        }
      : null,
  }
}

function headerValue(text: string, { prefix, isBasic }: HeaderField): string {
  if (text === '' || (prefix !== '' && text.startsWith(prefix))) return text
  return prefix + (isBasic && text.includes(':') ? base64(text) : text)
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}

function linesOf(text = ''): string[] {
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
}

/** What is no number goes as it is: the API says what it must be. */
function numberOf(text: string | undefined, fallback: number): number {
  const typed = text?.trim() ?? ''
  if (typed === '') return fallback
  return Number.isNaN(Number(typed)) ? (typed as unknown as number) : Number(typed)
}

/** What the form asks for to change a destination that is there. */
export function shapeOf({ profile, headers, options }: Endpoint): DestinationShape {
  return {
    ...{ profile, url: '', gzip: options.gzip === true },
    headers: Object.keys(headers).map((name) => ({ name, label: name, prefix: '', isBasic: false })),
    options: optionFields(profile, options),
  }
}

/** What the fields of a destination that is there begin with. */
export function typedOf({ url, description, types, filter, batch }: Endpoint): Typed {
  return {
    ...{ url, description, types: types.join('\n'), filter: filter ?? '' },
    'batch.max_events': String(batch?.max_events ?? ''),
    'batch.window_seconds': String(batch?.window_seconds ?? ''),
  }
}

/** What differs from what is stored. A masked URL that nobody touched stays, and so do options without a field. */
export function changeOf(typed: Typed, stored: Endpoint): EndpointChange {
  const shape = shapeOf(stored)
  const { url, batch, headers, options, ...settings } = settingsOf(typed, shape)
  const fields = new Set(['gzip', ...shape.options.map(({ name }) => name)])
  const others = Object.entries(stored.options).filter(([name]) => !fields.has(name))
  return {
    ...settings,
    ...(url !== stored.url && { url }),
    ...(batch && { batch }),
    ...(headers && { headers }),
    options: { ...Object.fromEntries(others), ...options },
  }
}
