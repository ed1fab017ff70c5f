import { presets as known, type Preset } from '../../../../server/formats/presets.ts'
import { guides, type Snippet } from './guides.ts'

export type Profile = Preset['profile'] | 'atlas'

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

export interface OptionField {
  readonly name: string
  readonly label: string
  readonly hint: string
  /** What it begins with. */
  readonly initial: string
}

export interface DestinationPreset {
  readonly id: string
  readonly name: string
  readonly profile: Profile
  /** With `<…>` for what is theirs; '' when anything goes. */
  readonly url: string
  readonly headers: readonly HeaderField[]
  readonly options: readonly OptionField[]
  readonly gzip: boolean
  readonly steps: readonly string[]
  readonly snippet: Snippet | null
}

type NamedOption = readonly [name: string, label: string, hint: string]

const mediaType: NamedOption = ['content_type', 'Content-Type', 'Empty: that of the format.']
const optionsOf: Readonly<Record<Profile, readonly NamedOption[]>> = {
  atlas: [],
  cloudevents: [mediaType],
  ndjson: [mediaType],
  datadog: [
    ['service', 'Service', 'Empty: atlas.'],
    ['ddtags', 'Tags', 'Such as env:production,team:crm'],
  ],
  splunk: [
    ['index', 'Index', 'The token must allow it. Empty: that of the token.'],
    ['sourcetype', 'Source type', 'Empty: _json.'],
  ],
  sumo: [
    ['category', 'Source category', 'Empty: that of the source.'],
    ['name', 'Source name', 'Empty: that of the source.'],
  ],
  loki: [['org_id', 'Tenant', 'Sent as X-Scope-OrgID. Empty: none.']],
  elastic: [],
  otlp: [['service_name', 'Service name', 'The resource attribute service.name. Empty: atlas.']],
}

/** The options of a profile that have a field. */
export function optionFields(profile: string, initial: Readonly<Record<string, unknown>>): readonly OptionField[] {
  const fields = optionsOf[profile as Profile] ?? []
  return fields.map(([name, label, hint]) => ({ name, label, hint, initial: textOf(initial[name]) }))
}

function textOf(value: unknown): string {
  return typeof value === 'string' && !value.startsWith('<') ? value : ''
}

function headerField([name, value]: [string, string]): HeaderField {
  const [, prefix = '', label = name] = /^(.*?)<(.+)>$/.exec(value) ?? []
  const isBasic = label === 'user:password in Base64'
  return { name, prefix, isBasic, label: isBasic ? 'user:password' : label }
}

function presetOf({ name, profile, url, headers, options }: Preset): DestinationPreset {
  const plain = name.replaceAll('`', '')
  return {
    id: plain.toLowerCase().replaceAll(/[^a-z]+/g, '-'),
    ...{ name: plain, profile, url },
    headers: Object.entries(headers).map(headerField),
    options: optionFields(profile, options),
    gzip: options.gzip === true,
    steps: guides[plain]?.steps ?? [],
    snippet: guides[plain]?.snippet ?? null,
  }
}

function own(id: string, name: string, profile: Profile): DestinationPreset {
  const { steps = [], snippet = null } = guides[name] ?? {}
  return { id, name, profile, url: '', headers: [], options: optionFields(profile, {}), gzip: false, steps, snippet }
}

/** What a destination can be made of: those of docs/siem.md, then receivers of one's own. */
export const presets: readonly DestinationPreset[] = [
  ...known.map(presetOf),
  own('cloudevents', 'CloudEvents', 'cloudevents'),
  own('ndjson', 'NDJSON', 'ndjson'),
  own('atlas', 'Webhook', 'atlas'),
]
