import { Checkbox, Field, Input, TextArea } from '../../../parts/field.tsx'
import type { FormState } from '../../../parts/use-form.ts'
import { defaultSchedule, type EndpointDraft } from './draft.ts'
import { ScheduleTimeline } from './schedule-timeline.tsx'

/** How it is sent: headers, order, batches, rate, patience. */
export function HowStep({ form: { values, set, error } }: { form: FormState<EndpointDraft> }) {
  const typed = values.retry_schedule_seconds
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number)
  const schedule = typed.length === 0 ? defaultSchedule : typed
  const isBatch = values.profile !== 'atlas'
  return (
    <>
      <Field
        label="Headers"
        hint="Sent with each request, one a line, such as Authorization: Bearer …. Kept encrypted; shown masked afterwards."
        error={error('headers')}
      >
        <TextArea
          className="min-h-16 font-mono"
          value={values.headers}
          placeholder="X-Team: crm"
          onChange={(event) => set('headers', event.target.value)}
        />
      </Field>
      <Checkbox
        label="In strict order"
        hint="One request at a time: one that fails holds up those behind it until it succeeds or is given up."
        checked={values.serialize}
        onChange={(event) => set('serialize', event.target.checked)}
      />
      {isBatch && (
        <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
          <Field label="Events in a batch, at most" error={error('batch')}>
            <Input
              inputMode="numeric"
              value={values.max_events}
              onChange={(event) => set('max_events', event.target.value)}
            />
          </Field>
          <Field label="Seconds until a batch leaves, at most">
            <Input
              inputMode="numeric"
              value={values.window_seconds}
              onChange={(event) => set('window_seconds', event.target.value)}
            />
          </Field>
        </div>
      )}
      <div className="grid grid-cols-1 gap-4 sm:grid-cols-3">
        <Field label="Requests a second" hint="Empty: no limit." error={error('max_per_second')}>
          <Input
            inputMode="decimal"
            value={values.max_per_second}
            onChange={(event) => set('max_per_second', event.target.value)}
          />
        </Field>
        <Field label="Requests at once" error={error('max_in_flight')}>
          <Input
            inputMode="numeric"
            value={values.max_in_flight}
            onChange={(event) => set('max_in_flight', event.target.value)}
          />
        </Field>
        <Field label="Timeout, in seconds" error={error('timeout_seconds')}>
          <Input
            inputMode="numeric"
            value={values.timeout_seconds}
            onChange={(event) => set('timeout_seconds', event.target.value)}
          />
        </Field>
      </div>
      <Field
        label="Retries, in seconds after the first attempt"
        hint={isBatch ? 'Empty: five retries, each later than the one before.' : 'Empty: nine retries over 48 hours.'}
        error={error('retry_schedule_seconds')}
      >
        <Input
          value={values.retry_schedule_seconds}
          placeholder={isBatch ? '' : defaultSchedule.join(', ')}
          onChange={(event) => set('retry_schedule_seconds', event.target.value)}
        />
      </Field>
      {(!isBatch || typed.length > 0) && schedule.every((each) => each > 0) && <ScheduleTimeline seconds={schedule} />}
    </>
  )
}
