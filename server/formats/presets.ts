import type { BatchProfile } from '../domain/profile.ts'

/** A destination that many people have: what an endpoint for it is made of, with `<…>` for what is theirs. */
export interface Preset {
  readonly name: string
  readonly profile: BatchProfile
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly options: Readonly<Record<string, unknown>>
}

const basic = { Authorization: 'Basic <user:password in Base64>' }

export const presets: readonly Preset[] = [
  {
    ...{ name: 'Datadog', profile: 'datadog', url: 'https://http-intake.logs.<site>/api/v2/logs' },
    ...{ headers: { 'DD-API-KEY': '<API key>' }, options: { gzip: true } },
  },
  {
    ...{ name: 'Splunk Cloud', profile: 'splunk' },
    url: 'https://http-inputs-<stack>.splunkcloud.com/services/collector/event',
    ...{ headers: { Authorization: 'Splunk <token>' }, options: {} },
  },
  {
    ...{ name: 'Splunk Enterprise', profile: 'splunk', url: 'https://<host>:8088/services/collector/event' },
    ...{ headers: { Authorization: 'Splunk <token>' }, options: {} },
  },
  {
    ...{ name: 'Sumo Logic', profile: 'sumo', url: 'https://<endpoint>/receiver/v1/http/<code>' },
    ...{ headers: {}, options: { category: '<category>', gzip: true } },
  },
  {
    ...{ name: 'Grafana Cloud Logs', profile: 'loki', url: 'https://<logs host>/loki/api/v1/push' },
    ...{ headers: basic, options: {} },
  },
  {
    ...{ name: 'Grafana Loki', profile: 'loki', url: 'https://<host>/loki/api/v1/push' },
    ...{ headers: {}, options: { org_id: '<tenant>' } },
  },
  {
    ...{ name: 'Elasticsearch', profile: 'elastic', url: 'https://<host>/<index>/_bulk' },
    ...{ headers: { Authorization: 'ApiKey <encoded key>' }, options: {} },
  },
  {
    ...{ name: 'OpenSearch', profile: 'elastic', url: 'https://<host>/<index>/_bulk' },
    ...{ headers: basic, options: {} },
  },
  {
    ...{ name: 'OpenTelemetry Collector', profile: 'otlp', url: 'https://<host>:4318/v1/logs' },
    ...{ headers: {}, options: {} },
  },
  {
    ...{ name: 'New Relic', profile: 'otlp', url: 'https://otlp.nr-data.net/v1/logs' },
    ...{ headers: { 'api-key': '<license key>' }, options: { gzip: true } },
  },
  {
    ...{ name: 'Honeycomb', profile: 'otlp', url: 'https://api.honeycomb.io/v1/logs' },
    ...{ headers: { 'x-honeycomb-team': '<API key>' }, options: { service_name: '<dataset>' } },
  },
  {
    ...{ name: 'Vector, `http_server` source', profile: 'ndjson', url: 'https://<host>:8080/' },
    ...{ headers: basic, options: {} },
  },
  {
    ...{ name: 'Fluent Bit, `http` input', profile: 'cloudevents', url: 'https://<host>:9880/atlas.events' },
    ...{ headers: {}, options: { content_type: 'application/json' } },
  },
]
