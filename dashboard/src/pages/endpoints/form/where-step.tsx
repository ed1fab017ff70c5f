import { Field, Input, Select } from '../../../parts/field.tsx'
import type { FormState } from '../../../parts/use-form.ts'
import type { EndpointDraft, Profile } from './draft.ts'

const profiles: readonly (readonly [Profile, string, string])[] = [
  [
    'atlas',
    'Webhooks',
    'One signed request for each event, verified like Stripe’s. Choose this unless you know better.',
  ],
  ['cloudevents', 'CloudEvents', 'Batches of CloudEvents 1.0 as JSON, for anything that speaks the standard.'],
  ['ndjson', 'NDJSON', 'Batches with a JSON object on each line.'],
  ['datadog', 'Datadog Logs', 'The URL is the intake of your site; send the key as the header DD-API-KEY.'],
  ['splunk', 'Splunk HEC', 'The URL ends in /services/collector/event; send Authorization: Splunk <token>.'],
  ['sumo', 'Sumo Logic', 'The URL is that of an HTTP source.'],
  ['loki', 'Grafana Loki', 'The URL ends in /loki/api/v1/push.'],
  ['elastic', 'Elasticsearch, OpenSearch', 'The URL ends in /_bulk.'],
  ['otlp', 'OpenTelemetry', 'OTLP logs as JSON; the URL ends in /v1/logs.'],
]

/** Where it goes, and in which form. */
export function WhereStep({ form, isNew }: { form: FormState<EndpointDraft>; isNew: boolean }) {
  const { values, set, error } = form
  const guide = profiles.find(([profile]) => profile === values.profile)?.[2]
  return (
    <>
      <Field label="Format" hint={isNew ? guide : 'Chosen at creation.'} error={error('profile')}>
        <Select
          value={values.profile}
          disabled={!isNew}
          onChange={(event) => set('profile', event.target.value as Profile)}
        >
          {profiles.map(([profile, label]) => (
            <option key={profile} value={profile}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="URL" hint="https, and a public address." error={error('url')}>
        <Input
          type="url"
          inputMode="url"
          placeholder="https://hooks.acme.example/atlas"
          value={values.url}
          onChange={(event) => set('url', event.target.value)}
        />
      </Field>
      <Field label="Description" hint="What people call it." error={error('description')}>
        <Input value={values.description} onChange={(event) => set('description', event.target.value)} />
      </Field>
    </>
  )
}
