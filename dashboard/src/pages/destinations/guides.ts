/** A configuration to copy. */
export interface Snippet {
  readonly label: string
  readonly text: string
}

interface Guide {
  readonly steps: readonly string[]
  readonly snippet?: Snippet
}

const splunkToken =
  'Under Settings, Data inputs, HTTP Event Collector, create a token. Leave “Enable indexer acknowledgment” off and allow the index that you want.'
const basic = 'Type user and password with a colon between them; they are sent in Base64.'
const mapping = 'Map data as flattened (OpenSearch: flat_object), since entries have fields of different kinds there.'

/** How to have entries arrive, by the name of the preset; docs/siem.md has more. */
export const guides: Readonly<Record<string, Guide>> = {
  Datadog: {
    steps: [
      'The site is the host of Datadog in your browser without app., such as datadoghq.eu.',
      'Under Organization Settings, API Keys, create an API key; an application key will not do.',
      'Look for source:atlas in the Log Explorer.',
    ],
  },
  'Splunk Cloud': {
    steps: [
      splunkToken,
      'The host is http-inputs-<stack>.splunkcloud.com.',
      'Look for source=atlas. “Incorrect index” in an answer means that the token does not allow the index.',
    ],
  },
  'Splunk Enterprise': {
    steps: [
      splunkToken,
      'Enable all tokens under Global Settings. The certificate of port 8088 must be one that the public trusts.',
      'Look for source=atlas.',
    ],
  },
  'Sumo Logic': {
    steps: [
      'Under Data Collection, Collection, add an HTTP Logs & Metrics source to a hosted collector.',
      'Switch “Multiline Processing” off: each line is a message.',
      'Copy its URL. Whoever has it can send, so it is shown masked from now on.',
    ],
  },
  'Grafana Cloud Logs': {
    steps: [
      'In the portal of your stack, under Loki, Details, are the URL and the user, a number.',
      'Make an access policy token with the scope logs:write: it is the password.',
      basic,
      'Query {app="atlas"} | json.',
    ],
  },
  'Grafana Loki': {
    steps: [
      'The URL is that of Loki with /loki/api/v1/push. If it has tenants, name yours.',
      'Loki refuses lines that are older than a week unless reject_old_samples_max_age allows them.',
      'Query {app="atlas"} | json, or {app="atlas", category="webhook"}.',
    ],
  },
  Elasticsearch: {
    steps: [
      'The URL is that of the index or data stream with /_bulk behind it.',
      'Make an API key with the privileges create_doc and auto_configure for it, and copy its encoded form.',
      mapping,
    ],
  },
  OpenSearch: {
    steps: ['The URL is that of the index or data stream with /_bulk behind it.', basic, mapping],
  },
  'OpenTelemetry Collector': {
    steps: [
      'Any collector with the otlp receiver over HTTP takes it, port 4318.',
      'The body of each record is the CloudEvent; cloudevents.event_id and cloudevents.event_type are attributes.',
    ],
  },
  'New Relic': { steps: ['Use a license key of the kind “Ingest – License”.'] },
  Honeycomb: { steps: ['Use an ingest key. The service name becomes the dataset.'] },
  'Vector, http_server source': {
    steps: [
      'Vector takes a CloudEvent on each line and passes it on, such as to Loki. It answers once Loki has the lines: what was not written is sent again.',
      'Write the password alone into the file /etc/vector/secrets/password. Since 0.57 Vector takes none from its environment.',
      'It must be reachable over https: with a certificate of its own, or behind a proxy that has one.',
      basic,
    ],
    snippet: {
      label: 'vector.yaml: to Loki',
      text: `secret:
  atlas:
    type: directory
    path: /etc/vector/secrets
    remove_trailing_whitespace: true
sources:
  atlas:
    type: http_server
    address: 0.0.0.0:8080
    encoding: ndjson
    auth:
      strategy: basic
      username: atlas
      password: "SECRET[atlas.password]"
sinks:
  loki:
    type: loki
    inputs: [atlas]
    endpoint: http://loki:3100
    encoding:
      codec: json
    labels:
      app: atlas
    acknowledgements:
      enabled: true`,
    },
  },
  'Fluent Bit, http input': {
    steps: [
      'Fluent Bit takes application/json only. The path of the URL is the tag, here atlas.events.',
      'It must be reachable over https: with a certificate of its own, or behind a proxy that has one.',
      'It asks for no password. If the proxy asks for a header, add it here.',
    ],
    snippet: {
      label: 'fluent-bit.yaml: to Loki',
      text: `pipeline:
  inputs:
    - name: http
      listen: 0.0.0.0
      port: 9880
  outputs:
    - name: loki
      match: atlas.events
      host: loki
      port: 3100
      labels: app=atlas`,
    },
  },
  CloudEvents: { steps: ['Batches of CloudEvents 1.0 in JSON, for anything that takes them.'] },
  NDJSON: { steps: ['A CloudEvent on each line, for scripts and anything that reads lines.'] },
  Webhook: { steps: ['One signed request for each entry, as endpoints for events get them.'] },
}
