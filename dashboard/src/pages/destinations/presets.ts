import { presets as known, type Preset } from '../../../../server/formats/presets.ts'
import type { Profile } from '../endpoints/form/endpoint-values.ts'
import { guides, type Snippet } from './guides.ts'

/** A header that a destination needs, such as a token. */
export interface HeaderField {
  readonly name: string
  /** What is typed. */
  readonly label: string
  /** What stands before it. */
  readonly prefix: string
  /** It is typed as user:password, and sent in Base64. */
  readonly isBasic: boolean
}

export interface DestinationPreset {
  readonly id: string
  readonly name: string
  readonly profile: Profile
  /** With `<…>` for what is theirs; '' when anything goes. */
  readonly url: string
  readonly headers: readonly HeaderField[]
  /** What the options begin with. */
  readonly options: Readonly<Record<string, unknown>>
  readonly steps: readonly string[]
  readonly snippet: Snippet | null
}

function headerField([name, value]: [string, string]): HeaderField {
  const [, prefix = '', label = name] = /^(.*?)<(.+)>$/.exec(value) ?? []
  const isBasic = label === 'user:password in Base64'
  return { name, prefix, isBasic, label: isBasic ? 'user:password' : label }
}

/** What is sent as the header for what was typed; whoever typed the prefix too gets it once. */
export function headerValue(typed: string, { prefix, isBasic }: HeaderField): string {
  const text = typed.trim()
  if (text === '' || (prefix !== '' && text.startsWith(prefix))) return text
  return prefix + (isBasic && text.includes(':') ? base64(text) : text)
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}

function presetOf({ name, profile, url, headers, options }: Preset): DestinationPreset {
  const plain = name.replaceAll('`', '')
  return {
    id: plain.toLowerCase().replaceAll(/[^a-z]+/g, '-'),
    ...{ name: plain, profile, url },
    headers: Object.entries(headers).map(headerField),
    options: Object.fromEntries(Object.entries(options).filter(([, value]) => !String(value).startsWith('<'))),
    steps: guides[plain]?.steps ?? [],
    snippet: guides[plain]?.snippet ?? null,
  }
}

function own(id: string, name: string, profile: Profile): DestinationPreset {
  const { steps = [], snippet = null } = guides[name] ?? {}
  return { id, name, profile, url: '', headers: [], options: {}, steps, snippet }
}

/** What a destination can be made of: those of docs/siem.md, then receivers of one's own. */
export const presets: readonly DestinationPreset[] = [
  ...known.map(presetOf),
  own('cloudevents', 'CloudEvents', 'cloudevents'),
  own('ndjson', 'NDJSON', 'ndjson'),
  own('atlas', 'Webhook', 'atlas'),
]
