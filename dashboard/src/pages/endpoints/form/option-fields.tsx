import { Checkbox, Field, Input, TextArea } from '../../../parts/field.tsx'
import type { ProfileGuide, ProfileOption } from './profiles.ts'

type Options = Readonly<Record<string, unknown>>

/** What can be set about the requests of a profile. */
export function OptionFields({
  guide,
  options,
  error,
  change,
}: {
  guide: ProfileGuide
  options: Options
  error: string | undefined
  change: (options: Options) => void
}) {
  if (guide.options.length === 0) return null
  const set = (name: string, value: unknown) => {
    const { [name]: _, ...others } = options
    change(value === undefined ? others : { ...others, [name]: value })
  }
  return (
    <fieldset className="flex flex-col gap-3 rounded-md border p-3">
      <legend className="px-1 font-medium">{guide.name}</legend>
      {guide.options.map((option) => (
        <OptionField key={option.name} option={option} value={options[option.name]} set={set} />
      ))}
      {error && (
        <p role="alert" className="text-bad text-xs">
          {error}
        </p>
      )}
    </fieldset>
  )
}

function OptionField({
  option: { name, label, kind, fallback },
  value,
  set,
}: {
  option: ProfileOption
  value: unknown
  set: (name: string, value: unknown) => void
}) {
  if (kind === 'switch') {
    return (
      <Checkbox
        label={label}
        checked={(value ?? fallback) === true}
        onChange={(event) => set(name, event.target.checked === fallback ? undefined : event.target.checked)}
      />
    )
  }
  if (kind === 'texts') {
    return (
      <Field label={label} hint="One on each line: name=value">
        <TextArea
          defaultValue={showTexts(value)}
          onChange={(event) => set(name, readTexts(event.target.value))}
          className="font-mono text-xs"
        />
      </Field>
    )
  }
  return (
    <Field label={label}>
      <Input
        value={typeof value === 'string' ? value : ''}
        placeholder={String(fallback)}
        onChange={(event) => set(name, event.target.value || undefined)}
      />
    </Field>
  )
}

function showTexts(value: unknown): string {
  return Object.entries((value ?? {}) as Record<string, string>)
    .map(([name, text]) => `${name}=${text}`)
    .join('\n')
}

function readTexts(text: string): Record<string, string> | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const entries = lines.map((line) => {
    const at = line.includes('=') ? line.indexOf('=') : line.length
    return [line.slice(0, at).trim(), line.slice(at + 1).trim()] as const
  })
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}
