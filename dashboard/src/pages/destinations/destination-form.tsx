import type { ReactNode } from 'react'
import { Button } from '../../parts/button.tsx'
import { Checkbox, Field, Input, TextArea } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Section } from '../../parts/page.tsx'
import { useForm } from '../../parts/use-form.ts'
import type { DestinationShape, Typed } from './destination-settings.ts'
import { FilterTrial } from './filter-trial.tsx'

/**
 * The settings of a destination.
 *
 * @param initial what the fields begin with, by path; those of options begin with what the shape has
 * @param kept of headers that are stored already, what the API shows of them: an empty field keeps them
 */
export function DestinationForm({
  shape,
  initial,
  kept = {},
  action,
  save,
  beside,
}: {
  shape: DestinationShape
  initial: Typed
  kept?: Readonly<Record<string, string>>
  action: string
  save: (typed: Typed) => Promise<unknown>
  beside?: ReactNode
}) {
  const options = Object.fromEntries(shape.options.map((option) => [`options.${option.name}`, option.initial]))
  const begin: Record<string, string> = {
    ...{ types: '', filter: '', 'batch.max_events': '100', 'batch.window_seconds': '30' },
    ...options,
    'options.gzip': shape.gzip ? 'true' : '',
    ...initial,
  }
  const headers = shape.headers.map(({ name }) => `headers.${name}`)
  const form = useForm(begin, [...Object.keys(begin), ...headers], save)
  const isBatch = shape.profile !== 'atlas'
  const text = (path: string, label: string, more: { hint?: ReactNode; placeholder?: string; type?: string } = {}) => (
    <Field label={label} hint={more.hint} error={form.error(path)}>
      <Input
        type={more.type ?? 'text'}
        dir="auto"
        placeholder={more.placeholder}
        value={form.values[path] ?? ''}
        onChange={(event) => form.set(path, event.target.value)}
      />
    </Field>
  )
  return (
    <form className="flex min-w-0 flex-col gap-4" onSubmit={form.submit} noValidate>
      <Section title="Where to">
        <div className="flex flex-col gap-4">
          {text('description', 'Name')}
          {text('url', 'URL', {
            placeholder: shape.url || 'https://',
            ...(shape.url !== '' && { hint: `Such as ${shape.url}` }),
          })}
          {shape.headers.map(({ name, label, prefix }) => (
            <div key={name}>
              {text(`headers.${name}`, label === name ? name : `${name}: ${label}`, {
                type: 'password',
                placeholder: kept[name] ?? '',
                hint:
                  kept[name] === undefined
                    ? `Sent as ${name}: ${prefix}…, and kept encrypted.`
                    : 'Empty: the one that is stored stays.',
              })}
            </div>
          ))}
          {shape.options.map(({ name, label, hint }) => (
            <div key={name}>{text(`options.${name}`, label, { hint })}</div>
          ))}
          {isBatch && (
            <Checkbox
              label="Compress requests with gzip"
              hint="Worth its while from some hundred entries a minute on."
              checked={form.values['options.gzip'] === 'true'}
              onChange={(event) => form.set('options.gzip', event.target.checked ? 'true' : '')}
            />
          )}
        </div>
      </Section>
      <Section title="Which entries">
        <div className="flex flex-col gap-4">
          <Field
            label="Types"
            hint="Patterns, one on each line, such as *.*.webhook.* or pro.atmos.team_member.invited. Empty: all."
            error={form.error('types')}
          >
            <TextArea
              className="font-mono"
              value={form.values.types ?? ''}
              onChange={(event) => form.set('types', event.target.value)}
            />
          </Field>
          <Field
            label="Filter"
            hint={'On actor, action, target and metadata: actor.type == "user" && action.category == "team_member"'}
            error={form.error('filter')}
          >
            <TextArea
              className="font-mono"
              value={form.values.filter ?? ''}
              onChange={(event) => form.set('filter', event.target.value)}
            />
          </Field>
          <FilterTrial filter={form.values.filter ?? ''} />
        </div>
      </Section>
      {isBatch && (
        <Section title="Batches">
          <p className="mb-3 text-dim">A batch leaves when it is full or its time is over, whichever comes first.</p>
          <div className="grid gap-4 sm:grid-cols-2">
            {text('batch.max_events', 'Entries at most', { hint: '1 to 1000' })}
            {text('batch.window_seconds', 'Seconds at most', { hint: '1 to 3600' })}
          </div>
        </Section>
      )}
      {form.failure !== null && <Notice kind="bad">{form.failure}</Notice>}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" isBusy={form.isBusy}>
          {action}
        </Button>
        {beside}
      </div>
    </form>
  )
}
