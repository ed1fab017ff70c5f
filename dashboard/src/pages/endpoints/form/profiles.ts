import type { Profile } from './endpoint-values.ts'

export interface ProfileGuide {
  readonly profile: Profile
  readonly name: string
  readonly guide: string
  /** What a URL of it looks like. */
  readonly url: string
  /** Headers that its receivers ask for. */
  readonly headers: readonly string[]
  readonly options: readonly ProfileOption[]
}

export interface ProfileOption {
  readonly name: string
  readonly label: string
  /** texts: names with a text each. */
  readonly kind: 'text' | 'switch' | 'texts'
  /** What holds while it is not set; for a switch the value that it has then. */
  readonly fallback: string | boolean
}

function text(name: string, label: string, fallback: string): ProfileOption {
  return { name, label, kind: 'text', fallback }
}

const gzip: ProfileOption = { name: 'gzip', label: 'Compress the body with gzip', kind: 'switch', fallback: false }

export const profileGuides: readonly ProfileGuide[] = [
  {
    ...{ profile: 'atlas', name: 'Webhooks', url: 'https://hooks.acme.example/atlas', headers: [], options: [] },
    guide: 'One signed request for each event. The right one for receivers that you write yourself.',
  },
  {
    ...{ profile: 'cloudevents', name: 'CloudEvents', url: 'https://hooks.acme.example/events', headers: [] },
    guide: 'Batches of CloudEvents 1.0 as a JSON array, signed as a whole. Fluent Bit takes them as application/json.',
    options: [text('content_type', 'Media type', 'application/cloudevents-batch+json'), gzip],
  },
  {
    ...{ profile: 'ndjson', name: 'Lines of JSON', url: 'https://logs.acme.example:8080/', headers: ['Authorization'] },
    guide: 'Batches with a CloudEvent on each line. Vector and many log collectors take them.',
    options: [text('content_type', 'Media type', 'application/x-ndjson'), gzip],
  },
  {
    ...{ profile: 'datadog', name: 'Datadog', url: 'https://http-intake.logs.datadoghq.com/api/v2/logs' },
    ...{ headers: ['DD-API-KEY'] },
    guide: 'Batches for the log intake of Datadog. Its API key goes into the header DD-API-KEY.',
    options: [
      text('ddsource', 'Source', 'atlas'),
      text('ddtags', 'Tags, such as env:production,team:crm', 'none'),
      text('hostname', 'Host', 'the host of this server'),
      text('service', 'Service', 'atlas'),
      gzip,
    ],
  },
  {
    ...{ profile: 'splunk', name: 'Splunk', url: 'https://splunk.acme.example:8088/services/collector/event' },
    ...{ headers: ['Authorization'] },
    guide: 'Batches for the HTTP Event Collector. The header Authorization is "Splunk" and the token.',
    options: [
      text('source', 'Source', 'atlas'),
      text('sourcetype', 'Source type', '_json'),
      text('host', 'Host', 'that of the token'),
      text('index', 'Index', 'that of the token'),
      gzip,
    ],
  },
  {
    ...{ profile: 'sumo', name: 'Sumo Logic', url: 'https://collectors.sumologic.com/receiver/v1/http/…', headers: [] },
    guide: 'Batches for an HTTP source. Its URL is the credential.',
    options: [
      text('category', 'Source category', 'that of the source'),
      text('name', 'Source name', 'that of the source'),
      text('host', 'Source host', 'that of the source'),
      gzip,
    ],
  },
  {
    ...{ profile: 'loki', name: 'Loki', url: 'https://loki.acme.example/loki/api/v1/push', headers: ['Authorization'] },
    guide: 'Batches for the push API of Loki and Grafana Cloud Logs.',
    options: [
      text('org_id', 'Tenant', 'none'),
      { name: 'labels', label: 'Labels', kind: 'texts', fallback: 'app and category' },
      {
        ...{ name: 'structured_metadata', kind: 'switch', fallback: true },
        label: 'Send the id of each event beside its line; Loki before 3.0 may refuse that',
      },
      gzip,
    ],
  },
  {
    ...{ profile: 'elastic', name: 'Elastic', url: 'https://elastic.acme.example/webhooks/_bulk' },
    ...{ headers: ['Authorization'], options: [gzip] },
    guide: 'Batches for the bulk API of Elasticsearch and OpenSearch. The index is in the URL.',
  },
  {
    ...{ profile: 'otlp', name: 'OpenTelemetry', url: 'https://otel.acme.example:4318/v1/logs', headers: [] },
    guide: 'Batches as OTLP logs over HTTP: the OpenTelemetry Collector, New Relic, Honeycomb.',
    options: [
      text('service_name', 'Service', 'atlas'),
      { name: 'resource_attributes', label: 'Further resource attributes', kind: 'texts', fallback: 'none' },
      gzip,
    ],
  },
]

export function guideOf(profile: string): ProfileGuide {
  const found = profileGuides.find((each) => each.profile === profile)
  if (!found) throw new Error(`no guide for the profile ${profile}`)
  return found
}
