import type { Job } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Checkbox, Field, Input } from '../../parts/field.tsx'
import { JobProgress } from '../../parts/job-progress.tsx'
import { timeOf } from '../../parts/local-time.ts'
import { Notice } from '../../parts/notice.tsx'
import { useForm } from '../../parts/use-form.ts'

const states = [
  ['delivered', 'Delivered ones, such as after the SIEM lost them'],
  ['dead_letter', 'Dead letters'],
  ['canceled', 'Canceled ones'],
] as const
type State = (typeof states)[number][0]

/** Begins settled deliveries of a destination anew, and shows how far that is. */
export function Redeliver({ endpoint, close }: { endpoint: string; close: () => void }) {
  const { id: workspace } = useWorkspace()
  const [job, setJob] = useState<Job | null>(null)
  const form = useForm(
    { since: '', until: '', states: ['dead_letter'] as readonly State[] },
    ['since', 'until', 'states'],
    async ({ since, until, states: chosen }) => {
      const body = { since: timeOf(since), states: chosen, ...(until !== '' && { until: timeOf(until) }) }
      setJob(await api.endpoints.redeliver(endpoint, body, { workspace }))
    },
  )
  const { values, set } = form
  return (
    <Dialog title="Redeliver" isOpen close={close}>
      {job !== null ? (
        <>
          <JobProgress job={job} />
          <div className="flex items-center justify-between gap-2">
            <p className="text-dim">It goes on when this is closed.</p>
            <Button onClick={close}>Close</Button>
          </div>
        </>
      ) : (
        <form className="flex flex-col gap-4" onSubmit={form.submit} noValidate>
          <Field label="Entries from" hint="In your local time." error={form.error('since')}>
            <Input type="datetime-local" value={values.since} onChange={({ target }) => set('since', target.value)} />
          </Field>
          <Field label="Until" hint="Empty: now." error={form.error('until')}>
            <Input type="datetime-local" value={values.until} onChange={({ target }) => set('until', target.value)} />
          </Field>
          <fieldset className="flex flex-col gap-2">
            <legend className="mb-1 font-medium">Which deliveries</legend>
            {states.map(([state, label]) => (
              <Checkbox
                key={state}
                label={label}
                checked={values.states.includes(state)}
                onChange={({ target }) => {
                  const others = values.states.filter((each) => each !== state)
                  set('states', target.checked ? [...others, state] : others)
                }}
              />
            ))}
            {form.error('states') && (
              <p role="alert" className="text-bad text-xs">
                {form.error('states')}
              </p>
            )}
          </fieldset>
          {form.failure !== null && <Notice kind="bad">{form.failure}</Notice>}
          <div className="flex justify-end gap-2">
            <Button onClick={close}>Cancel</Button>
            <Button type="submit" look="primary" isBusy={form.isBusy}>
              Redeliver
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  )
}
