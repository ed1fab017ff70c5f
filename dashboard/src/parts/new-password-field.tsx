import { Field, Input } from './field.tsx'

/** For a password that somebody chooses. */
export function NewPasswordField({
  label = 'New password',
  error,
  value,
  change,
}: {
  label?: string
  error?: string | undefined
  value: string
  change: (value: string) => void
}) {
  return (
    <Field label={label} hint="At least 10 characters" error={error}>
      <Input
        type="password"
        autoComplete="new-password"
        required
        minLength={10}
        value={value}
        onChange={(event) => change(event.target.value)}
      />
    </Field>
  )
}
