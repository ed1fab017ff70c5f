import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Checkbox, Field, Input } from '../../parts/field.tsx'
import { JobProgress } from '../../parts/job-progress.tsx'
import { Notice } from '../../parts/notice.tsx'
import { useForm } from '../../parts/use-form.ts'

type State = 'delivered' | 'dead_letter' | 'canceled'

const states: readonly (readonly [State, string])[] = [
  ['dead_letter', 'Dead letters'],
  ['delivered', 'Delivered'],
  ['canceled', 'Canceled'],
]

interface Draft {
  readonly since: string
  readonly until: string
  readonly states: readonly State[]
  readonly types: string
}

/** Begins what was settled between two times anew: a job, whose progress is shown. */
export function Redelivery({ endpoint }: { endpoint: Endpoint }) {
  const { id: workspace } = useWorkspace()
  const [job, setJob] = useState<string | null>(null)
  const initial: Draft = { since: '', until: '', states: ['dead_letter'], types: '' }
  const form = useForm(initial, ['since', 'until', 'states', 'types'], async (draft) => {
    const types = draft.types.split(/[\s,]+/).filter(Boolean)
    const body = {
      since: toTime(draft.since),
      ...(draft.until !== '' && { until: toTime(draft.until) }),
      states: draft.states,
      ...(types.length > 0 && { types }),
    }
    const started = await api.endpoints.redeliver(endpoint.id, body, { workspace })
    setJob(started.id)
  })
  const { values, set, error } = form
  return (
    <form className="flex max-w-2xl flex-col gap-4" onSubmit={form.submit}>
      <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
        <Field label="From" error={error('since')}>
          <Input
            type="datetime-local"
            required
            value={values.since}
            onChange={(event) => set('since', event.target.value)}
          />
        </Field>
        <Field label="Until" hint="Empty: now." error={error('until')}>
          <Input type="datetime-local" value={values.until} onChange={(event) => set('until', event.target.value)} />
        </Field>
      </div>
      <fieldset className="flex flex-wrap gap-4">
        <legend className="mb-1 font-medium">States</legend>
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
      </fieldset>
      <Field label="Event types" hint="Empty: all." error={error('types')}>
        <Input value={values.types} onChange={(event) => set('types', event.target.value)} />
      </Field>
      {form.failure !== null && <Notice kind="bad">{form.failure}</Notice>}
      <div>
        <Button type="submit" isBusy={form.isBusy}>
          Redeliver
        </Button>
      </div>
      {job !== null && <JobProgress job={job} />}
    </form>
  )
}

function toTime(local: string): string {
  return new Date(local).toISOString()
}
