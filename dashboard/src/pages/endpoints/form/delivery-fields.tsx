import { Checkbox, Field, Input } from '../../../parts/field.tsx'
import type { FormState } from '../../../parts/use-form.ts'
import { capital, wordsOf } from '../stream.ts'
import { parseDurations, showDurations } from './durations.ts'
import { defaultScheduleOf, type EndpointValues } from './endpoint-values.ts'
import { ScheduleTimeline } from './schedule-timeline.tsx'

/** How requests are sent: order, batches, limits, and when what failed is tried again. */
export function DeliveryFields({ form: { values, error, set } }: { form: FormState<EndpointValues> }) {
  const text = (name: 'max_per_second' | 'max_in_flight' | 'timeout_seconds') => ({
    value: values[name],
    inputMode: 'decimal' as const,
    onChange: (event: { target: { value: string } }) => set(name, event.target.value),
  })
  const seconds = parseDurations(values.retry_schedule_seconds)
  return (
    <>
      <Checkbox
        label="Strictly in order"
        hint={`One request at a time. One that fails holds up the ${wordsOf(values).events} behind it until it succeeds or is given up.`}
        checked={values.serialize}
        onChange={(event) => set('serialize', event.target.checked)}
      />
      {values.profile !== 'atlas' && <BatchFields values={values} error={error('batch')} set={set} />}
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label="Requests a second" hint="At most. Empty: no limit." error={error('max_per_second')}>
          <Input {...text('max_per_second')} placeholder="no limit" />
        </Field>
        <Field label="Requests at once" hint="At most; 20 if empty." error={error('max_in_flight')}>
          <Input {...text('max_in_flight')} />
        </Field>
        <Field label="Timeout in seconds" hint="Of a whole attempt, 1 to 30." error={error('timeout_seconds')}>
          <Input {...text('timeout_seconds')} />
        </Field>
      </div>
      <Field
        label="Retry schedule"
        hint={`After the first attempt, such as 10s, 5m, 2h, 2d. The usual one: ${showDurations(defaultScheduleOf(values.profile))}. Empty: no retries.`}
        error={error('retry_schedule_seconds')}
      >
        <Input
          value={values.retry_schedule_seconds}
          spellCheck={false}
          className="font-mono text-xs"
          onChange={(event) => set('retry_schedule_seconds', event.target.value)}
        />
      </Field>
      <ScheduleTimeline seconds={seconds.filter((each) => typeof each === 'number')} />
    </>
  )
}

function BatchFields({
  values: { batch, stream },
  error,
  set,
}: {
  values: EndpointValues
  error: string | undefined
  set: FormState<EndpointValues>['set']
}) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium">A batch leaves with</legend>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={capital(wordsOf({ stream }).events)} hint="So many, up to 1000; or">
          <Input
            value={batch.max_events}
            inputMode="numeric"
            onChange={(event) => set('batch', { ...batch, max_events: event.target.value })}
          />
        </Field>
        <Field label="Seconds" hint="so long after the first of them, whichever comes first.">
          <Input
            value={batch.window_seconds}
            inputMode="numeric"
            onChange={(event) => set('batch', { ...batch, window_seconds: event.target.value })}
          />
        </Field>
      </div>
      {error && (
        <p role="alert" className="text-bad text-xs">
          {error}
        </p>
      )}
    </fieldset>
  )
}
