import type { Endpoint, Job } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Checkbox, Field, Input } from '../../parts/field.tsx'
import { JobProgress } from '../../parts/job-progress.tsx'
import { timeOf } from '../../parts/local-time.ts'
import { Notice } from '../../parts/notice.tsx'
import { Section } from '../../parts/page.tsx'
import { useForm } from '../../parts/use-form.ts'
import { wordsOf } from './stream.ts'

const states = [
  ['dead_letter', 'Dead letters'],
  ['canceled', 'Canceled'],
  ['delivered', 'Delivered'],
] as const
type State = (typeof states)[number][0]

/** Sends deliveries again that came to an end, by time, state and type: a job that goes on without this page. */
export function RedeliverSection({ endpoint: { id, stream } }: { endpoint: Endpoint }) {
  const words = wordsOf({ stream })
  const { id: workspace } = useWorkspace()
  const [job, setJob] = useState<Job | null>(null)
  const initial = { since: '', until: '', states: ['dead_letter'] as readonly State[], types: '' }
  const form = useForm(initial, ['since', 'until', 'states', 'types'], async (values) => {
    const types = values.types.split(/[\s,]+/).filter((type) => type !== '')
    const wanted = {
      since: timeOf(values.since),
      ...(values.until !== '' && { until: timeOf(values.until) }),
      states: values.states,
      ...(types.length > 0 && { types }),
    }
    setJob(await api.endpoints.redeliver(id, wanted, { workspace }))
  })
  const { values, error, set } = form
  return (
    <Section title="Redeliver">
      <form className="flex max-w-4xl flex-col gap-4" onSubmit={form.submit} noValidate>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field
            label="From"
            hint={`When the ${words.event} came, in local time.`}
            error={error('since') && values.since === '' ? 'Say from when.' : error('since')}
          >
            <Input
              type="datetime-local"
              step={1}
              required
              value={values.since}
              onChange={(event) => set('since', event.target.value)}
            />
          </Field>
          <Field label="Until" hint="Empty: now." error={error('until')}>
            <Input
              type="datetime-local"
              step={1}
              value={values.until}
              onChange={(event) => set('until', event.target.value)}
            />
          </Field>
        </div>
        <fieldset className="flex flex-wrap gap-x-5 gap-y-2">
          <legend className="mb-1 font-medium">Which</legend>
          {states.map(([state, label]) => (
            <Checkbox
              key={state}
              label={label}
              checked={values.states.includes(state)}
              onChange={(event) =>
                set(
                  'states',
                  event.target.checked ? [...values.states, state] : values.states.filter((each) => each !== state),
                )
              }
            />
          ))}
          {error('states') && (
            <p role="alert" className="w-full text-bad text-xs">
              {error('states')}
            </p>
          )}
        </fieldset>
        <Field label={words.types} hint="Names, separated by commas. Empty: all." error={error('types')}>
          <Input value={values.types} spellCheck={false} onChange={(event) => set('types', event.target.value)} />
        </Field>
        {form.failure && <Notice kind="bad">{form.failure}</Notice>}
        <div className="flex justify-end">
          <Button type="submit" isBusy={form.isBusy}>
            Redeliver
          </Button>
        </div>
        {job && <JobProgress key={job.id} job={job} />}
      </form>
    </Section>
  )
}
